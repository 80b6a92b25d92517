internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// Builds everything before the first thread starts, so that a mistake ends the start and not a
/// running service.
struct Assembly {
  /// More threads than this only share one journal's disk.
  private static let ingressThreadsMax = 8

  let configuration: Configuration
  let log: Log
  let health = Health()
  let inbox = JournalInbox()
  let tail = TailWatch()
  let polls: PollLink
  let alarms: AlarmBox
  let relay = RelayLink()
  let quarantine = Quarantine()
  let metrics: Metrics
  let security: ListenerSecurity
  let book: SourceBook
  let standing: ConfigurationStanding
  let descriptors: DescriptorBudget
  /// Sockets that were there at the start.
  let passed: PassedSockets

  init(_ settings: Settings, _ passed: PassedSockets, log: Log) throws(StartError) {
    self.passed = passed
    configuration = settings.configuration
    self.log = log
    descriptors = try DescriptorBudget.take(
      ingress: configuration.ingress.limits.connections,
      log
    )
    security = try ListenerSecurity(configuration, log: log)
    polls = PollLink(names: Self.polled(configuration))
    alarms = AlarmBox(configuration.alarms, log: log)
    // Names are keys of one object: there are no two.
    metrics = Metrics(
      secretCounts: Dictionary(
        configuration.sources.map { ($0.name, $0.secrets.count) },
        uniquingKeysWith: max
      )
    )
    book = SourceBook(metrics)
    standing = ConfigurationStanding(fingerprint: configuration.fingerprint, at: .now)
  }

  func start() throws(StartError) -> Running {
    let journal = try openJournal()
    let codec = CursorCodec(journal)
    let runtimes = book.runtimes(configuration)
    let (ingressSockets, apiSockets) = try bindAll(orClose: journal)
    let ingressBoxes = ingressSockets.listeners.map { _ in Mailbox<LoopMessage<IngressNotice>>() }
    let apiBox = Mailbox<LoopMessage<APINotice>>()
    let running = Running(
      health: health,
      inbox: inbox,
      ingress: ingressBoxes,
      api: apiBox,
      polls: polls,
      alarms: alarms,
      relay: relay,
      quarantine: quarantine,
      ingressAddresses: ingressSockets.addresses,
      apiAddresses: apiSockets.addresses
    )
    restorePauses(runtimes, journal)
    let polling = try preparePolling(runtimes, journal)
    let engineParts = try prepareRelay(journal, codec, apiBox)
    let hasher = EventKeyHasher(key: journal.keyHashKey)
    let context = APIContext(
      runtimes: runtimes,
      hasher: hasher,
      access: Access(tokens: configuration.api.tokens),
      reader: journal.reader,
      codec: codec,
      inbox: inbox,
      tail: tail,
      polls: polls,
      relay: relay,
      quarantine: quarantine,
      health: health,
      log: log,
      report: report(runtimes, journal, engineParts.counters)
    )
    let book = ConsumerBook(state: journal.state, log: log)
    let desk = LeaseDesk(state: journal.state, context)
    let kept = try openQuarantine()
    try startJournal(journal, ingressBoxes, apiBox, polling.tallies, running)
    do throws(StartError) {
      try startQuarantine(kept, apiBox, hasher, runtimes)
      try startKeepingCertificates()
      try startPolling(polling.parts, running)
      try startRelay(engineParts, running)
      try startAPI(
        APIHandler(context: context, book: book, desk: desk),
        apiSockets.listeners.first ?? [],
        apiBox,
        running
      )
      // Before the first thread that takes deliveries: connections may wait in the queues already,
      // and the journal's thread works.
      health.enter(.running)
      for (index, listeners) in ingressSockets.listeners.enumerated() {
        let handler = makeHandler(loop: index, SourceTable(runtimes), hasher, codec)
        try startIngress(handler, listeners, ingressBoxes[index], running)
      }
    } catch {
      running.stopJournal()
      throw error
    }
    return running
  }

