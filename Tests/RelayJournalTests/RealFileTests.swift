import RelayJournal
import RelaySystem
import Synchronization
import Testing

@Suite("On real files") struct RealFileTests {
  @Test func `events and state come back after a close and after none`() throws {
    try withJournalFolder { folder in
      for round in 0..<6 {
        let journal = try Journal.open(realOptions(folder))
        #expect(journal.durableSequence == UInt64(round * 40))
        for number in 1...40 {
          let draft = Sample.draft(round * 40 + number, bytes: 2000)
          #expect(try journal.stage(draft) == UInt64(round * 40 + number))
          if number % 5 == 0 { try journal.commit() }
        }
        try journal.stageState(key: "round", value: [UInt8(round)])
        try journal.commit()
        if round % 2 == 0 { try journal.close() }
      }
      let journal = try Journal.open(realOptions(folder))
      let found = try Survey(journal)
      #expect(found.bodies.count == 240)
      #expect(found.gaps == [])
      for number in 1...240 {
        #expect(found.bodies[UInt64(number)] == Sample.draft(number, bytes: 2000).body)
      }
      #expect(journal.state == ["round": [5]])
    }
  }

  @Test func `another opener is told who holds it`() throws {
    try withJournalFolder { folder in
      let journal = try Journal.open(realOptions(folder))
      let error = #expect(throws: JournalError.self) { _ = try Journal.open(realOptions(folder)) }
      #expect(error?.exitCode == 75)
      #expect(error?.description.contains(folder + "/LOCK") == true)
      try journal.close()
      _ = try Journal.open(realOptions(folder))
    }
  }

  @Test func `spares are made ahead, and none is left lying about`() throws {
    try withJournalFolder { folder in
      for _ in 0..<5 {
        let journal = try Journal.open(realOptions(folder))
        for number in 1...300 {
          _ = try journal.stage(Sample.draft(number, bytes: 3000))
          if number % 10 == 0 { try journal.commit() }
        }
        try journal.commit()
      }
      for log in ["log", "state"] {
        let left = try Directory.list(folder + "/" + log).filter { $0.hasPrefix("spare-") }
        #expect(left.count <= 1, "\(left)")
      }
    }
  }

  /// Readers on two threads follow a writer and must see every event once, in order, whole.
  @Test func `readers follow a writer`() throws {
    try withJournalFolder { folder in
      let total: UInt64 = 3000
      let journal = try Journal.open(realOptions(folder))
      let reader = journal.reader
      let followers = (0..<2).map { _ in Follower(reader, total: total) }
      let threads = try followers.map { try Joined($0) }
      for number in 1...Int(total) {
        _ = try journal.stage(Sample.draft(number, bytes: 400))
        if number % 7 == 0 { try journal.commit() }
      }
      try journal.commit()
      for thread in threads { thread.join() }
      for follower in followers { #expect(follower.problem == nil) }
    }
  }

  /// Segments go, and their files become others, while two threads read in them: every event that
  /// is handed out is the right one, in order, and what is not is said to have expired.
  @Test(arguments: [true, false])
  func `readers are never misled by a segment that goes`(recycles: Bool) throws {
    try withJournalFolder { folder in
      let total: UInt64 = 12_000
      var options = realOptions(folder)
      options.recycles = recycles
      let journal = try Journal.open(options)
      let reader = journal.reader
      let followers = (0..<2).map { _ in Follower(reader, total: total, mayExpire: true) }
      let threads = try followers.map { try Joined($0) }
      for number in 1...Int(total) {
        _ = try journal.stage(Sample.draft(number, bytes: 400))
        if number % 7 == 0 { try journal.commit() }
        if number % 501 == 0, journal.sealedSegments.count > 1 { try journal.retire(1) }
      }
      try journal.commit()
      for thread in threads { thread.join() }
      for follower in followers { #expect(follower.problem == nil) }
      #expect(reader.bounds.first > 1)
      try journal.close()
      let again = try Journal.open(options)
      #expect(again.recovery.gaps == [])
      #expect(try Survey(again).gaps == [])
    }
  }
}

/// Reads on from the beginning until it has seen every event, or one that it should not have.
private final class Follower: Sendable {
  private let reader: JournalReader
  private let total: UInt64
  private let found = Mutex<String?>(nil)

  private let mayExpire: Bool

  init(_ reader: JournalReader, total: UInt64, mayExpire: Bool = false) {
    self.reader = reader
    self.total = total
    self.mayExpire = mayExpire
  }

  var problem: String? { found.withLock { $0 } }

  func run() {
    var next: UInt64 = 1
    let limit = ReadLimit(events: 100, bytes: 1 << 20, scanned: 1000)
    while next <= total {
      guard
        let page = try? reader.read(
          from: next,
          order: .ascending,
          limit: limit,
          body: true,
          where: { _ in true }
        )
      else { return found.withLock { $0 = "a read failed" } }
      for entry in page.entries {
        if mayExpire, case .gap(next, let last, "expired") = entry {
          next = last + 1
          continue
        }
        guard case .event(let event) = entry, event.sequence == next,
          event.body == Sample.draft(Int(next), bytes: 400).body
        else { return found.withLock { [next] in $0 = "not event \(next)" } }
        next += 1
      }
    }
  }
}

/// A thread in a class, so that an array can hold it.
private final class Joined {
  private var thread: Thread?

  init(_ follower: Follower) throws { thread = try Thread(name: "follower") { follower.run() } }

  func join() { thread.take()?.join() }
}
