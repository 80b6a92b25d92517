import RelayJournal
import RelaySystem
import Testing

/// A closed or crashed journal on a simulated disk, small enough to damage everywhere.
private struct Specimen {
  var disk = DiskModel()
  var survey = Survey()
  /// The last sequence that some later block proves to have been durable.
  var proven: UInt64 = 0

  enum End: Sendable { case closed, marked, crashed }

  init(_ end: End, commits: Int = 4) throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    var number = 0
    for commit in 1...commits {
      for _ in 0..<2 {
        number += 1
        _ = try journal.stage(Sample.draft(number, bytes: 60))
      }
      try journal.stageState(key: "consumer", value: [UInt8(commit)])
      try journal.commit()
    }
    survey = try Survey(journal)
    switch end {
    case .closed: try journal.close()
    case .marked: try journal.commitIdleMark()
    case .crashed: break
    }
    proven = UInt64(end == .crashed ? number - 2 : number)
    disk = storage.disk
  }

  var segment: String {
    get throws {
      try #require(disk.fileNames.first { $0.contains("/log/0") })
    }
  }

  /// Opens a damaged copy.
  ///
  /// Whatever it does, it must not be silent about what was proven.
  func complaint(_ damaged: DiskModel, _ onDamage: JournalOptions.OnDamage) -> String? {
    let storage = SimulatedStorage(damaged)
    do {
      let journal = try Journal.open(simulatedOptions(onDamage), storage: storage)
      let found = try Survey(journal)
      for (sequence, body) in found.bodies where survey.bodies[sequence] != body {
        return "event \(sequence) was altered"
      }
      if !found.unexplained.isEmpty { return "unexplained \(found.unexplained)" }
      if found.durable < proven { return "\(found.durable) is the end, \(proven) was proven" }
      if journal.room == .readOnly {
        if onDamage == .continue { return "it takes nothing, and was told to go on" }
        return storage.disk.fileNames == damaged.fileNames ? nil : "files came or went"
      }
      let next = try journal.stage(Sample.draft(1000))
      if next <= proven { return "sequence \(next) is given out twice" }
      return nil
    } catch let error as JournalError {
      // Refusing by name is an answer, too.
      if case .badFormat = error { return nil }
      if case .wrongVersion = error { return nil }
      return "\(error)"
    } catch {
      return "\(error)"
    }
  }
}

extension Survey { fileprivate init() {} }

@Suite("Damage") struct DamageTests {
  /// All bytes of the head and of the batches; the rest of the file is zeros.
  private func flips(_ end: Specimen.End, step: Int, bits: [UInt8]) throws -> (Int, [String]) {
    let specimen = try Specimen(end)
    var complaints: [String] = []
    var count = 0
    for name in specimen.disk.fileNames {
      guard let node = specimen.disk.node(name) else { continue }
      let size = min(specimen.disk.size(node), 28 << 10)
      for byte in stride(from: 0, to: size, by: step) {
        // Zeros between the structures are sampled.
        let isQuiet = specimen.disk.read(node, 1, at: byte) == [0] && byte % 64 != 0
        if isQuiet && byte % 13 != 0 { continue }
        for bit in bits {
          var damaged = specimen.disk
          damaged.flip(name, byte: byte, mask: bit)
          count += 1
          if let complaint = specimen.complaint(damaged, .continue) {
            complaints.append("\(name) byte \(byte): \(complaint)")
          }
        }
      }
    }
    return (count, complaints)
  }

  @Test(arguments: [Specimen.End.closed, .marked, .crashed])
  fileprivate func `a flipped bit is never a silent loss of a proven event`(
    end: Specimen.End
  ) throws {
    let (count, complaints) = try flips(end, step: 3, bits: [0x10])
    #expect(count > 500)
    #expect(complaints.isEmpty, "\(complaints.prefix(5))")
  }

  @Test(.enabled(if: isCampaign))
  func `campaign: flips`() throws {
    var total = 0
    for end in [Specimen.End.closed, .marked, .crashed] {
      let (count, complaints) = try flips(end, step: 1, bits: [1, 2, 4, 8, 16, 32, 64, 128])
      #expect(complaints.isEmpty, "\(complaints.prefix(5))")
      total += count
    }
    print("campaign: \(total) flips, no silent loss of a proven event")
  }

  @Test func `a damaged batch is a gap for readers, and the events behind it stay`() throws {
    let specimen = try Specimen(.closed)
    var damaged = specimen.disk
    // The second batch begins two blocks behind the header.
    damaged.flip(try specimen.segment, byte: 8192 + 200, mask: 1)
    let storage = SimulatedStorage(damaged)
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    let found = try Survey(journal)
    #expect(found.bodies.count == 7 || found.bodies.count == 6)
    #expect(found.gaps.count == 1)
    #expect(found.unexplained == [])
    #expect(journal.recovery.gaps.count == 1)
    #expect(journal.recovery.lines.contains { $0.contains("damage in") })
    #expect(try journal.stage(Sample.draft(50)) == 9)
  }

