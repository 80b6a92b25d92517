internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import RelayTLS
internal import Synchronization
internal import WebhookReceiver

/// The poller's part of an assembly.
extension Assembly {
  /// What the poller's thread is made of, before it has one; all of it plain values.
  struct PollParts {
    let runtimes: [SourceRuntime]
    let checkpoints: [PolledStart]
    let trust: TLSClientContext?
    let hasher: EventKeyHasher
  }

  /// What the journal remembers of a polled source.
  struct PolledStart {
    var checkpoint: Checkpoint?
    var lost: GapRecord.Reason?
    var record: PollCadence.Record?
    var isPaused: Bool
  }

  static func polled(_ configuration: Configuration) -> [String] {
    configuration.sources.filter { $0.poll != nil }.map(\.name)
  }

  func restorePauses(_ runtimes: [SourceRuntime], _ journal: Journal) {
    book.restorePauses(journal.state.keys.compactMap(SourcePause.source))
    for runtime in runtimes where runtime.isPaused {
      log.warning("source_paused", ["source": .text(runtime.source.name)])
    }
  }

  func preparePolling(
    _ all: [SourceRuntime],
    _ journal: Journal
  ) throws(StartError) -> (parts: PollParts, tallies: [PollTally]) {
    let runtimes = all.filter { $0.source.poll != nil }
    var tallies: [PollTally] = []
    var starts: [PolledStart] = []
    for runtime in runtimes {
      let start = start(of: runtime, journal.state)
      starts.append(start)
      tallies.append(try tally(of: runtime.source.name, start, journal))
    }
    let parts = PollParts(
      runtimes: runtimes,
      checkpoints: starts,
      trust: try trust(runtimes),
      hasher: EventKeyHasher(key: journal.keyHashKey)
    )
    return (parts, tallies)
  }

  private func tally(
    of source: String,
    _ start: PolledStart,
    _ journal: Journal
  ) throws(StartError) -> PollTally {
    do throws(JournalError) {
      let key = PollTally.key(source)
      if let saved = journal.state[key].flatMap({ PollTally($0) }) {
        return try PollLedger.restore(
          saved,
          of: source,
          since: start.checkpoint?.armed,
          reader: journal.reader
        )
      }
      // Before the first walk, so that a crash in it is counted from here.
      var new = PollTally()
      new.through = journal.durableSequence
      if journal.room != .readOnly {
        try journal.stageState(key: key, value: new.encode())
        try journal.commit()
      }
      return new
    } catch {
      throw StartError("cannot count polled events: \(error)", exitCode: error.exitCode)
    }
  }

  private func start(of runtime: SourceRuntime, _ state: [String: [UInt8]]) -> PolledStart {
    let name = runtime.source.name
    var start = PolledStart(isPaused: runtime.isPaused)
    start.record = state[PolledSource.cadenceKey(name)].flatMap { PollCadence.Record($0) }
    guard let plan = runtime.source.poll?.plan,
      let bytes = state[PolledSource.checkpointKey(name)]
    else { return start }
    do throws(Checkpoint.Refusal) {
      start.checkpoint = try Checkpoint.decode(bytes, source: name, planHash: plan.hash)
    } catch {
      log.error(
        "checkpoint_refused",
        [
          "source": .text(name),
          "detail": .text("it is of another plan; polling starts by its time, where it has one"),
        ]
      )
      start.lost = .planChanged
      if case .otherPlan(let watermark?, let floor) = error {
        var checkpoint = Checkpoint()
        checkpoint.watermark = watermark
        checkpoint.floor = floor
        checkpoint.armed = watermark
        start.checkpoint = checkpoint
      }
    }
    return start
  }

  private func trust(_ runtimes: [SourceRuntime]) throws(StartError) -> TLSClientContext? {
    let needsTLS = runtimes.contains { runtime in
      guard let plan = runtime.source.poll?.plan else { return false }
      if case .oauth2(let client) = plan.request.auth, client.tokenURL.origin.isTLS { return true }
      return plan.request.url.origin.isTLS
        || (plan.detail?.allowedOrigins.contains { $0.isTLS } ?? false)
    }
    guard needsTLS else { return nil }
    do throws(TLSFailure) {
      return try TLSClientContext()
    } catch {
      throw StartError("cannot poll over TLS: \(error)", exitCode: ExitCode.programFailed)
    }
  }

  // MARK: The thread

  func startPolling(_ parts: PollParts, _ running: Running) throws(StartError) {
    try startAlarms()
    guard !parts.runtimes.isEmpty else { return running.finishLoop() }
    let loop = try pollLoop(parts)
    try start("poll") {
      loop.run()
      running.finishLoop()
    }
  }

  private func startAlarms() throws(StartError) {
    guard !configuration.alarms.isEmpty else { return }
    let teller = AlarmTeller(plan: configuration.alarms, box: alarms, log: log)
    try start("alarm") { teller.run() }
  }

  private func pollLoop(_ parts: PollParts) throws(StartError) -> sending OutboundLoop<PollDriver> {
    do throws(SystemError) {
      let workers = try WorkerPool(name: "token", threads: 2, queueMax: 64)
      var sources: [PolledSource] = []
      for (index, runtime) in parts.runtimes.enumerated() {
        guard let poll = runtime.source.poll else { continue }
        sources.append(source(index, runtime, poll, parts, workers))
      }
      let driver = PollDriver(
        sources,
        journal: inbox,
        trust: parts.trust,
        alarms: alarms,
        log: log
      )
      return try OutboundLoop(
        owner: driver,
        inbox: polls.inbox,
        resolver: try Resolver(),
        limits: OutboundPoolLimits(connectionsMax: descriptors.poll)
      )
    } catch {
      throw StartError("cannot start the poller: \(error)", exitCode: ExitCode.programFailed)
    }
  }

  private func source(
    _ index: Int,
    _ runtime: SourceRuntime,
    _ poll: Source.Poll,
    _ parts: PollParts,
    _ workers: WorkerPool
  ) -> PolledSource {
    let drafts = PollDrafts(source: runtime.source, plan: poll.plan, hasher: parts.hasher)
    let begun = parts.checkpoints[index]
    let now = Moment(
      elapsed: .nanoseconds(SystemClock.bootNanoseconds()),
      wall: Timestamp(microseconds: SystemClock.wallMicroseconds())
    )
    return PolledSource(
      index: index,
      drafts: drafts,
      policy: runtime.policy,
      counters: runtime.counters,
      board: polls.boards[index],
      credentials: PollCredentials(
        poll.plan.request.auth,
        secrets: poll.secrets,
        trust: parts.trust,
        run: TokenProgram(source: index, workers: workers, inbox: polls.inbox, log: log).run
      ),
      machine: PollMachine(
        source: runtime.source.name,
        plan: poll.plan,
        isComparable: drafts.isComparable,
        checkpoint: begun.checkpoint,
        lostCheckpoint: begun.lost,
        record: begun.record,
        isPaused: begun.isPaused,
        at: now
      )
    )
  }
}
