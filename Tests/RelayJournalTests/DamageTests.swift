import RelayJournal
import RelaySystem
import Testing

@Suite("Damage") struct DamageTests {
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
    let segments = storage.disk.segmentNames
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
    let last = try #require(disk.segmentNames.last)
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
