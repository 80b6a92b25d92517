import RelayCore
import Testing
import WebhookReceiver

/// A poll machine with a provider, a journal and a clock that the test moves by hand.
struct PollBench {
  /// 2026-01-01T00:00:00Z.
  static let epoch: Int64 = 1_767_225_600

  enum Origin { case push, poll }

  var provider: ScriptedProvider
  let plan: PollPlan
  private(set) var machine: PollMachine
  /// Seconds since the begin.
  private(set) var seconds: Int64 = 0
  /// By which the wall clock was set.
  var wallStep: Int64 = 0
  private var generator = SplitMix(seed: 7)

  private(set) var journal: [String: (origin: Origin, sequence: UInt64, at: Int64)] = [:]
  private(set) var order: [String] = []
  private var bySequence: [UInt64: String] = [:]
  private(set) var late: Set<String> = []
  private(set) var durable: Checkpoint?
  private(set) var record: PollCadence.Record?
  private(set) var gaps: [GapRecord] = []
  private(set) var alarms: [Alarm.Kind] = []
  private(set) var reports: [WalkReport] = []
  private(set) var states: [StallState.State] = []
  private(set) var polledTwice = 0
  var isFull = false
  /// Crashes with the events of a batch durable and its checkpoint not, this often.
  var tornBatches = 0
  private(set) var crashes = 0

  init(_ plan: PollPlan, _ provider: ScriptedProvider, checkpoint: Checkpoint? = nil) {
    self.plan = plan
    self.provider = provider
    durable = checkpoint
    machine = Self.machine(plan, checkpoint, nil, Self.moment(0, 0))
  }

  private static func moment(_ seconds: Int64, _ step: Int64) -> Moment {
    Moment(elapsed: .seconds(seconds), wall: Timestamp(seconds: epoch + seconds + step))
  }

  private static func machine(
    _ plan: PollPlan,
    _ checkpoint: Checkpoint?,
    _ record: PollCadence.Record?,
    _ now: Moment
  ) -> PollMachine {
    PollMachine(
      source: "test",
      plan: plan,
      isComparable: true,
      checkpoint: checkpoint,
      record: record,
      at: now
    )
  }

  var moment: Moment { Self.moment(seconds, wallStep) }
  var now: Int64 { Self.epoch + seconds }
  var ids: Set<String> { Set(journal.keys) }
  var walks: Int { reports.count }
  var polled: [String] { order.filter { journal[$0]?.origin == .poll } }

  // MARK: Time

  /// Moves on, with every tick that falls due; never more than a minute between two looks.
  mutating func run(_ duration: Int64, step: Int64 = 5) {
    let end = seconds + duration
    handle(.tick)
    while seconds < end {
      let wake = machine.wakeAt.map { $0.components.seconds + 1 } ?? end
      seconds = min(end, max(seconds + 1, min(wake, seconds + step * 12)))
      handle(.tick)
    }
  }

  /// One walk, asked for by the operator, past the distance that walks keep.
  mutating func walk() {
    seconds += 16
    handle(.poll)
  }

  mutating func push(_ id: String) {
    if let known = journal[id] {
      let isLate = known.origin == .poll && late.insert(id).inserted
      handle(.pushes(new: 0, late: isLate ? [known.sequence] : []))
    } else {
      store(id, .push)
      handle(.pushes(new: 1, late: []))
    }
  }

  /// An event happens, and is pushed unless it is lost.
  mutating func happen(_ id: String, isPushed: Bool = true, visibleAfter: Int64 = 0) {
    provider.add(id, at: now + provider.skew, visible: now + provider.skew + visibleAfter)
    if isPushed { push(id) }
  }

  /// The process ends here; what is durable starts the next one.
  mutating func crash() {
    crashes += 1
    machine = Self.machine(plan, durable, record, moment)
  }

  mutating func set(_ isPaused: Bool) { handle(isPaused ? .pause : .resume) }

  // MARK: The driver's part

  mutating func handle(_ event: PollSignal) {
    var events = [event]
    while !events.isEmpty {
      let before = machine.stall.state
      let actions = machine.handle(events.removeFirst(), at: moment, using: &generator)
      if machine.stall.state != before { states.append(machine.stall.state) }
      for action in actions { events += carryOut(action) }
      if tornBatches < 0 {
        tornBatches = 0
        crash()
        return
      }
    }
  }

  private mutating func carryOut(_ action: PollAction) -> [PollSignal] {
    switch action {
    case .send(let calls), .renew(let calls):
      return calls.map { call in
        let answer = provider.answer(call, at: now)
        return .answer(call, answer)
      }
    case .look(let ids): return [.known(Set(ids.filter { journal[$0] != nil }))]
    case .submit(let batch): return [submit(batch)]
    case .persist(let record): self.record = record
    case .cancel: break
    case .alarm(let kind, _): alarms.append(kind)
    case .note(let note):
      if case .walkEnded(let report) = note { reports.append(report) }
    }
    return []
  }

  private mutating func submit(_ batch: PollBatch) -> PollSignal {
    guard !isFull || batch.items.isEmpty else { return .notStored }
    var outcomes: [PollOutcome] = []
    for item in batch.items {
      if let known = journal[item.id] {
        outcomes.append(
          known.origin == .push
            ? .duplicateOfPush(known.sequence, age: .seconds(seconds - known.at))
            : .duplicateOfPoll(known.sequence)
        )
        if known.origin == .poll { polledTwice += 1 }
      } else {
        outcomes.append(.stored(store(item.id, .poll)))
      }
    }
    if tornBatches > 0, batch.checkpoint != nil {
      // The events are durable, and the checkpoint behind them is not.
      tornBatches = -1
      return .tick
    }
    if let checkpoint = batch.checkpoint {
      // What is read back is what was written.
      let bytes = checkpoint.encode(source: "test", planHash: plan.hash)
      durable = try? Checkpoint.decode(bytes, source: "test", planHash: plan.hash)
      #expect(durable == checkpoint)
    }
    gaps += batch.gaps
    return .stored(outcomes)
  }

  @discardableResult
  private mutating func store(_ id: String, _ origin: Origin) -> UInt64 {
    let sequence = UInt64(order.count + 1)
    journal[id] = (origin, sequence, seconds)
    order.append(id)
    return sequence
  }
}

/// The same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