  @Test func `damage in the tail is kept aside, and ingest goes on behind it`() throws {
    let specimen = try Specimen(.marked)
    var damaged = specimen.disk
    damaged.flip(try specimen.segment, byte: 4 * 4096 + 8, mask: 1)
    let storage = SimulatedStorage(damaged)
    var journal = try Journal.open(simulatedOptions(), storage: storage)
    #expect(storage.disk.fileNames.contains { $0.contains("/quarantine/") })
    #expect(try Survey(journal).gaps == [7...8])
    #expect(try journal.stage(Sample.draft(50)) == 9)
    try journal.commit()
    try journal.close()
    // The hole stays known, and is not kept aside again.
    let files = storage.disk.fileNames.filter { $0.contains("/quarantine/") }
    journal = try Journal.open(simulatedOptions(), storage: storage)
    #expect(try Survey(journal).gaps == [7...8])
    #expect(storage.disk.fileNames.filter { $0.contains("/quarantine/") } == files)
  }

  @Test func `on request damage is left alone: all of the rest is read, nothing is taken`() throws {
    let specimen = try Specimen(.closed)
    var damaged = specimen.disk
    damaged.flip(try specimen.segment, byte: 8192 + 8, mask: 1)
    let storage = SimulatedStorage(damaged)
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(journal.room == .readOnly)
    let name = try specimen.segment.split(separator: "/").last.map(String.init) ?? ""
    #expect(journal.recovery.lines.contains { $0.contains(name) && $0.contains("byte 8192") })
    let found = try Survey(journal)
    #expect(found.unexplained == [])
    #expect(found.gaps.count == 1)
    for (sequence, body) in found.bodies { #expect(specimen.survey.bodies[sequence] == body) }
    #expect(throws: JournalError.self) { try journal.stage(Sample.draft(50)) }
    // A consumer still moves on.
    try journal.stageState(key: "consumer/z", value: [7])
    try journal.commit()
    try journal.close()
    let segment = try #require(storage.disk.node(try specimen.segment))
    let before = try #require(damaged.node(try specimen.segment))
    #expect(
      storage.disk.read(segment, 1 << 20, at: 0) == damaged.read(before, 1 << 20, at: 0)
    )
    #expect(!storage.disk.fileNames.contains { $0.contains("/quarantine/") })
    // Told to go on, it loses nothing else and gives nothing out twice.
    let later = try Journal.open(simulatedOptions(), storage: storage)
    #expect(try Survey(later).bodies == found.bodies)
    #expect(later.state["consumer/z"] == [7])
    #expect(try later.stage(Sample.draft(51)) > specimen.proven)
  }

  @Test func `damage in the state takes no event either`() throws {
    let specimen = try Specimen(.closed)
    var damaged = specimen.disk
    let name = try #require(damaged.fileNames.first { $0.contains("/state/0") })
    damaged.flip(name, byte: 4096 + 8, mask: 1)
    let storage = SimulatedStorage(damaged)
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(journal.room == .readOnly)
    #expect(try Survey(journal).bodies == specimen.survey.bodies)
    #expect(throws: JournalError.self) { try journal.stage(Sample.draft(50)) }
    #expect(throws: JournalError.self) { try journal.stageState(key: "consumer/z", value: [7]) }
    try journal.close()
  }

  @Test func `a loss is accepted once, and any other is not`() throws {
    let specimen = try Specimen(.closed)
    var damaged = specimen.disk
    damaged.flip(try specimen.segment, byte: 8192 + 8, mask: 1)
    let storage = SimulatedStorage(damaged)
    let accepting = try Journal.open(simulatedOptions(), storage: storage)
    let losses = accepting.losses.all
    #expect(losses.count == 1)
    #expect(losses.first?.offset == 8192)
    #expect(accepting.recovery.gaps.first?.from == losses.first?.from)
    #expect(accepting.recovery.gaps.first?.to == losses.first?.through)
    try accepting.close()
    let knowing = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(knowing.room != .readOnly)
    #expect(knowing.losses.all == losses)
    try knowing.close()
    var worse = storage.disk
    worse.flip(try specimen.segment, byte: 12288 + 8, mask: 1)
    let again = try Journal.open(simulatedOptions(.refuse), storage: SimulatedStorage(worse))
    #expect(again.room == .readOnly)
  }

  @Test func `a crash is not damage, even where damage refuses the start`() throws {
    let specimen = try Specimen(.crashed)
    #expect(specimen.complaint(specimen.disk, .refuse) == nil)
    let storage = SimulatedStorage(specimen.disk)
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(try Survey(journal).bodies == specimen.survey.bodies)
  }

