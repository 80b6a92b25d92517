import Foundation
import RelayCore
import Testing
import WebhookReceiver

/// The simulations behind polling §6.2 and §7.1, run again over the policy that is shipped.
///
/// They print tables beside those of the design; what is expected of them are the two properties
/// that the design rests on.
@Suite struct PollSimulation {
  static let isCampaign = ProcessInfo.processInfo.environment["WEBHOOK_CAMPAIGN"] == "1"

  private func say(_ line: String) { print("campaign: simulation: \(line)") }

  // MARK: Silence

  enum Traffic: String, CaseIterable {
    case poisson = "Poisson 1/min"
    case diurnal = "diurnal+weekend"
    case bursts = "bursts every 30 min"
    case sparse = "sparse 6/day"

    /// Times of events, in seconds.
    func arrivals(days: Int, _ random: inout SplitMix) -> [Double] {
      var times: [Double] = []
      var now = 0.0
      let end = Double(days) * 86400
      while now < end {
        if self == .bursts {
          let size = Int.random(in: 5...30, using: &random)
          for _ in 0..<size { times.append(now + Double.random(in: 0...60, using: &random)) }
          now += 1800 * Double.random(in: 0.5...1.5, using: &random)
          continue
        }
        now += -log(1 - Double.random(in: 0..<1, using: &random)) / rate(at: now)
        times.append(now)
      }
      return times.filter { $0 < end }.sorted()
    }

    private func rate(at now: Double) -> Double {
      switch self {
      case .poisson: return 1.0 / 60
      case .sparse: return 6.0 / 86400
      case .bursts: return 1
      case .diurnal:
        let hour = now.truncatingRemainder(dividingBy: 86400) / 3600
        let isWeekend = Int(now / 86400) % 7 >= 5
        let day = max(0.02, sin((hour - 6) / 12 * .pi))
        return day / 60 * (isWeekend ? 0.1 : 1)
      }
    }
  }

  struct Silence {
    var pollsPerDay = 0.0
    var median = 0.0
    var worst = 0.0
  }

  /// Polls that silence causes while all is well, and how long the first event of an outage waits.
  private func silence(_ traffic: Traffic, _ rules: CadenceRules, days: Int) -> Silence {
    var random = SplitMix(seed: 7)
    let arrivals = traffic.arrivals(days: days, &random)
    let stall = StallState(StallState.Rules(settle: rules.settle), at: .zero)
    let start = Moment(elapsed: .zero, wall: Timestamp(seconds: PollBench.epoch))
    var cadence = PollCadence(rules, record: nil, at: start)
    var polls = 0
    var waits: [Double] = []
    for (index, time) in arrivals.enumerated() {
      polls += run(&cadence, stall, until: time, &random).count
      cadence.pushArrived(at: .seconds(time), using: &random)
      // An outage begins behind every seventh event: the next one is not pushed.
      guard index % 7 == 0, index + 1 < arrivals.count else { continue }
      var outage = cadence
      let missed = arrivals[index + 1]
      let found = run(&outage, stall, until: missed + 7200, &random).first { $0 >= missed }
      if let found { waits.append(found - missed) }
    }
    waits.sort()
    return Silence(
      pollsPerDay: Double(polls) / Double(days),
      median: waits.isEmpty ? 0 : waits[waits.count / 2],
      worst: waits.last ?? 0
    )
  }

  /// The times of the verification polls up to `end`; sweeps answer nothing here.
  private func run(
    _ cadence: inout PollCadence,
    _ stall: StallState,
    until end: Double,
    _ random: inout SplitMix
  ) -> [Double] {
    var times: [Double] = []
    while true {
      let now = cadence.next(stall)
      guard now < .seconds(end) else { return times }
      guard let purpose = cadence.due(stall, at: now) else {
        Issue.record("it says that a walk is due at \(now), and then that none is")
        return times
      }
      let moment = Moment(elapsed: now, wall: Timestamp(seconds: PollBench.epoch) + now)
      cadence.walkBegan(purpose, at: moment)
      let outcome = PollCadence.Outcome(purpose: purpose, isComplete: true, foundNew: false)
      cadence.walkEnded(outcome, wantsPolls: false, at: now, using: &random)
      if purpose == .verification { times.append(now / .seconds(1)) }
    }
  }

  @Test(.timeLimit(.minutes(15)))
  func `silence costs few polls, and its bound is that of the cap`() {
    let paper: [String: [String]] = [
      "60/900": ["602", "350", "193", "110"], "120/900": ["201", "168", "155", "105"],
      "300/900": ["10", "73", "113", "98"], "300/3600": ["10", "56", "85", "36"],
      "900/3600": ["0", "17", "40", "28"],
    ]
    say("silence -> verification polls/day, median and worst minutes to the first missed event")
    let all = [(60, 900), (120, 900), (300, 900), (300, 3600), (900, 3600)]
    for (silenceSeconds, cap) in all {
      var rules = CadenceRules()
      rules.silence = .seconds(silenceSeconds)
      rules.cap = .seconds(cap)
      // Sweeps and budgets are other questions.
      rules.sweep = .seconds(86400 * 365)
      rules.dailyBudget = 1_000_000
      var cells: [String] = []
      for (index, traffic) in Traffic.allCases.enumerated() {
        // Few events make a day of the sparse kind as cheap as an hour of the others.
        let days = (Self.isCampaign ? 28 : 7) * (traffic == .sparse ? 4 : 1)
        let result = silence(traffic, rules, days: days)
        let design = paper["\(silenceSeconds)/\(cap)"]?[index] ?? ""
        cells.append(
          "\(traffic.rawValue) \(Int(result.pollsPerDay.rounded())) (design \(design)) "
            + "\(minutes(result.median)) \(minutes(result.worst))"
        )
        #expect(result.worst > 0, "nothing was measured")
        // The two kinds of traffic that two words describe whole.
        if traffic == .sparse || (traffic == .poisson && silenceSeconds == 60),
          let wanted = Double(design)
        {
          let ratio = result.pollsPerDay / wanted
          #expect((0.6...1.5).contains(ratio), "\(traffic): \(result.pollsPerDay)")
        }
        #expect(result.worst <= 1.1 * Double(cap) + 30, "\(traffic) \(silenceSeconds)/\(cap)")
      }
      say("T0 \(silenceSeconds) s, cap \(cap) s | " + cells.joined(separator: " | "))
    }
  }

