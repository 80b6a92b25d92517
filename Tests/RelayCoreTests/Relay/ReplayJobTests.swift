import RelayCore
import Testing

@Suite struct ReplayJobTests {
  private static func job(_ last: UInt64 = 10) -> ReplayJob {
    ReplayJob(
      id: 1,
      filter: ReplayJob.Filter(),
      identity: .same,
      madeAt: 0,
      sequences: 1...last
    )
  }

  @Test func `it is counted before it hands out anything`() {
    var job = Self.job()
    #expect(!job.wantsMore)
    job.count(2, through: 5)
    #expect(job.phase == .counting && !job.wantsMore)
    job.count(3, through: 10)
    #expect(job.phase == .running && job.wantsMore && job.total == 5 && job.next == 1)
  }

  @Test func `47: it is throttled by first attempts, and not by what waits for a retry`() {
    var job = Self.job(1000)
    job.count(1000, through: 1000)
    var sequence: UInt64 = 0
    while job.wantsMore {
      sequence += 1
      job.hand(sequence, deliveries: 1)
    }
    #expect(sequence == UInt64(ReplayJob.untriedMax))
    for _ in 0..<ReplayJob.untriedMax { job.tried() }
    #expect(job.wantsMore, "poison waits, the others go on")
  }

  @Test func `it is done when everything was looked at and nothing waits`() {
    var job = Self.job(3)
    job.count(2, through: 3)
    job.hand(1, deliveries: 2)
    job.hand(3, deliveries: 0)
    job.pass(through: 3)
    #expect(job.phase == .running && job.skipped == 1)
    job.settle(isDelivered: true, wasTried: false)
    job.tried()
    job.settle(isDelivered: false, wasTried: true)
    #expect(job.phase == .done && job.delivered == 1 && job.dead == 1 && job.asked == 2)
  }

  @Test func `after a start it goes on with what is held`() throws {
    var job = Self.job(3)
    job.count(3, through: 3)
    for sequence in UInt64(1)...3 { job.hand(sequence, deliveries: 1) }
    job.pass(through: 3)
    var read = try #require(ReplayJob(decoding: job.encode(), id: 1))
    read.restore(untried: 0, unsettled: 1)
    #expect(read.phase == .running)
    read.settle(isDelivered: true, wasTried: true)
    #expect(read.phase == .done)
    var nothing = try #require(ReplayJob(decoding: job.encode(), id: 1))
    nothing.restore(untried: 0, unsettled: 0)
    #expect(nothing.phase == .done)
  }
}
