import RelayJournal
import RelaySystem
import Testing

/// Fixtures/journals/v1 is a journal that this version wrote.
///
/// A later version must read it as it is; as long as the format is version 1, it must also write
/// the very same bytes.
@Suite("The golden journal, format 1") struct FixtureTests {
  private static let script = Script(
    (1...12).flatMap { number -> [Step] in
      let size = number % 3 == 0 ? 14_000 : 200
      return [.event(number: number, bytes: size), .event(number: number + 100, bytes: 50)]
        + [.state(key: "consumer/\(number % 2)", value: [UInt8(number)]), .commit]
    } + [.state(key: "consumer/0", value: nil), .commit, .idleMark, .reopen]
      + [.event(number: 500, bytes: 80), .commit]
  )

  /// Writes the golden journal anew, always the same.
  private static func write() -> Player {
    var player = Player(simulatedOptions(), SimulatedStorage(seed: 1))
    player.play(script)
    return player
  }

  private static func files(_ disk: DiskModel) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in disk.fileNames where !path.hasSuffix("/LOCK") && !path.contains("/spare-") {
      guard let node = disk.node(path) else { continue }
      var bytes = disk.read(node, disk.size(node), at: 0)
      while bytes.last == 0 { bytes.removeLast() }
      files[String(path.dropFirst("/disk/journal/".count))] = bytes
    }
    return files
  }

  @Test func `is read back whole`() throws {
    let ledger = Self.write().ledger
    let storage = SimulatedStorage(try GoldenJournal.expanded("v1"))
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    let found = try Survey(journal)
    #expect(found.bodies == ledger.events)
    #expect(found.bodies.count == 25)
    #expect(found.gaps == [])
    #expect(journal.state == ledger.state)
    #expect(journal.state == ["consumer/1": [11]])
    #expect(try journal.keys.find(Sample.key(500))?.sequence == 25)
  }

  @Test func `takes further events`() throws {
    let storage = SimulatedStorage(try GoldenJournal.expanded("v1"))
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(try journal.stage(Sample.draft(600)) == 26)
    try journal.commit()
  }

  @Test func `is what this version writes, byte for byte`() throws {
    let player = Self.write()
    #expect(player.failure == nil)
    let files = Self.files(player.storage.disk)
    if RelaySystem.Process.environment("WEBHOOK_WRITE_FIXTURES") == "1" {
      try GoldenJournal.save(files, "v1")
    }
    #expect(try GoldenJournal.committed("v1") == files)
  }
}
