import Glibc
import RelayJournal
import RelaySystem
import Testing

@Suite("Key index") struct KeyIndexTests {
  private func index(_ storage: SimulatedStorage = SimulatedStorage()) throws -> KeyIndex {
    let settings = KeyIndex.Settings(
      storage: storage,
      directory: KeySamples.directory,
      uuid: KeySamples.uuid
    )
    return try KeyIndexOpening(settings, quarantine: KeySamples.quarantine, first: 1).index
  }

  @Test func `finds what was put in, and nothing else`() throws {
    let index = try index()
    for number in 1...20_000 {
      index.insert(Sample.key(number), sequence: UInt64(number), seconds: UInt32(number))
    }
    #expect(index.count == 20_000)
    for number in 1...20_000 {
      #expect(try index.find(Sample.key(number))?.sequence == UInt64(number))
    }
    for number in 20_001...30_000 { #expect(try index.find(Sample.key(number)) == nil) }
  }

  @Test func `tells keys apart that fall on one place`() throws {
    let index = try index()
    for high in 1...500 {
      index.insert(Key128(high: UInt64(high), low: 7), sequence: UInt64(high), seconds: 0)
    }
    for high in 1...500 {
      #expect(try index.find(Key128(high: UInt64(high), low: 7))?.sequence == UInt64(high))
    }
    #expect(try index.find(Key128(high: 501, low: 7)) == nil)
  }

  @Test func `a key that comes again moves to the newer event`() throws {
    let index = try index()
    index.insert(Sample.key(1), sequence: 1, seconds: 10)
    index.insert(Sample.key(1), sequence: 9, seconds: 20)
    #expect(index.count == 1)
    #expect(try index.find(Sample.key(1)) == KeyEntry(sequence: 9, seconds: 20))
    index.committed(through: 9)
    index.seal()
    #expect(try index.find(Sample.key(1)) == KeyEntry(sequence: 9, seconds: 20))
    index.insert(Sample.key(1), sequence: 10, seconds: 30)
    #expect(try index.find(Sample.key(1)) == KeyEntry(sequence: 10, seconds: 30))
    index.committed(through: 10)
    index.seal()
    #expect(index.book.runs.count == 2)
    #expect(try index.find(Sample.key(1)) == KeyEntry(sequence: 10, seconds: 30))
  }

  @Test func `seals nothing whose event is not durable`() throws {
    let storage = SimulatedStorage()
    let index = try index(storage)
    index.insert(Sample.key(1), sequence: 1, seconds: 10)
    index.committed(through: 1)
    index.insert(Sample.key(2), sequence: 2, seconds: 10)
    index.seal()
    #expect(storage.disk.fileNames == [] && index.durableThrough == 0)
    index.committed(through: 2)
    index.seal()
    #expect(storage.disk.fileNames.count == 1 && index.durableThrough == 2)
    // Events without keys wait for nothing.
    index.committed(through: 9)
    #expect(index.durableThrough == 9)
  }

  @Test func `is full while two tables wait for the disk, and not when it works again`() throws {
    let storage = SimulatedStorage()
    let index = try KeyIndexModel.open(storage, [], first: 1, next: 1).index
    storage.with { $0.isOff = true }
    var sequence: UInt64 = 0
    while index.hasRoom(for: 1), sequence < 1000 {
      sequence += 1
      index.insert(Sample.key(Int(sequence)), sequence: sequence, seconds: 5)
      index.committed(through: sequence)
    }
    // Two tables of eight, and an active one.
    #expect(sequence == 24 && index.count == 24 && index.durableThrough == 0)
    #expect(index.fullReason.contains("not on disk yet"))
    for number in 1...24 { #expect(try index.find(Sample.key(number)) != nil) }
    storage.with { $0.isOff = false }
    index.committed(through: sequence)
    #expect(index.hasRoom(for: 1) && index.durableThrough == 24)
    for number in 1...24 {
      #expect(try index.find(Sample.key(number))?.sequence == UInt64(number))
    }
  }

  @Test func `a part of the window seals too, and what left the window goes`() throws {
    let storage = SimulatedStorage()
    let index = try KeyIndexModel.open(storage, [], first: 1, next: 1).index
    for number in 1...4 {
      let seconds = UInt32(1000 + number * 70)
      index.insert(Sample.key(number), sequence: UInt64(number), seconds: seconds)
      index.committed(through: UInt64(number))
    }
    // 125 seconds are a 32nd of the window.
    #expect(index.book.runs.count == 1)
    index.insert(Sample.key(5), sequence: 5, seconds: 9000)
    index.committed(through: 5)
    index.seal()
    index.removeAll(before: 5000)
    #expect(index.book.runs.count == 1 && storage.disk.fileNames.count == 1)
    for number in 1...3 { #expect(try index.find(Sample.key(number)) == nil) }
    for number in 4...5 { #expect(try index.find(Sample.key(number)) != nil) }
    // The newest stays, and with it the knowledge of how far the runs had come.
    index.removeAll(before: .max)
    #expect(index.book.runs.count == 1)
  }
}

@Suite("Key index against a dictionary") struct KeyIndexModelTests {
  private func play(seed: UInt64, steps: Int, cutAt change: Int?) throws -> KeyIndexModel {
    var random = SeededGenerator(seed: seed)
    var model = try KeyIndexModel(seed: seed, fault: change.map { .powerOff(atChange: $0) })
    for _ in 0..<steps { model.step() }
    model.check()
    for cut in DiskModel.Cut.allCases.shuffled(using: &random).prefix(2) {
      model.restart(after: cut)
      model.check()
      for _ in 0..<steps / 2 { model.step() }
    }
    model.restart(after: nil)
    model.check()
    return model
  }

  @Test(arguments: 0..<8)
  func `answers the same through seals, merges, restarts and power cuts`(part: Int) throws {
    var (restarts, runs) = (0, 0)
    for seed in 0..<UInt64(isCampaign ? 2500 : 150) {
      let seed = seed * 8 + UInt64(part)
      let cut = seed % 3 == 0 ? nil : Int(seed % 97) + 1
      let model = try play(seed: seed, steps: 150, cutAt: cut)
      #expect(model.problems.isEmpty, "seed \(seed): \(model.problems.prefix(3))")
      restarts += model.restarts
      runs = max(runs, model.runsMax)
    }
    #expect(restarts > 450 && runs >= 5)
  }

  /// Sealing, merging and removing, with the n-th call that changes the disk failing, for every n.
  @Test(arguments: [EIO, ENOSPC])
  func `a call that fails changes no answer`(code: Int32) throws {
    for seed in 0..<UInt64(isCampaign ? 50 : 3) {
      var number = 0
      var isReached = true
      while isReached {
        number += 1
        var model = try KeyIndexModel(seed: seed)
        for _ in 0..<120 {
          let before = model.storage.changes
          if before < number {
            model.storage.with { $0.fault = .failure(atChange: number, code: code) }
          }
          model.step()
        }
        isReached = model.storage.changes >= number || model.restarts > 0 && number < 60
        model.check()
        model.restart(after: .someKept)
        model.check()
        #expect(model.problems.isEmpty, "seed \(seed), call \(number): \(model.problems.prefix(3))")
      }
      #expect(number > 20)
    }
  }
}
