import RelayJournal
import RelaySystem
import Synchronization
import Testing

@Suite("Key index, looked up from several threads") struct KeyRaceTests {
  /// Journal §11.3: what a loop finds in a snapshot and what came after it, together, is the truth,
  /// while tables are frozen, written, merged and removed.
  @Test(.timeLimit(.minutes(10)))
  func `a key is never between a snapshot and what came after it`() throws {
    try withJournalFolder { folder in
      try Directory.create(folder)
      let opening = try KeyIndexOpening(
        KeyIndex.Settings(
          storage: FileStorage(),
          directory: folder + "/dedup",
          uuid: KeySamples.uuid,
          keysPerRun: 300,
          runsMax: 6,
          runsPerMerge: 4
        ),
        quarantine: folder + "/quarantine",
        first: 1
      )
      let index = opening.index
      try index.startThread()
      let askers = (0..<2).map { Asker(index.book, seed: $0) }
      let threads = try askers.map { try AskerThread($0) }
      var sequences: [Int: UInt64] = [:]
      var random = SeededGenerator(seed: 1)
      var (answers, sealed) = (0, 0)
      var sequence: UInt64 = 0
      while sequence < (isCampaign ? 400_000 : 30_000) || answers < 10_000 {
        if index.hasRoom(for: 1), sequence < 400_000 {
          sequence += 1
          // One in ten comes again.
          let number =
            random.chance(10) ? Int.random(in: 1...Int(sequence), using: &random) : Int(sequence)
          sequences[number] = sequence
          index.insert(Sample.key(number), sequence: sequence, seconds: 5)
          if sequence % 20 == 0 { index.committed(through: sequence) }
          for asker in askers { asker.numbers.store(Int(sequence), ordering: .releasing) }
        }
        for asker in askers {
          for answer in asker.take() {
            let key = Sample.key(answer.number)
            let found = try index.find(key, after: answer.generation, found: answer.found)
            #expect(found?.sequence == sequences[answer.number], "key \(answer.number)")
            answers += 1
            if answer.found != nil { sealed += 1 }
          }
        }
      }
      for asker in askers { asker.isStopping.store(true, ordering: .relaxed) }
      for thread in threads { thread.join() }
      for asker in askers { #expect(asker.take().allSatisfy { $0.number >= 0 }) }
      index.stop()
      #expect(sealed > 100 && index.book.runs.generation > 10)
      for (number, sequence) in sequences {
        #expect(try index.find(Sample.key(number))?.sequence == sequence)
      }
    }
  }

  /// A whole journal with its threads: keys go from memory to runs and come back at a start.
  @Test(.timeLimit(.minutes(10)))
  func `a journal on real files knows every key, also after it was opened again`() throws {
    try withJournalFolder { folder in
      var options = realOptions(folder)
      options.keysPerRun = 200
      let total = 5000
      var number = 0
      for round in 1...4 {
        let journal = try Journal.open(options)
        #expect(!journal.recovery.lines.contains { $0.contains("key") })
        while number < round * total / 4 {
          guard journal.keys.hasRoom(for: 1) else {
            try journal.commit()
            continue
          }
          number += 1
          _ = try journal.stage(Sample.draft(number, bytes: 60))
          if number % 9 == 0 { try journal.commit() }
        }
        try journal.commit()
        for number in 1...number {
          #expect(try journal.keys.find(Sample.key(number))?.sequence == UInt64(number))
        }
        #expect(try journal.keys.find(Sample.key(number + 1)) == nil)
        #expect(journal.keys.count == number)
        if round != 2 { try journal.close() }
      }
      #expect(try Directory.list(folder + "/dedup").count { $0.hasSuffix(".run") } > 3)
    }
  }
}

/// Looks keys up in snapshots until told to stop.
private final class Asker: Sendable {
  struct Answer: Sendable {
    let number: Int
    let generation: UInt64
    let found: KeyEntry?
  }

  /// What was inserted so far.
  let numbers = Atomic<Int>(0)
  let isStopping = Atomic<Bool>(false)
  private let book: KeyRunBook
  private let seed: UInt64
  private let answers = Mutex<[Answer]>([])

  init(_ book: KeyRunBook, seed: Int) {
    self.book = book
    self.seed = UInt64(seed)
  }

  func take() -> [Answer] {
    answers.withLock { answers in
      defer { answers = [] }
      return answers
    }
  }

  func run() {
    var random = SeededGenerator(seed: seed)
    while !isStopping.load(ordering: .relaxed) {
      let count = numbers.load(ordering: .acquiring)
      guard count > 0, answers.withLock({ $0.count < 100 }) else { continue }
      let number = Int.random(in: 1...count, using: &random)
      let runs = book.runs
      // A lookup that fails gives a number that the test does not take.
      let found = Result { try runs.find(Sample.key(number)) }
      let answer =
        switch found {
        case .success(let entry):
          Answer(number: number, generation: runs.generation, found: entry)
        case .failure:
          Answer(number: -1, generation: 0, found: KeyEntry(sequence: 0, seconds: 0))
        }
      answers.withLock { $0.append(answer) }
    }
  }
}

/// A thread in a class, so that an array can hold it.
private final class AskerThread {
  private var thread: Thread?

  init(_ asker: Asker) throws { thread = try Thread(name: "asker") { asker.run() } }

  func join() { thread.take()?.join() }
}
