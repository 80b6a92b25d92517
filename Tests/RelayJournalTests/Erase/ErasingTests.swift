import Glibc
import RelayJournal
import RelaySystem
import Testing

/// A journal of events whose bodies share blocks, fill several, and are empty; and what erasing one
/// of them has to leave alone.
struct ErasingSpecimen {
  static let sizes = [40, 3, 9000, 1, 0, 4096, 700, 13_000, 8]
  let storage: SimulatedStorage

  init(fault: Fault? = nil, disk: DiskModel = DiskModel()) {
    storage = SimulatedStorage(disk, fault: fault)
  }

  static func draft(_ number: Int) -> EventDraft {
    var draft = Sample.draft(number)
    // No four bytes of one are found in another, or in anything else.
    draft.body = (0..<sizes[(number - 1) % sizes.count]).map { index in
      UInt8(truncatingIfNeeded: (index &* 31 &+ number &* 57) ^ (index >> 3) ^ 0xA5)
    }
    return draft
  }

  func open() throws(JournalError) -> Journal {
    try Journal.open(simulatedOptions(), storage: storage)
  }

  /// Fills more than one segment.
  func filled(_ count: Int = 27) throws(JournalError) -> Journal {
    let journal = try open()
    for number in 1...count {
      _ = try journal.stage(Self.draft(number))
      if number % 3 == 0 { try journal.commit() }
    }
    try journal.commit()
    return journal
  }
}

extension DiskModel {
  /// The files that hold a piece of a body, of the disk itself and of its cache; what was put aside
  /// of a segment is among them.
  ///
  /// Each sector that has 512 bytes of it has one of the pieces whole.
  func files(holding body: [UInt8]) -> [String] {
    let pieces =
      stride(from: 0, through: body.count - 16, by: 512 - 16).map { Array(body[$0..<$0 + 16]) }
      + [Array(body.suffix(16))]
    return fileNames.filter { name in
      guard let node = node(name) else { return false }
      return [read(node, 1 << 24, at: 0), readDirect(node, 1 << 24, at: 0)].contains { bytes in
        pieces.contains { bytes.contains($0) }
      }
    }
  }
}

extension [UInt8] {
  fileprivate func contains(_ piece: [UInt8]) -> Bool {
    guard let first = piece.first, count >= piece.count else { return false }
    // SAFETY: the buffers outlive the calls, which read inside of them: `at` ends where no whole
    // piece has room.
    return unsafe withUnsafeBytes { bytes in
      unsafe piece.withUnsafeBytes { piece in
        guard var at = bytes.baseAddress, let wanted = piece.baseAddress else { return false }
        let last = unsafe at + (bytes.count - piece.count + 1)
        while unsafe at < last, let found = unsafe memchr(at, Int32(first), last - at) {
          if unsafe memcmp(found, wanted, piece.count) == 0 { return true }
          unsafe at = UnsafeRawPointer(found) + 1
        }
        return false
      }
    }
  }
}

@Suite("Erasing a body") struct ErasingTests {
  private func survey(_ journal: Journal, erased: Set<UInt64>) throws {
    let found = try Survey(journal)
    #expect(found.gaps == [])
    for (sequence, body) in found.bodies {
      let wanted = erased.contains(sequence) ? [] : ErasingSpecimen.draft(Int(sequence)).body
      #expect(body == wanted, "\(sequence)")
      let event = try #require(try journal.reader.event(sequence, body: true))
      #expect(event.isErased == erased.contains(sequence))
      #expect(event.bodySize == ErasingSpecimen.draft(Int(sequence)).body.count)
      #expect(event.eventID == ErasingSpecimen.draft(Int(sequence)).eventID)
      #expect(try journal.keys.find(Sample.key(Int(sequence)))?.sequence == sequence)
    }
  }

