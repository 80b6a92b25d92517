internal import RelayConfiguration
internal import RelaySystem
internal import Synchronization

/// The running threads, as the supervisor sees them.
final class Running: Sendable {
  let health: Health
  let inbox: JournalInbox
  let ingressAddresses: [String]
  let apiAddresses: [String]
  /// Never rung: a wait that only takes time.
  let pause = Gate()
  private let ingress: [Mailbox<LoopMessage<IngressNotice>>]
  private let api: Mailbox<LoopMessage<APINotice>>
  private let polls: PollLink
  private let alarms: AlarmBox
  private let relay: RelayLink
  private let quarantine: Quarantine
  private let finishedLoops = Atomic<Int>(0)
  private let journalFinished = Atomic<Bool>(false)

  init(
    health: Health,
    inbox: JournalInbox,
    ingress: [Mailbox<LoopMessage<IngressNotice>>],
    api: Mailbox<LoopMessage<APINotice>>,
    polls: PollLink,
    alarms: AlarmBox,
    relay: RelayLink,
    quarantine: Quarantine,
    ingressAddresses: [String],
    apiAddresses: [String]
  ) {
    self.health = health
    self.inbox = inbox
    self.ingress = ingress
    self.api = api
    self.polls = polls
    self.alarms = alarms
    self.relay = relay
    self.quarantine = quarantine
    self.ingressAddresses = ingressAddresses
    self.apiAddresses = apiAddresses
  }

  func drain(until deadline: Int64) {
    health.enter(.draining)
    for mailbox in ingress { mailbox.post(.drain(deadline: deadline)) }
    api.post(.drain(deadline: deadline))
    polls.inbox.post(.drain(deadline: deadline))
    alarms.close()
    relay.inbox.post(.drain(deadline: deadline))
  }

  /// Has every thread that decides by the configuration take another one; the receipt is complete
  /// when all of them have.
  func take(
    _ configuration: Configuration,
    _ runtimes: [SourceRuntime],
    _ descriptors: DescriptorBudget
  ) -> ReloadReceipt {
    // Those of the ingress, the API's, the journal's, the relay's, the quarantine's.
    let receipt = ReloadReceipt(threads: ingress.count + 4)
    quarantine.post(.terms(configuration.quarantineTerms, runtimes, receipt))
    inbox.post(.window(configuration.windowSeconds, receipt))
    relay.inbox.post(.owner(.schemes(configuration.schemes, receipt)))
    let loop = LoopSettings(
      limits: configuration.loopLimits(threads: ingress.count, descriptors),
      proxies: configuration.proxyRules
    )
    let settings = IngressSettings(
      table: SourceTable(runtimes),
      unixPeersAreProxies: configuration.proxyRules?.unixPeersAreProxies ?? false,
      receipt: receipt
    )
    for mailbox in ingress {
      // In one batch: no request is judged between the two.
      mailbox.post(contentsOf: [.settings(loop), .handler(.settings(settings))])
    }
    let access = Access(tokens: configuration.api.tokens)
    api.post(.handler(.settings(APISettings(runtimes: runtimes, access: access, receipt: receipt))))
    return receipt
  }

  /// How long a start that fails waits for its journal: a close is a few small writes.
  private static let closeMilliseconds: Int32 = 5000
  private static let stepMilliseconds: Int32 = 50

  /// Ends a start that failed after the journal had its thread: it is closed cleanly, unless the
  /// disk fails as well.
  func stopJournal() {
    health.enter(.draining)
    inbox.post(.stop)
    for _ in 0..<(Self.closeMilliseconds / Self.stepMilliseconds) {
      if isJournalFinished || health.requestedExit != 0 { return }
      _ = pause.wait(timeoutMilliseconds: Self.stepMilliseconds)
    }
  }

  /// The API's thread has ended; the relay's has waited for that, to answer what was asked.
  func finishAPI() {
    relay.inbox.post(.owner(.callsEnded))
    finishLoop()
  }

  func finishLoop() { finishedLoops.add(1, ordering: .acquiringAndReleasing) }

  /// Nobody asks the journal or the quarantine for anything any more.
  func stopKeeping() {
    inbox.post(.stop)
    quarantine.post(.stop)
  }

  func finishJournal() { journalFinished.store(true, ordering: .releasing) }

  var loopsFinished: Bool { finishedLoops.load(ordering: .acquiring) == ingress.count + 3 }

  /// Everything that is kept is on the disk.
  var isKept: Bool { isJournalFinished && quarantine.isFinished }

  var isJournalFinished: Bool { journalFinished.load(ordering: .acquiring) }
}