  private func minutes(_ seconds: Double) -> String { String(format: "%.1f", seconds / 60) }

  // MARK: Walks

  private struct Marks {
    var settle: Int
    var overlap: Int
    /// Mean events lost of 3000 in the design, outage and 5 % partial loss: with a walk every
    /// minute, and every quarter of an hour where it has that.
    var minute: (outage: String, partial: String)
    var quarter: (outage: String, partial: String)?

    /// As long as anything is late, or nearly.
    var losesNothing: Bool { settle >= 120 || overlap >= 300 }
  }

  /// Events that no walk ever finds: one list, newest first, a walk every so many seconds.
  private func lost(_ marks: Marks, every: Int64, isOutage: Bool, count: Int, seed: UInt64) throws
    -> Int
  {
    var plan = try PollPlan.links()
    plan.cadence.settle = .seconds(marks.settle)
    plan.cadence.overlap = .seconds(marks.overlap)
    plan.limits.pages = 10_000
    var random = SplitMix(seed: seed)
    // Two on a page where something is lost; where nothing may be, a page's own reach is less than
    // what is asked for, and the larger ones are what makes this cheap.
    let limit = Self.isCampaign || !marks.losesNothing ? 2 : 8
    var list = LateList(count: count, limit: limit, &random)
    var known: Set<Int> = []
    for index in 0..<count {
      let isLost =
        isOutage
        ? (count / 3..<count / 3 + count / 9).contains(index)
        : Int.random(in: 0..<100, using: &random) < 5
      if !isLost { known.insert(index) }
    }
    var checkpoint = Checkpoint()
    checkpoint.watermark = Timestamp(seconds: PollBench.epoch)
    checkpoint.armed = Timestamp(seconds: PollBench.epoch)
    let end = list.end + 2 * every
    for now in stride(from: PollBench.epoch + every, through: end, by: Int64.Stride(every)) {
      list.look(at: now, reach: every + LateList.reach)
      var walk = Walk(
        plan,
        checkpoint: checkpoint,
        purpose: .verification,
        wall: Timestamp(seconds: now),
        hold: .zero
      )
      var step = walk.start()
      loop: while true {
        switch step {
        case .send(let calls):
          let answer = list.page(calls[0])
          step = walk.take(
            .success(answer),
            for: calls[0],
            wall: Timestamp(seconds: now),
            elapsed: .zero
          )
        case .submit(let batch):
          known.formUnion(batch.items.compactMap { Int($0.id) })
          checkpoint = batch.checkpoint ?? checkpoint
          step = walk.take(isStored: true, elapsed: .zero)
        case .end, .wait, .renew, .look: break loop
        }
      }
    }
    return count - known.count
  }

  @Test(.timeLimit(.minutes(15)))
  func `with the default settle and overlap no event is lost, and without them some are`() throws {
    // Late and lost at once are few: with fewer events there would be none to lose.
    let count = Self.isCampaign ? 3000 : 1000
    let seeds: [UInt64] = Self.isCampaign ? [1, 2, 3] : [1]
    let rows = [
      Marks(settle: 0, overlap: 0, minute: ("4.3", "1.9"), quarter: ("0.2", "0.1")),
      Marks(settle: 0, overlap: 60, minute: ("1.1", "0.4")),
      Marks(settle: 60, overlap: 0, minute: ("1.6", "0.6")),
      Marks(settle: 130, overlap: 0, minute: ("0", "0"), quarter: ("0", "0")),
      Marks(settle: 0, overlap: 300, minute: ("0", "0"), quarter: ("0", "0")),
      // The defaults, which the design has no numbers of.
      Marks(settle: 120, overlap: 300, minute: ("-", "-")),
    ]
    var withoutAny = 0.0
    say("events never found of \(count), \(seeds.count) seed(s); in brackets of 3000 in the design")
    for marks in rows {
      var cells: [String] = []
      for (every, design) in [(60, marks.minute), (900, marks.quarter)] {
        guard let design else { continue }
        for (isOutage, number) in [(true, design.outage), (false, design.partial)] {
          let losses = try seeds.map {
            try lost(marks, every: Int64(every), isOutage: isOutage, count: count, seed: $0)
          }
          let mean = Double(losses.reduce(0, +)) / Double(seeds.count)
          let name = isOutage ? "outage" : "5 %"
          cells.append("\(name), every \(every) s: \(String(format: "%.1f", mean)) (\(number))")
          if marks.losesNothing { #expect(mean == 0, "\(marks)") }
          withoutAny += marks.settle == 0 && marks.overlap == 0 ? mean : 0
        }
      }
      say(
        "settle \(marks.settle) s, overlap \(marks.overlap) s | " + cells.joined(separator: " | ")
      )
    }
    #expect(withoutAny > 0, "a simulation that loses nothing without them shows nothing")
  }
}
