import Foundation
import RelayCore
import Testing
import WebhookReceiver

/// The question of polling §6.1, asked of the policy that is shipped: how often a source is
/// suspected while all is well, and how long an outage goes unnoticed.
///
/// The whole machine is run, walks and journal included. The rules of the design's table go by
/// silence alone; this one by what polling finds, so that it is never wrong, and as fast as the
/// fast ones where anything happens that could be missed.
@Suite struct SuspicionSimulation {
  private typealias Traffic = PollSimulation.Traffic

  private static let isCampaign = PollSimulation.isCampaign
  /// More than a sweep reaches back; the provider forgets what is older, so that it answers fast.
  private static let kept: Int64 = 2 * 3600
  private static let outages = isCampaign ? 12 : 6

  /// False suspicions a day, and minutes to the suspicion: what the design found for two rules.
  private static let paper: [(rule: String, cells: [String])] = [
    (
      "fixed 5 min",
      ["9.9 / 4.3 (5.0)", "37.2 / 1.7 (4.9)", "37.0 / 0.0 (3.9)", "5.9 / 0.0 (0.0)"]
    ),
    (
      "1.5 x max",
      ["0.05 / 10.4 (14)", "2.1 / 200 (826)", "0.05 / 181 (326)", "0 / 2149 (2457)"]
    ),
  ]

  private func say(_ line: String) { print("campaign: simulation: \(line)") }

  private func bench() throws -> PollBench {
    var plan = try PollPlan.links()
    plan.preferPush = nil
    var provider = ScriptedProvider(style: .links)
    provider.limit = 100
    return PollBench(plan, provider)
  }

  /// One more event, at its time.
  private func happen(_ bench: inout PollBench, _ index: Int, at time: Int64, isPushed: Bool) {
    if time > bench.seconds { bench.run(time - bench.seconds) }
    let old = bench.now - Self.kept
    bench.provider.events.removeAll { $0.created < old }
    bench.provider.calls = []
    bench.happen("e\(index)", isPushed: isPushed)
  }

  private func isSuspected(_ bench: PollBench) -> Bool {
    bench.machine.stall.reason == .missedPush
  }

  /// From the moment when pushes end to the first evidence of it.
  private func wait(_ begun: PollBench, _ arrivals: ArraySlice<Double>) -> Int64? {
    var bench = begun
    for (number, time) in zip(arrivals.indices, arrivals) {
      happen(&bench, number, at: Int64(time), isPushed: false)
      if isSuspected(bench) { break }
      // What the polls between two events find is looked for a minute at a time.
      let next = arrivals.indices.contains(number + 1) ? Int64(arrivals[number + 1]) : .max
      while bench.seconds + 60 < next, bench.seconds - begun.seconds < 86400 {
        bench.run(60)
        if isSuspected(bench) { return bench.seconds - begun.seconds }
      }
    }
    return isSuspected(bench) ? bench.seconds - begun.seconds : nil
  }

  @Test(.timeLimit(.minutes(15)))
  func `nothing is suspected while all is well, an outage by its first event`() throws {
    say("false suspicions a day / median (p95) minutes from the outage to the suspicion")
    for (rule, cells) in Self.paper {
      let named = zip(Traffic.allCases, cells).map { "\($0.rawValue) \($1)" }
      say("design, \(rule) | " + named.joined(separator: " | "))
    }
    var cells: [String] = []
    for traffic in Traffic.allCases {
      var random = SplitMix(seed: 7)
      let days = (Self.isCampaign ? 14 : 1) * (traffic == .sparse ? 8 : 1)
      let arrivals = traffic.arrivals(days: days, &random)
      var bench = try bench()
      var waits: [Int64] = []
      let stride = max(1, arrivals.count / (Self.outages + 1))
      for (index, time) in arrivals.enumerated() {
        happen(&bench, index, at: Int64(time), isPushed: true)
        guard index % stride == stride - 1, index + 1 < arrivals.count else { continue }
        if let wait = wait(bench, arrivals[(index + 1)...]) { waits.append(wait) }
      }
      waits.sort()
      let middle = try #require(waits.isEmpty ? nil : waits[waits.count / 2])
      let most = waits[waits.count * 95 / 100]
      let wrong = bench.states.count { $0 == .degraded }
      cells.append("\(traffic.rawValue) \(wrong) / \(minutes(middle)) (\(minutes(most)))")
      #expect(wrong == 0, "\(traffic)")
      #expect(!bench.alarms.contains(.stall))
      // Its first event, the cap and the grace, and what a tick is late.
      let gap = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }.max() ?? 0
      #expect(Double(most) <= gap + 1.1 * 900 + 120 + 90, "\(traffic)")
    }
    say("shipped, by evidence | " + cells.joined(separator: " | "))
  }

  private func minutes(_ seconds: Int64) -> String { String(format: "%.1f", Double(seconds) / 60) }
}
