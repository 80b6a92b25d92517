import RelayJournal
import RelaySystem
import Testing

/// Journals of versions that do not exist yet, made of the golden one: with other numbers in FORMAT
/// or in the segments' headers, and the right checksums over them.
///
/// Fixtures/journals/v2 is the first of them.
@Suite("A journal of a coming version") struct VersionTests {
  private struct Coming: Sendable {
    let name: String
    let found: String
    /// Whether this version may read it.
    let isReadable: Bool
    let files: @Sendable (String) -> Bool
    let change: @Sendable (inout [UInt8]) -> Void
  }

  private static let all: [Coming] = [
    Coming(
      name: "v2",
      found: "2.0",
      isReadable: false,
      files: { _ in true },
      change: { $0[12] = 2 }
    ),
    Coming(
      name: "v1-segments-of-v2",
      found: "2.0 in 00000000000000000001-0000000000000001.seg",
      isReadable: false,
      files: { $0 != "FORMAT" },
      change: { $0[12] = 2 }
    ),
    Coming(
      name: "v1-features",
      found: "1.3 with features 0x4",
      isReadable: false,
      files: { $0 == "FORMAT" },
      change: {
        $0[14] = 3
        $0[16] = 4
      }
    ),
    Coming(
      name: "v1-features-for-readers",
      found: "1.3 with features for readers 0x80",
      isReadable: true,
      files: { $0 == "FORMAT" },
      change: {
        $0[14] = 3
        $0[20] = 0x80
      }
    ),
    Coming(
      name: "v1-small-blocks",
      found: "1.0 with blocks of 512 and heads of 4096 bytes"
        + " in 00000000000000000001-0000000000000001.seg",
      isReadable: false,
      files: { $0.hasPrefix("log/") },
      change: {
        $0[24] = 0
        $0[25] = 2
      }
    ),
  ]

  /// The first block of a file with other numbers in it, and the checksum that belongs to them.
  private static func changed(_ bytes: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
    var block = Array(bytes.prefix(4096))
    block += [UInt8](repeating: 0, count: 4096 - block.count)
    change(&block)
    let crc = crc32c(Array(block[12...]).span)
    for index in 0..<4 { block[8 + index] = UInt8(truncatingIfNeeded: crc >> (8 * index)) }
    var changed = block + bytes.dropFirst(4096)
    while changed.last == 0 { changed.removeLast() }
    return changed
  }

  private static func make(_ coming: Coming) throws -> [String: [UInt8]] {
    var files = try GoldenJournal.committed("v1")
    for (name, bytes) in files {
      let hasVersion = name == "FORMAT" || name.hasSuffix(".seg")
      guard hasVersion, coming.files(name) else { continue }
      files[name] = changed(bytes, coming.change)
    }
    return files
  }

  @Test func `is in the fixtures as it was made`() throws {
    let files = try Self.make(Self.all[0])
    if RelaySystem.Process.environment("WEBHOOK_WRITE_FIXTURES") == "1" {
      try GoldenJournal.save(files, "v2")
    }
    #expect(try GoldenJournal.committed("v2") == files)
  }

  @Test func `is refused by name, and nothing of it is changed`() throws {
    for coming in Self.all {
      let disk = GoldenJournal.expanded(try Self.make(coming))
      for onDamage in [JournalOptions.OnDamage.continue, .refuse] {
        let storage = SimulatedStorage(disk)
        let error = #expect(throws: JournalError.self) {
          _ = try Journal.open(simulatedOptions(onDamage), storage: storage)
        }
        guard case .wrongVersion(let found) = error else {
          Issue.record("\(coming.name): \(String(describing: error))")
          continue
        }
        #expect(found == coming.found)
        #expect(error?.description.contains(coming.found) == true)
        #expect(error?.exitCode == 1)
        let isIntact = disk.fileNames.filter { !$0.contains("EPOCH") }.allSatisfy { name in
          guard let before = disk.node(name), let after = storage.disk.node(name) else {
            return false
          }
          return disk.read(before, 1 << 20, at: 0) == storage.disk.read(after, 1 << 20, at: 0)
        }
        #expect(isIntact, "\(coming.name)")
        #expect(!storage.disk.fileNames.contains { $0.contains("quarantine") })
      }
    }
  }

  @Test func `is read where it says that it may be, and only read`() throws {
    for coming in Self.all {
      let storage = SimulatedStorage(GoldenJournal.expanded(try Self.make(coming)))
      let report = Result { () throws(JournalError) in
        try JournalInspector(directory: "/disk/journal", storage: storage).verify()
      }
      switch report {
      case .success(let report):
        #expect(coming.isReadable && report.problems.isEmpty && report.records == 25)
      case .failure(.wrongVersion(let found)):
        #expect(!coming.isReadable && found == coming.found)
      case .failure(let error):
        Issue.record("\(coming.name): \(error)")
      }
    }
  }
}