  /// Segments have their whole size before they have a name, so no crash makes a file shorter.
  @Test func `a newest segment that was cut off anywhere is damage, and its loss a gap`() throws {
    let specimen = try Specimen(.crashed)
    let name = try specimen.segment
    let node = try #require(specimen.disk.node(name))
    for length in stride(from: 4096, to: 6 * 4096, by: 61) {
      var cut = specimen.disk
      cut.resize(node, length)
      cut.synchronize(node)
      let refusing = try Journal.open(simulatedOptions(.refuse), storage: SimulatedStorage(cut))
      #expect(refusing.room == .readOnly)
      let storage = SimulatedStorage(cut)
      let journal = try Journal.open(simulatedOptions(), storage: storage)
      let found = try Survey(journal)
      #expect(found.unexplained == [])
      #expect(!journal.recovery.gaps.isEmpty)
      for (sequence, body) in found.bodies { #expect(specimen.survey.bodies[sequence] == body) }
    }
  }

  @Test(arguments: [true, false])
  func `a segment that vanished is a gap, never an end`(isFirst: Bool) throws {
    let storage = SimulatedStorage()
    var player = Player(simulatedOptions(), storage)
    player.play(Script((1...60).flatMap { [.event(number: $0, bytes: 3000), .commit] }))
    let segments = storage.disk.fileNames.filter { $0.contains("/log/0") }
    #expect(segments.count > 3)
    var disk = storage.disk
    _ = disk.remove(segments[isFirst ? 0 : 1])
    let journal = try Journal.open(simulatedOptions(), storage: SimulatedStorage(disk))
    let found = try Survey(journal)
    #expect(found.gaps.count == 1)
    #expect(found.unexplained == [])
    #expect(found.durable == 60)
    #expect(journal.recovery.lines.contains { $0.contains("missing") })
    let refusing = try Journal.open(simulatedOptions(.refuse), storage: SimulatedStorage(disk))
    #expect(refusing.room == .readOnly)
    #expect(try Survey(refusing).gaps == found.gaps)
  }

  @Test func `a newest segment with a damaged head costs no number twice`() throws {
    let storage = SimulatedStorage()
    // Not closed: EPOCH knows nothing of these events.
    let writer = try Journal.open(simulatedOptions(), storage: storage)
    for number in 1...60 {
      _ = try writer.stage(Sample.draft(number, bytes: 3000))
      try writer.commit()
    }
    var disk = storage.disk
    let last = try #require(disk.fileNames.last { $0.contains("/log/0") })
    disk.flip(last, byte: 60, mask: 1)
    let again = SimulatedStorage(disk)
    let journal = try Journal.open(simulatedOptions(), storage: again)
    let found = try Survey(journal)
    #expect(found.unexplained == [])
    #expect(found.gaps.count == 1)
    #expect(try journal.stage(Sample.draft(70)) > 60)
    // What is left of it is kept.
    #expect(again.disk.fileNames.contains { $0.contains("/quarantine/0") })
  }

  @Test func `a segment of another journal is not read`() throws {
    let mine = try Specimen(.closed)
    let other = try Specimen(.closed)
    var disk = mine.disk
    let node = try #require(disk.node(try mine.segment))
    let foreign = try #require(other.disk.node(try other.segment))
    disk.write(node, other.disk.read(foreign, 64 << 10, at: 0), at: 0)
    disk.synchronize(node)
    let journal = try Journal.open(simulatedOptions(), storage: SimulatedStorage(disk))
    let found = try Survey(journal)
    #expect(found.bodies.isEmpty)
    #expect(found.unexplained == [])
    #expect(try journal.stage(Sample.draft(9)) > 8)
  }

  @Test func `FORMAT of a coming version is refused by name`() throws {
    let specimen = try Specimen(.closed)
    var disk = specimen.disk
    let node = try #require(disk.node("/disk/journal/FORMAT"))
    var bytes = disk.read(node, 4096, at: 0)
    bytes[12] = 9
    let crc = crc32c(Array(bytes[12...]).span)
    for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: crc >> (8 * index)) }
    disk.write(node, bytes, at: 0)
    disk.synchronize(node)
    let error = #expect(throws: JournalError.self) {
      _ = try Journal.open(simulatedOptions(), storage: SimulatedStorage(disk))
    }
    guard case .wrongVersion(let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found == "9.0")
    #expect(error?.description.contains("9.0") == true)
  }

  @Test func `a damaged FORMAT refuses, and changes nothing`() throws {
    let specimen = try Specimen(.closed)
    var disk = specimen.disk
    disk.flip("/disk/journal/FORMAT", byte: 30, mask: 1)
    let storage = SimulatedStorage(disk)
    let error = #expect(throws: JournalError.self) {
      _ = try Journal.open(simulatedOptions(), storage: storage)
    }
    #expect(error?.exitCode == 1)
    #expect(storage.disk.fileNames == disk.fileNames)
  }
}