  /// What one ingress thread decides with.
  private func makeHandler(
    loop: Int,
    _ table: SourceTable,
    _ hasher: EventKeyHasher,
    _ codec: CursorCodec
  ) -> IngressHandler {
    IngressHandler(
      table: table,
      hasher: hasher,
      codec: codec,
      inbox: inbox,
      health: health,
      quarantine: quarantine,
      log: log,
      loop: loop,
      times: metrics.addStageTimes(),
      unixPeersAreProxies: configuration.proxyRules?.unixPeersAreProxies ?? false
    )
  }

  /// Every listener.
  ///
  /// The journal is opened first, because its lock keeps a second sidecar from taking connections
  /// of the first. When an address cannot be had it is closed again, so that the next start finds
  /// no crash that was none.
  private func bindAll(
    orClose journal: Journal
  ) throws(StartError) -> (ingress: Sockets, api: Sockets) {
    do throws(StartError) {
      let ingress = try bind(
        configuration.ingress.listen,
        threads: ingressThreads,
        sharesPorts: configuration.ingress.sharesPorts,
        tls: security.ingress?.desk
      )
      let api = try bind(
        configuration.api.listen,
        threads: 1,
        sharesPorts: false,
        tls: security.api?.desk
      )
      leaveUnused()
      return (ingress, api)
    } catch {
      do throws(JournalError) {
        try journal.close()
      } catch {
        log.error("journal_failed", ["reason": .text("\(error)")])
      }
      throw error
    }
  }

  /// One thread for the journal, the rest for the network.
  var ingressThreads: Int {
    min(max(Process.processorCount - 1, 1), Self.ingressThreadsMax)
  }

  private func openJournal() throws(StartError) -> Journal {
    do throws(JournalError) {
      let journal = try Journal.open(
        JournalOptions(
          directory: configuration.data + "/journal",
          segmentBytes: configuration.journal.segmentBytes,
          reserveBytes: configuration.journal.reserveBytes,
          onDamage: configuration.journal.onDamage == .refuse ? .refuse : .continue,
          keyWindowSeconds: configuration.windowSeconds,
          recycles: configuration.journal.recycles,
          lastSpokenOf: StatePositions.last
        )
      )
      say(journal)
      return journal
    } catch {
      // Nobody's disk has failed where it was never asked.
      if case .io(let system) = error, system.isRefusal {
        throw StartError(
          "cannot use the data directory \(configuration.data): \(system); give it to the user "
            + "that runs this, or name another with `data` or --data",
          exitCode: ExitCode.isFalse
        )
      }
      throw StartError("\(error)", exitCode: error.exitCode)
    }
  }

  /// What opening found; damage is for somebody to look at.
  private func say(_ journal: Journal) {
    for line in journal.recovery.lines { log.info("journal_recovery", ["detail": .text(line)]) }
    for damage in journal.recovery.stateDamage {
      log.error(
        "journal_state_damaged",
        [
          "reason": .text(damage),
          "detail": .text(
            "consumers may stand elsewhere than they did; a destination of which nothing is known "
              + "any more gets all events again that are there"
          ),
        ]
      )
    }
    for gap in journal.recovery.gaps {
      log.error(
        "journal_damaged",
        [
          "from_sequence": .number(Int(clamping: gap.from)),
          "to_sequence": .number(Int(clamping: gap.to)),
          "detail": .text("these events are lost; readers see a gap"),
        ]
      )
    }
    guard journal.room == .readOnly else { return }
    log.error("journal_degraded", ["detail": .text("\(JournalError.readOnly)")])
  }

  private func report(
    _ runtimes: [SourceRuntime],
    _ journal: Journal,
    _ destinations: [DestinationCounters]
  ) -> StatusReport {
    StatusReport(
      version: ProductVersion.text,
      configuration: standing,
      startedAt: SystemClock.wallMicroseconds(),
      sources: runtimes,
      destinations: destinations,
      reader: journal.reader,
      health: health,
      metricsStore: metrics,
      security: security,
      polls: polls,
      alarms: alarms,
      quarantine: quarantine,
      logCounters: log.counters
    )
  }
}
