internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// The relay's part of an assembly.
extension Assembly {
  /// What the relay's thread is made of, before it has one.
  struct RelayParts: Sendable {
    let context: RelayContext
    let planner: RelayPlanner
    let targets: [RelayTarget?]
    let counters: [DestinationCounters]
    let jobs: [ReplayJob]
  }

  /// Brings what the journal remembers and what is configured together, and makes it durable: from
  /// the next event on it is fixed for whom an event is (failure 38).
  func prepareRelay(
    _ journal: Journal,
    _ codec: CursorCodec,
    _ api: Mailbox<LoopMessage<APINotice>>
  ) throws(StartError) -> RelayParts {
    let reading = RetentionKeeper.reading()
    let anchor = ElapsedAnchor(
      elapsed: RetentionKeeper.elapsed(journal.state, at: reading),
      bootNanoseconds: reading.bootNanoseconds
    )
    let state = RelayState(journal.state)
    let begun = RelayPlanner.start(
      state,
      configured: configured,
      durable: journal.durableSequence,
      firstForNew: journal.recovery.stateDamage.isEmpty ? nil : journal.reader.bounds.first,
      at: anchor.elapsed
    )
    for key in state.unreadable { log.error("relay_state_unreadable", ["key": .text(key)]) }
    if begun.unreadable > state.unreadable.count {
      log.error(
        "relay_entries_unreadable",
        [
          "count": .number(begun.unreadable - state.unreadable.count),
          "detail": .text("what they stood for is delivered again"),
        ]
      )
    }
    try makeDurable(begun.changes, journal)
    let counters = begun.planner.lanes.map { DestinationCounters(name: $0.name) }
    var targets: [RelayTarget?] = []
    for (lane, counters) in zip(begun.planner.lanes, counters) {
      say(lane)
      targets.append(target(lane.plan, counters))
    }
    return RelayParts(
      context: RelayContext(
        reader: journal.reader,
        codec: codec,
        journal: inbox,
        link: relay,
        api: api,
        log: log,
        schemes: configuration.schemes,
        anchor: anchor,
        alarm: alarm
      ),
      planner: begun.planner,
      targets: targets,
      counters: counters,
      jobs: state.jobs
    )
  }

  private var configured: [ConfiguredDestination] {
    configuration.destinations.map { destination in
      ConfiguredDestination(
        plan: destination.plan,
        sources: configuration.sources
          .filter { $0.destinations.contains(destination.plan.name) }
          .map(\.name)
      )
    }
  }

  /// For whoever `alarms` names, and for the log.
  private var alarm: @Sendable (String, String, String) -> Void {
    { [alarms] kind, subject, detail in
      let now = Timestamp(microseconds: SystemClock.wallMicroseconds())
      alarms.raise(Alarm(Alarm.Kind(rawValue: kind) ?? .deadLetter, subject, detail, at: now))
    }
  }

  private func makeDurable(
    _ changes: [StateChange],
    _ journal: Journal
  ) throws(StartError) {
    guard !changes.isEmpty, journal.room != .readOnly else { return }
    do throws(JournalError) {
      for change in changes { try journal.stageState(key: change.key, value: change.value) }
      try journal.commit()
    } catch {
      throw StartError("cannot keep the destinations: \(error)", exitCode: error.exitCode)
    }
  }

  private func say(_ lane: DeliveryLane) {
    if let pause = lane.pause {
      log.warning(
        "destination_paused",
        ["destination": .text(lane.name), "reason": .text(pause.word)]
      )
    }
    guard lane.mode != .active else { return }
    log.warning(
      "destination_removed",
      [
        "destination": .text(lane.name),
        "mode": .text(lane.mode.word),
        "detail": .text("it is not configured any more; its backlog is not forgotten"),
      ]
    )
  }

  /// Nil when nothing can be sent there; its lane is paused then.
  private func target(_ plan: DestinationPlan, _ counters: DestinationCounters) -> RelayTarget? {
    do throws(RelayTargetError) {
      return try RelayTarget(plan, secrets: try secrets(of: plan), counters: counters)
    } catch {
      log.error(
        "destination_unusable",
        ["destination": .text(plan.name), "reason": .text("\(error)")]
      )
      return nil
    }
  }

  /// Those of the configuration; for a destination that has left it, by what was remembered.
  private func secrets(of plan: DestinationPlan) throws(RelayTargetError) -> [Secret] {
    if let found = configuration.destinations.first(where: { $0.plan.name == plan.name }) {
      return found.secrets
    }
    var secrets: [Secret] = []
    for text in plan.secretReferences {
      guard text != DestinationPlan.secretNotKept else {
        throw RelayTargetError("its secret was written into the configuration, and is gone with it")
      }
      do throws(SecretReferenceError) {
        secrets.append(try SecretReference(text).resolve(.process))
      } catch {
        throw RelayTargetError("\(error)")
      }
    }
    return secrets
  }

  // MARK: The thread

  func startRelay(_ parts: RelayParts, _ running: Running) throws(StartError) {
    let loop = try relayLoop(parts)
    try start("relay") {
      loop.run()
      running.finishLoop()
    }
  }

  private func relayLoop(
    _ parts: RelayParts
  ) throws(StartError) -> sending OutboundLoop<RelayEngine> {
    let engine = RelayEngine(
      parts.context,
      planner: parts.planner,
      targets: parts.targets,
      counters: parts.counters,
      jobs: parts.jobs
    )
    do throws(SystemError) {
      return try OutboundLoop(
        owner: engine,
        inbox: relay.inbox,
        resolver: try Resolver(),
        limits: OutboundPoolLimits(
          connectionsMax: descriptors.relay,
          perOriginMax: DestinationPlan.concurrencyMax
        )
      )
    } catch {
      throw StartError("cannot start the relay: \(error)", exitCode: ExitCode.programFailed)
    }
  }
}
