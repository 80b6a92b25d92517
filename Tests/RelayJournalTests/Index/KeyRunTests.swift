import Glibc
import RelayJournal
import Testing

@Suite("Key run") struct KeyRunTests {
  private func find(_ run: KeyRun, _ entry: KeyRunEntry) throws -> Bool {
    let found = try run.find(entry.key)
    return found?.sequence == entry.sequence && found?.seconds == entry.seconds
  }

  @Test(arguments: [1, 2, 145, 146, 147, 292, 5000])
  func `has what was written, before and after it is opened, and nothing else`(count: Int) throws {
    let storage = SimulatedStorage()
    let entries = KeySamples.entries(count, seed: 1)
    let written = try KeySamples.write(entries, storage, generations: 3...7)
    let opened = try KeySamples.open(storage)
    for run in [written, opened] {
      #expect(run.count == count && run.generations == 3...7)
      #expect(run.sequences == 1...UInt64(count))
      #expect(run.newestSeconds == UInt32(1_700_000_000 + count - 1))
      for entry in entries { #expect(try find(run, entry)) }
      for entry in KeySamples.entries(1000, seed: 2) { #expect(try run.find(entry.key) == nil) }
    }
    #expect(storage.disk.fileNames == [KeySamples.path(7)])
  }

  /// Hashes never look like this; a run does not need them to.
  @Test func `finds keys that begin alike`() throws {
    let entries = (1...1000).map { number in
      KeyRunEntry(
        key: Key128(high: UInt64(number / 400), low: UInt64(number)),
        sequence: UInt64(number),
        seconds: 5
      )
    }
    let storage = SimulatedStorage()
    try KeySamples.write(entries, storage)
    let run = try KeySamples.open(storage)
    for entry in entries { #expect(try find(run, entry)) }
    for high in 0..<4 {
      #expect(try run.find(Key128(high: UInt64(high), low: 0)) == nil)
      #expect(try run.find(Key128(high: UInt64(high), low: .max)) == nil)
    }
  }

  @Test func `reads one page for a key that it has, and none for most others`() throws {
    let storage = SimulatedStorage()
    let entries = KeySamples.entries(20_000, seed: 3)
    let run = try KeySamples.write(entries, storage)
    var before = storage.with { $0.reads }
    for entry in entries.prefix(2000) { #expect(try find(run, entry)) }
    let reads = storage.with { $0.reads } - before
    #expect(reads >= 2000 && reads < 2010)
    before = storage.with { $0.reads }
    let runs = KeyRuns(runs: [run])
    for entry in KeySamples.entries(2000, seed: 4) { #expect(try runs.find(entry.key) == nil) }
    #expect(storage.with { $0.reads } - before < 10)
    #expect(Double(run.memoryBytes) / 20_000 < 2.6)
  }

  /// At start every flip is found; under an open run it is, or it changes no answer.
  @Test func `with any bit flipped is refused, and never answers wrongly`() throws {
    let storage = SimulatedStorage()
    let entries = KeySamples.entries(40, seed: 5)
    let others = KeySamples.entries(20, seed: 6)
    let run = try KeySamples.write(entries, storage)
    let bits = storage.bytes(KeySamples.path(7)).count * 8
    #expect(bits == 3 * 4096 * 8)
    var refusals = 0
    for bit in 0..<bits {
      storage.flip(KeySamples.path(7), bit: bit)
      let error = #expect(throws: JournalError.self) { _ = try KeySamples.open(storage) }
      guard case .keysUnreadable("00000000000000000007.run", let page, _)? = error,
        page == 0 || page == bit / 8 / 4096
      else {
        Issue.record("bit \(bit): \(String(describing: error))")
        return
      }
      if bit % 97 == 0 {
        for entry in entries {
          do throws(JournalError) {
            let found = try run.find(entry.key)
            #expect(found?.sequence == entry.sequence && found?.seconds == entry.seconds)
          } catch {
            guard case .keysUnreadable = error else { throw error }
            refusals += 1
          }
        }
        for other in others { #expect((try? run.find(other.key)) == nil) }
      }
      storage.flip(KeySamples.path(7), bit: bit)
    }
    #expect(refusals > 10_000)
    _ = try KeySamples.open(storage)
  }

  @Test func `cut short or too long is refused`() throws {
    let entries = KeySamples.entries(300, seed: 7)
    let whole = SimulatedStorage()
    let run = try KeySamples.write(entries, whole)
    let size = whole.bytes(KeySamples.path(7)).count
    for length in Array(stride(from: 0, to: size, by: 509)) + [size - 1, size + 1, size + 4096] {
      let storage = SimulatedStorage(whole.disk)
      try storage.open(KeySamples.path(7)).truncate(Int64(length))
      #expect(throws: JournalError.self) { _ = try KeySamples.open(storage) }
    }
    // Under an open run: an error, or the answer.
    try whole.open(KeySamples.path(7)).truncate(4096 + 2000)
    for entry in entries {
      guard let found = try? run.find(entry.key) else { continue }
      #expect(found.sequence == entry.sequence)
    }
    #expect((try? run.find(entries[0].key)) == nil)
  }

  @Test func `of another journal, or under another generation's name, is refused`() throws {
    let storage = SimulatedStorage()
    let entries = KeySamples.entries(10, seed: 8)
    try KeySamples.write(entries, storage, uuid: [UInt8](repeating: 9, count: 16))
    let foreign = #expect(throws: JournalError.self) { _ = try KeySamples.open(storage) }
    #expect(foreign?.description.contains("another journal") == true)
    try KeySamples.write(entries, storage)
    _ = try KeySamples.open(storage)
    try storage.rename(KeySamples.path(7), to: KeySamples.path(8))
    let renamed = #expect(throws: JournalError.self) { _ = try KeySamples.open(storage, 8) }
    #expect(renamed?.description.contains("of generation 7") == true)
  }

  /// Pages that are whole in themselves, in a place that is not theirs.
  @Test func `with pages of another run, or in another order, is refused`() throws {
    let storage = SimulatedStorage()
    let entries = KeySamples.entries(500, seed: 9)
    try KeySamples.write(entries, storage, generations: 6...6)
    let other = storage.bytes(KeySamples.path(6))
    let run = try KeySamples.write(entries, storage)
    let bytes = storage.bytes(KeySamples.path(7))
    #expect(other.count == bytes.count)
    let file = try storage.open(KeySamples.path(7))
    for page in 1..<bytes.count / 4096 {
      let range = page * 4096..<page * 4096 + 4096
      try file.write(other[range].span, at: Int64(range.lowerBound))
      #expect(throws: JournalError.self) { _ = try KeySamples.open(storage) }
      let next = page % 3 + 1
      try file.write(bytes[next * 4096..<next * 4096 + 4096].span, at: Int64(range.lowerBound))
      if next != page { #expect(throws: JournalError.self) { _ = try KeySamples.open(storage) } }
      try file.write(bytes[range].span, at: Int64(range.lowerBound))
    }
    for entry in entries { #expect(try find(run, entry)) }
  }

  /// For every call of a run's making: what failed leaves no run that is not whole.
  @Test(arguments: [EIO, ENOSPC])
  func `is there whole or not at all when a call fails or the power goes`(code: Int32) throws {
    let entries = KeySamples.entries(300, seed: 10)
    var random = SeededGenerator(seed: 10)
    for number in 1...100 {
      for fault in [Fault.failure(atChange: number, code: code), .powerOff(atChange: number)] {
        let storage = SimulatedStorage(fault: fault)
        guard (try? KeySamples.write(entries, storage)) == nil else {
          #expect(number > 6)
          return
        }
        for cut in DiskModel.Cut.allCases {
          let after = SimulatedStorage(storage.disk.afterPowerCut(cut, using: &random))
          guard after.disk.node(KeySamples.path(7)) != nil else { continue }
          let run = try KeySamples.open(after)
          for entry in entries { #expect(try find(run, entry)) }
        }
      }
    }
    Issue.record("never whole")
  }

  @Test func `a read that fails is an error`() throws {
    let storage = SimulatedStorage()
    let entries = KeySamples.entries(300, seed: 11)
    let run = try KeySamples.write(entries, storage)
    let reads = storage.with { $0.reads }
    storage.with { $0.fault = .failedRead(at: reads + 1, code: EIO) }
    let error = #expect(throws: JournalError.self) { _ = try run.find(entries[5].key) }
    guard case .io? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try find(run, entries[5]))
  }
}
