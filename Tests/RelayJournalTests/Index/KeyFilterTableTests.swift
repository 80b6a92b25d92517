import RelayJournal
import Testing

/// Runs whose filters have several parts, as those of millions of keys do.
@Suite("Key filter table") struct KeyFilterTableTests {
  private static let partKeys = 100

  private let storage = SimulatedStorage()

  /// Runs newest first, as they were written and as they are opened.
  private func runs(_ entries: [[KeyRunEntry]]) throws -> [KeyRuns] {
    var (written, opened): ([KeyRun], [KeyRun]) = ([], [])
    for (index, entries) in entries.enumerated() {
      let generation = UInt64(100 - index)
      written.append(
        try KeySamples.write(
          entries,
          storage,
          generations: generation...generation,
          partKeys: Self.partKeys
        )
      )
      opened.append(try KeySamples.open(storage, generation))
    }
    return [KeyRuns(runs: written), KeyRuns(runs: opened)]
  }

  private func entry(_ high: UInt64, _ low: UInt64, sequence: UInt64) -> KeyRunEntry {
    KeyRunEntry(key: Key128(high: high, low: low), sequence: sequence, seconds: 1)
  }

  @Test(arguments: [99, 100, 101, 300, 350, 1000])
  func `every key of every part is found, and others are not`(count: Int) throws {
    let entries = KeySamples.entries(count, seed: 1)
    for runs in try runs([entries]) {
      for entry in entries {
        #expect(try runs.find(entry.key)?.sequence == entry.sequence)
      }
      for entry in KeySamples.entries(1000, seed: 2) { #expect(try runs.find(entry.key) == nil) }
    }
  }

  @Test func `parts end where the next one begins`() throws {
    // Every second low half, so that there are keys between all others.
    let entries = (1...350).map { entry($0 / 50, 2 * $0, sequence: $0) }
    for runs in try runs([entries]) {
      for entry in entries {
        let (high, low) = (entry.key.high, entry.key.low)
        #expect(try runs.find(entry.key)?.sequence == entry.sequence)
        for other in [Key128(high: high, low: low - 1), Key128(high: high, low: low + 1)] {
          #expect(try runs.find(other) == nil)
        }
      }
      for other in [
        Key128(high: 0, low: 0), Key128(high: 0, low: .max), Key128(high: 7, low: .max),
        Key128(high: .max, low: .max),
      ] {
        #expect(try runs.find(other) == nil)
      }
    }
  }

  @Test func `of several runs the newest that has a key is right`() throws {
    let all = KeySamples.entries(1000, seed: 3)
    // The newest run has every third key, the next one every second, the oldest all of them.
    let newest = stride(from: 0, to: 1000, by: 3).map { index in
      entry(all[index].key.high, all[index].key.low, sequence: 10_000 + UInt64(index))
    }
    let next = stride(from: 0, to: 1000, by: 2).map { index in
      entry(all[index].key.high, all[index].key.low, sequence: 5000 + UInt64(index))
    }
    for runs in try runs([newest, next, all]) {
      for (index, entry) in all.enumerated() {
        let expected =
          index % 3 == 0
          ? 10_000 + UInt64(index) : index % 2 == 0 ? 5000 + UInt64(index) : entry.sequence
        #expect(try runs.find(entry.key)?.sequence == expected)
      }
      for entry in KeySamples.entries(1000, seed: 4) { #expect(try runs.find(entry.key) == nil) }
    }
  }

  @Test func `one part is asked for a key, and the disk only where it may be`() throws {
    let entries = KeySamples.entries(2000, seed: 5)
    for runs in try runs([entries]) {
      var before = storage.with { $0.reads }
      for entry in entries { #expect(try runs.find(entry.key) != nil) }
      #expect((2000..<2010).contains(storage.with { $0.reads } - before))
      before = storage.with { $0.reads }
      for entry in KeySamples.entries(2000, seed: 6) { #expect(try runs.find(entry.key) == nil) }
      #expect(storage.with { $0.reads } - before < 10)
    }
  }
}
