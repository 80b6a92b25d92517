internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// What the relay needs of the rest of the sidecar.
struct RelayContext: Sendable {
  let reader: JournalReader
  let codec: CursorCodec
  let journal: JournalInbox
  let link: RelayLink
  let api: Mailbox<LoopMessage<APINotice>>
  let log: Log
  /// The scheme that providers of a source call, by its name; http where it is not known.
  var schemes: [String: String]
  /// Elapsed time at a moment of the boot clock.
  let anchor: ElapsedAnchor
  /// Tells an operator: the kind of alarm, what it is about, and a sentence.
  let alarm: @Sendable (String, String, String) -> Void
}

/// The journal's elapsed clock, for a thread that does not own it.
struct ElapsedAnchor: Sendable {
  let elapsed: Duration
  let bootNanoseconds: Int64

  var now: Duration {
    elapsed + .nanoseconds(max(0, SystemClock.bootNanoseconds() - bootNanoseconds))
  }
}

/// The hands of `RelayPlanner`, on the egress thread: reads the journal, sends, and makes durable
/// what became of it.
///
/// Reading is in RelayEngine+Reading.swift, sending in +Sending, durable changes in +Saving,
/// replays in +Replays, erasing in +Erasing, and what the API asks in +Calls.
final class RelayEngine: OutboundOwner {
  typealias Message = RelayMessage

  /// Pages per turn, so that what is due goes out between two of them.
  private static let pagesPerTurn = 2
  /// How often lanes without work say how far they have looked: what a crash has them read again.
  private static let passingNanoseconds: Int64 = 10_000_000_000

  private(set) var context: RelayContext
  var planner: RelayPlanner
  /// By the index of the lane.
  let targets: [RelayTarget?]
  let counters: [DestinationCounters]
  var generator = SystemRandomNumberGenerator()

  // Reading
  var cache = EventCache()
  /// The journal could not be read: it is left alone until then (failure 50).
  var readsAgainAt: Int64 = 0

  // Sending
  var bytesInFlight = 0
  var isStopping = false
  private var drainDeadline: Int64 = .max
  /// The API's thread has ended.
  private var isUnasked = false

  var checks: [HealthCheck] = []

  // Saving
  var unsaved: [String: [UInt8]?] = [:]
  /// What the journal's thread has now.
  var saving: [String: [UInt8]?] = [:]
  var ticket: UInt64 = 0
  var isSaving = false
  /// When what gathers is sent at the latest; nil: nothing gathers.
  var savesAt: Int64?
  var answersNext: [RelayAnswer] = []
  var answersSaving: [RelayAnswer] = []
  var nextPassing: Int64 = 0
  var nextPin: Int64 = 0
  /// What was durable when the gauges were set.
  var publishedDurable: UInt64 = 0

  // Erasing
  /// Bodies that are on their way out, by sequence, and who waits for that.
  var erasing: [UInt64: [ConnectionID]] = [:]
  /// Those that go to the journal's thread when what is gathered next, or saved now, is durable.
  var erasuresNext: [UInt64] = []
  var erasuresSaving: [UInt64] = []

  // Replays
  var jobs: [UInt64: ReplayJob] = [:]
  var jobOrder: [UInt64] = []
  var dirtyJobs: Set<UInt64> = []
  var counts: [CountingJob] = []
  var replayTokens = ReplayPace()

  // Looking
  var recent = RecentAttempts()

  init(
    _ context: RelayContext,
    planner: RelayPlanner,
    targets: [RelayTarget?],
    counters: [DestinationCounters],
    jobs: [ReplayJob]
  ) {
    self.context = context
    self.planner = planner
    self.targets = targets
    self.counters = counters
    for job in jobs {
      self.jobs[job.id] = job
      jobOrder.append(job.id)
    }
  }

  /// Both clocks, now.
  var time: RelayTime {
    RelayTime(elapsed: context.anchor.now, wallMicroseconds: SystemClock.wallMicroseconds())
  }

  // MARK: The loop's calls

  func start(_ loop: OutboundContext) {
    // For good: from here on every commit with new events is announced. See TailWatch. Without a
    // destination there is nobody to be woken for.
    if !planner.lanes.isEmpty { context.link.tail.beginWaiting() }
    restoreJobs()
    for index in planner.lanes.indices where targets[index] == nil {
      planner.change(index) { $0.setUnusable() }
    }
    prepareHealthChecks(loop)
    publish()
    pin()
    loop.wake(at: loop.now)
  }

  func receive(_ message: RelayMessage, _ loop: OutboundContext) {
    switch message {
    case .advanced: context.link.tail.takeNotice()
    case .saved(let ticket, let isDurable): saved(ticket, isDurable: isDurable, loop)
    case .request(let call): answer(call)
    case .erased(let sequence, let outcome): erased(sequence, outcome)
    case .schemes(let schemes, let receipt):
      context.schemes = schemes
      receipt.confirm()
    case .callsEnded: isUnasked = true
    }
  }

  func wake(_ loop: OutboundContext) {}

  /// Everything that a turn brought is in: read, send, save, and ask for the next turn.
  func endTurn(_ loop: OutboundContext) {
    guard !loop.isDraining else { return finishDraining(loop) }
    let now = time
    send(loop, at: now)
    var isReadingOn = false
    if loop.now >= readsAgainAt {
      for _ in 0..<Self.pagesPerTurn {
        guard let range = planner.nextRead(durable: context.reader.bounds.durable) else { break }
        isReadingOn = read(range, loop, at: now)
        send(loop, at: now)
        guard isReadingOn else { break }
      }
    }
    isReadingOn = stepReplays(loop, at: now) || isReadingOn
    send(loop, at: now)
    checkHealth(loop)
    save(loop)
    ask(loop, isReadingOn: isReadingOn, at: now)
  }

  private func ask(_ loop: OutboundContext, isReadingOn: Bool, at now: RelayTime) {
    if isReadingOn { loop.wake(at: loop.now) }
    if readsAgainAt > loop.now { loop.wake(at: readsAgainAt) }
    if let wake = planner.nextWake {
      let wait = max(.zero, wake - now.elapsed)
      let (at, isOverflow) = loop.now.addingReportingOverflow(wait.nanoseconds)
      if !isOverflow { loop.wake(at: at) }
    }
    if let savesAt { loop.wake(at: savesAt) }
    if publishedDurable < context.reader.bounds.durable { loop.wake(at: nextPin) }
    loop.wake(at: nextPassing)
  }

  /// Whether idle lanes are to say how far they have looked.
  func isPassingDue(_ loop: OutboundContext) -> Bool {
    guard loop.now >= nextPassing else { return false }
    nextPassing = loop.now + Self.passingNanoseconds
    return true
  }

  // MARK: The end

  func drain(until deadline: Int64, _ loop: OutboundContext) {
    drainDeadline = deadline
  }

  /// Attempts in hand get their answers, and so does everybody who asks; nothing new begins.
  private func finishDraining(_ loop: OutboundContext) {
    isStopping = true
    refuseCounts()
    if loop.now < drainDeadline, planner.inFlightCount > 0 || !isUnasked { return save(loop) }
    // The last word: a clean stop leaves nothing to read again.
    gather(includesPassing: true)
    unsaved.merge(saving) { new, _ in new }
    post()
    loop.stop()
  }
}
