import RelayJournal
import RelaySystem
import Testing

/// Fixtures/journals/v1 is a journal that this version wrote.
///
/// A later version must read it as it is; as long as the format is version 1, it must also write
/// the very same bytes.
///
/// The files are kept without the zeros at their ends, which are most of a segment: a file is
/// expanded to the size that its kind has (a segment's capacity stands at byte 80 of its header).
@Suite("The golden journal, format 1") struct FixtureTests {
  private static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    .joined(separator: "/") + "/Fixtures/journals/v1"

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

  private static func committed() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try Directory.list(folder) {
      let path = folder + "/" + name
      if let names = try? Directory.list(path) {
        for inner in names {
          files[name + "/" + inner] = try readFile(path + "/" + inner, limit: 1 << 20)
        }
      } else {
        files[name] = try readFile(path, limit: 1 << 20)
      }
    }
    return files
  }

  private static func expanded() throws -> DiskModel {
    var disk = DiskModel()
    for name in ["", "/log", "/state"] { disk.makeFolder("/disk/journal" + name) }
    for (name, bytes) in try committed() {
      let path = "/disk/journal/" + name
      let node = disk.create(path)
      let capacity =
        name.hasSuffix(".seg") ? (0..<4).reduce(0) { $0 | Int(bytes[80 + $1]) << (8 * $1) } : 4096
      disk.write(node, bytes, at: 0)
      disk.resize(node, capacity)
      disk.synchronize(node)
    }
    for name in ["", "/log", "/state"] { disk.synchronizeFolder("/disk/journal" + name) }
    return disk
  }

  @Test func `is read back whole`() throws {
    let ledger = Self.write().ledger
    let storage = SimulatedStorage(try Self.expanded())
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
    let storage = SimulatedStorage(try Self.expanded())
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(try journal.stage(Sample.draft(600)) == 26)
    try journal.commit()
  }

  @Test func `is what this version writes, byte for byte`() throws {
    let player = Self.write()
    #expect(player.failure == nil)
    let files = Self.files(player.storage.disk)
    if RelaySystem.Process.environment("WEBHOOK_WRITE_FIXTURES") == "1" { try save(files) }
    #expect(try Self.committed() == files)
  }

  private func save(_ files: [String: [UInt8]]) throws {
    for (name, bytes) in files {
      let path = Self.folder + "/" + name
      try Directory.create(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
      try writeFileDurably(path, bytes)
    }
  }
}
