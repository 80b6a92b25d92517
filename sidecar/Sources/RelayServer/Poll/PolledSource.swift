internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// One polled source on the poller's thread: its machine, and what is on its way for it.
final class PolledSource {
  let index: Int
  let name: String
  let plan: PollPlan
  let planHash: String
  let drafts: PollDrafts
  let policy: AdmissionPolicy
  let counters: SourceCounters
  let board: PollBoard
  let credentials: PollCredentials
  var machine: PollMachine
  /// Names the walk, so that answers to one that was given up are known for what they are.
  var walk: UInt64 = 0
  var requests: [OutboundID] = []
  var random = SystemRandomNumberGenerator()

  init(
    index: Int,
    drafts: PollDrafts,
    policy: AdmissionPolicy,
    counters: SourceCounters,
    board: PollBoard,
    credentials: PollCredentials,
    machine: PollMachine
  ) {
    self.index = index
    self.drafts = drafts
    self.policy = policy
    self.counters = counters
    self.board = board
    self.credentials = credentials
    self.machine = machine
    name = drafts.source.name
    plan = drafts.plan
    planHash = drafts.plan.hash
  }

  static func checkpointKey(_ source: String) -> String { "poll/\(source)/checkpoint" }
  static func cadenceKey(_ source: String) -> String { "poll/\(source)/cadence" }

  func submission(_ content: PollSubmission.Content) -> PollSubmission {
    PollSubmission(
      source: index,
      walk: walk,
      policy: policy,
      counters: counters,
      content: content
    )
  }

  func submission(_ batch: PollBatch) -> PollSubmission {
    let now = SystemClock.wallMicroseconds()
    let armed = batch.checkpoint?.armed ?? machine.checkpoint?.armed
    let state = batch.checkpoint.map { checkpoint in
      let bytes = checkpoint.encode(source: name, planHash: planHash)
      return (key: Self.checkpointKey(name), value: Optional(bytes))
    }
    return submission(
      .batch(
        PollSubmission.Batch(
          items: batch.items.map { drafts.item($0, armed: armed, at: now) },
          state: state.map { [$0] } ?? [],
          gaps: batch.gaps
        )
      )
    )
  }

  /// What others see.
  func publish(_ now: Moment) {
    var standing = PollBoard.Standing()
    standing.state = machine.stall.state
    standing.reason = machine.stall.reason
    standing.isBlind = machine.stall.isBlind
    standing.isWalking = machine.isWalking
    standing.isBudgetLimited = machine.cadence.isBudgetLimited
    standing.budgetRemaining = machine.cadence.budget.remaining
    standing.lastPush = machine.lastPush
    standing.lastPoll = machine.lastPoll
    standing.watermark = machine.checkpoint?.watermark
    standing.isUnfinished = machine.checkpoint?.resume != nil
    standing.lastReport = machine.lastReport
    standing.nextPoll = machine.wakeAt.map { now.wall + max(.zero, $0 - now.elapsed) }
    standing.pushLag = machine.lag.usual
    standing.grace = machine.grace
    board.publish(standing)
  }
}

extension PollCadence.Record {
  func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("version")
    writer.int(1)
    writer.key("not_before")
    writer.int(notBefore.microseconds)
    if let lastWide {
      writer.key("last_wide")
      writer.int(lastWide.microseconds)
    }
    writer.endObject()
    return writer.bytes
  }

  init?(_ bytes: [UInt8]) {
    guard let value = try? JSONValue.parse(bytes), value["version"]?.int == 1,
      let notBefore = value["not_before"]?.int
    else { return nil }
    self.init(
      notBefore: Timestamp(microseconds: Int64(notBefore)),
      lastWide: value["last_wide"]?.int.map { Timestamp(microseconds: Int64($0)) }
    )
  }
}
