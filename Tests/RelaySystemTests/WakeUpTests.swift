import RelaySystem
import Synchronization
import Testing

/// Shared counters of one test.
private final class Tally: Sendable {
  let done = Atomic<Int>(0)
  let queued = Atomic<Int>(0)
}

@Suite("Wake-ups") struct WakeUpTests {
  private static let messages = 20_000

  @Test(.timeLimit(.minutes(1))) func `no message between threads is lost`() throws {
    let mailbox = Mailbox<Int>()
    let posters = 4
    for poster in 0..<posters {
      try Thread(name: "poster") {
        for message in 0..<Self.messages { mailbox.post(poster * Self.messages + message) }
      }.detach()
    }
    var poller = try Poller()
    try poller.add(mailbox.wakeup, .readable, token: 7)
    var seen = Set<Int>()
    var events: [PollEvent] = []
    var batch: [Int] = []
    while seen.count < posters * Self.messages {
      try poller.wait(timeoutMilliseconds: -1, into: &events)
      #expect(events.allSatisfy { $0.token == 7 && $0.isReadable })
      mailbox.take(into: &batch)
      for message in batch { #expect(seen.insert(message).inserted) }
      batch.removeAll()
    }
  }

  @Test(.timeLimit(.minutes(1))) func `no ring at a gate is lost`() throws {
    let gate = Gate()
    let tally = Tally()
    try Thread(name: "ringer") {
      for _ in 0..<Self.messages {
        tally.queued.add(1, ordering: .sequentiallyConsistent)
        gate.ring()
      }
      tally.done.store(1, ordering: .sequentiallyConsistent)
      gate.ring()
    }.detach()
    // Without end: a lost ring would leave this asleep with work in the queue.
    while tally.done.load(ordering: .sequentiallyConsistent) == 0 {
      _ = gate.wait(timeoutMilliseconds: nil)
    }
    #expect(tally.queued.load(ordering: .sequentiallyConsistent) == Self.messages)
  }

  @Test func `a gate that nobody rings lets go when the time is up`() {
    let gate = Gate()
    let wasRung = gate.wait(timeoutMilliseconds: 1)
    #expect(!wasRung)
    gate.ring()
    let isRung = gate.wait(timeoutMilliseconds: nil)
    #expect(isRung)
  }
}