  @Test func `takes the bytes of any length, one event after the other, and nothing else`() throws {
    let specimen = ErasingSpecimen()
    var journal = try specimen.filled()
    #expect(journal.sealedCount > 0)
    var erased: Set<UInt64> = []
    for sequence in (1...27 as ClosedRange<UInt64>).reversed() {
      let body = ErasingSpecimen.draft(Int(sequence)).body
      if body.count >= 16 { #expect(specimen.storage.disk.files(holding: body) != []) }
      guard case .erased = try journal.eraseBody(of: sequence) else {
        Issue.record("\(sequence) was not erased")
        continue
      }
      erased.insert(sequence)
      if body.count >= 16 { #expect(specimen.storage.disk.files(holding: body) == []) }
      if sequence % 5 == 0 { try survey(journal, erased: erased) }
    }
    guard case .before = try journal.eraseBody(of: 3) else { throw JournalError.noSuchEvent(3) }
    try survey(journal, erased: erased)
    let inspector = try JournalInspector(directory: "/disk/journal", storage: specimen.storage)
    #expect(try inspector.verify().problems == [])
    try journal.close()
    journal = try specimen.open()
    #expect(journal.recovery.lines == ["opened after a clean close, last sequence 27"])
    try survey(journal, erased: erased)
    #expect(try journal.stage(ErasingSpecimen.draft(28)) == 28)
    try journal.commit()
    try survey(journal, erased: erased)
  }

  @Test func `says what is not there`() throws {
    let journal = try ErasingSpecimen().filled()
    for sequence in [0, 28, UInt64.max] {
      guard case .notThere = try journal.eraseBody(of: sequence) else {
        Issue.record("\(sequence) is there")
        continue
      }
    }
    let removed = journal.sealedSegments[0].lastSequence
    try journal.retire(1)
    guard case .notThere = try journal.eraseBody(of: removed) else {
      Issue.record("\(removed) is there")
      return
    }
  }

  /// Beside damage the rest is erased; the damaged event itself cannot be.
  @Test func `an event that cannot be read is not there`() throws {
    let specimen = ErasingSpecimen()
    let journal = try specimen.filled(9)
    let body = ErasingSpecimen.draft(3).body
    specimen.storage.with { state in
      for name in state.disk.segmentNames {
        guard let node = state.disk.node(name) else { continue }
        let bytes = state.disk.read(node, 1 << 20, at: 0)
        let start = bytes.indices.first { bytes[$0...].starts(with: body.prefix(64)) }
        if let start { state.disk.flip(name, byte: start + 5000, mask: 1) }
      }
    }
    guard case .notThere = try journal.eraseBody(of: 3) else {
      Issue.record("a damaged event was erased")
      return
    }
    guard case .erased = try journal.eraseBody(of: 2) else {
      Issue.record("its neighbour was not")
      return
    }
  }

  @Test func `a full disk says so before anything has begun`() throws {
    let reached = try changesOfErasing()
    let specimen = ErasingSpecimen(fault: .failure(atChange: reached.lowerBound, code: ENOSPC))
    let journal = try specimen.filled()
    let error = #expect(throws: JournalError.self) { _ = try journal.eraseBody(of: 8) }
    #expect(error?.description.contains("free disk space") == true)
    try survey(journal, erased: [])
    guard case .erased = try journal.eraseBody(of: 8) else {
      Issue.record("not erased when there is room")
      return
    }
    try survey(journal, erased: [8])
  }

  /// The changes of the disk in which an erasure consists.
  private func changesOfErasing() throws -> ClosedRange<Int> {
    let specimen = ErasingSpecimen()
    let journal = try specimen.filled()
    let before = specimen.storage.changes
    _ = try journal.eraseBody(of: 8)
    return before + 1...specimen.storage.changes
  }

  /// A failed write or fdatasync is final for the process, and the next one completes what had
  /// begun, or finds everything as it was.
  @Test func `the n-th call that fails ends the process, for every n`() throws {
    for number in try changesOfErasing() {
      let specimen = ErasingSpecimen(fault: .failure(atChange: number, code: EIO))
      let journal = try specimen.filled()
      let error = #expect(throws: JournalError.self) { _ = try journal.eraseBody(of: 8) }
      #expect(error?.exitCode == 74, "\(number)")
      #expect(throws: JournalError.self) { _ = try journal.stage(ErasingSpecimen.draft(28)) }
      try check(specimen.storage.disk.afterKill(), isAcknowledged: false, "call \(number)")
    }
  }

  @Test func `a power cut at any step leaves it whole or undone`() throws {
    var random = SeededGenerator(seed: 11)
    var states = 0
    var outcomes: Set<Bool> = []
    for number in try changesOfErasing() {
      let specimen = ErasingSpecimen(fault: .powerOff(atChange: number))
      let journal = try specimen.filled()
      #expect(throws: JournalError.self) { _ = try journal.eraseBody(of: 8) }
      for cut in DiskModel.Cut.allCases {
        let disk = specimen.storage.disk.afterPowerCut(cut, using: &random)
        let isErased = try check(disk, isAcknowledged: false, "change \(number), \(cut)")
        outcomes.insert(isErased)
        states += 1
      }
      try check(specimen.storage.disk.afterKill(), isAcknowledged: false, "killed at \(number)")
    }
    #expect(states > 40 && outcomes == [true, false])
  }

  @Test func `what was acknowledged stays erased, whatever the power does`() throws {
    var random = SeededGenerator(seed: 12)
    let specimen = ErasingSpecimen()
    let journal = try specimen.filled()
    _ = try journal.eraseBody(of: 8)
    for cut in DiskModel.Cut.allCases {
      let disk = specimen.storage.disk.afterPowerCut(cut, using: &random)
      #expect(disk.files(holding: ErasingSpecimen.draft(8).body) == [])
      try check(disk, isAcknowledged: true, "\(cut)")
    }
  }

  /// Looks before a start, as the tools do, then starts; and cuts the power in that start, too.
  @discardableResult
  private func check(
    _ disk: DiskModel,
    isAcknowledged: Bool,
    _ place: String
  ) throws -> Bool {
    let body = ErasingSpecimen.draft(8).body
    let looked = SimulatedStorage(disk)
    let inspector = try JournalInspector(directory: "/disk/journal", storage: looked)
    #expect(try inspector.verify().problems == [], "\(place)")
    #expect(try inspector.dump(bodies: false) { _ in } == 0, "\(place)")
    let repaired = try JournalRepair.run(
      directory: "/disk/journal",
      extent: .tail,
      storage: SimulatedStorage(disk)
    )
    #expect(repaired.gaps == [] && repaired.durableSequence == 27, "\(place)")
    let storage = SimulatedStorage(disk)
    let specimen = ErasingSpecimen(disk: disk)
    let journal = try specimen.open()
    let isErased = try #require(try journal.reader.event(8, body: false)).isErased
    #expect(isErased || !isAcknowledged, "\(place)")
    try survey(journal, erased: isErased ? [8] : [])
    if isErased { #expect(specimen.storage.disk.files(holding: body) == [], "\(place)") }
    // Nothing of its neighbours stays behind either.
    #expect(isEmpty(specimen.storage.disk), "\(place)")
    let copy = try copied(disk)
    #expect(copy.files(holding: body).contains { $0.contains("/copy/") } != isErased, "\(place)")
    try nested(disk, storage, isErased: isErased, isAcknowledged: isAcknowledged, place)
    return isErased
  }

  private static let erasingBytes = 20_480

  /// Whether ERASING holds nothing but its own header, or was never finished.
  private func isEmpty(_ disk: DiskModel) -> Bool {
    guard let node = disk.node("/disk/journal/ERASING") else { return true }
    let bytes = disk.read(node, Self.erasingBytes, at: 0)
    return bytes.count < Self.erasingBytes || bytes[40...].allSatisfy { $0 == 0 }
  }

  /// A copy of what a crash has left has the erasure in it.
  private func copied(_ disk: DiskModel) throws -> DiskModel {
    let storage = SimulatedStorage(disk)
    let report = try JournalCopy.run(from: "/disk/journal", to: "/disk/copy", storage: storage)
    #expect(report.gaps == [])
    return storage.disk
  }

  private func nested(
    _ disk: DiskModel,
    _ whole: SimulatedStorage,
    isErased: Bool,
    isAcknowledged: Bool,
    _ place: String
  ) throws {
    _ = try Journal.open(simulatedOptions(), storage: whole)
    var random = SeededGenerator(seed: 13)
    for number in stride(from: 1, through: whole.changes, by: isCampaign ? 1 : 13) {
      let storage = SimulatedStorage(disk, fault: .powerOff(atChange: number))
      // A call whose failure a start can do without ends nothing.
      _ = try? Journal.open(simulatedOptions(), storage: storage)
      #expect(storage.isOff, "\(place)")
      let left = storage.disk.afterPowerCut(.someGarbage, using: &random)
      let journal = try Journal.open(simulatedOptions(), storage: SimulatedStorage(left))
      // What a killed process had not synced may go with the power, until a start has synced it.
      let isStill = try #require(try journal.reader.event(8, body: false)).isErased
      #expect(isStill == isErased || (isErased && !isAcknowledged), "\(place)")
      try survey(journal, erased: isStill ? [8] : [])
    }
  }

  /// A damaged tail is put aside whole, with events in it that can still be read.
  @Test func `what was put aside of a segment is erased, too`() throws {
    let specimen = ErasingSpecimen()
    _ = try specimen.filled(9)
    var disk = specimen.storage.disk.afterKill()
    let segment = try #require(disk.segmentNames.first)
    // The first batch: event 1 is damaged, what comes later is good.
    disk.flip(segment, byte: 4096 + 100, mask: 1)
    let again = ErasingSpecimen(disk: disk)
    let journal = try again.open()
    let body = ErasingSpecimen.draft(8).body
    #expect(again.storage.disk.files(holding: body).contains { $0.contains("/quarantine/") })
    guard case .erased = try journal.eraseBody(of: 8) else {
      Issue.record("not erased")
      return
    }
    #expect(again.storage.disk.files(holding: body) == [])
    let other = ErasingSpecimen.draft(6).body
    #expect(again.storage.disk.files(holding: other).count == 2)
    // Also what fills more than one block.
    guard case .erased = try journal.eraseBody(of: 6) else {
      Issue.record("its neighbour was not erased")
      return
    }
    #expect(again.storage.disk.files(holding: other) == [])
  }

  /// Rotation, removal and files that are used again bring nothing back.
  @Test func `stays erased while segments come and go`() throws {
    let specimen = ErasingSpecimen()
    let journal = try specimen.filled()
    _ = try journal.eraseBody(of: 8)
    try journal.retire(journal.sealedCount)
    for number in 28...80 {
      _ = try journal.stage(ErasingSpecimen.draft(number))
      try journal.commit()
    }
    #expect(specimen.storage.disk.files(holding: ErasingSpecimen.draft(8).body) == [])
    let inspector = try JournalInspector(directory: "/disk/journal", storage: specimen.storage)
    #expect(try inspector.verify().problems == [])
  }

  /// Every bit of ERASING, while it is needed: an erasure whose file is damaged is not done, and
  /// what it had half written is damage that is said; nothing else is altered.
  @Test func `its file in pieces erases nothing`() throws {
    let reached = try changesOfErasing()
    let specimen = ErasingSpecimen(fault: .powerOff(atChange: reached.upperBound - 1))
    let journal = try specimen.filled()
    #expect(throws: JournalError.self) { _ = try journal.eraseBody(of: 8) }
    for bit in stride(from: 0, to: Self.erasingBytes * 8, by: 1021) {
      var disk = specimen.storage.disk.afterKill()
      disk.flip("/disk/journal/ERASING", byte: bit / 8, mask: 1 << UInt8(bit % 8))
      let opened = try ErasingSpecimen(disk: disk).open()
      let found = try Survey(opened)
      for (sequence, body) in found.bodies where sequence != 8 {
        #expect(body == ErasingSpecimen.draft(Int(sequence)).body)
      }
    }
  }
}
