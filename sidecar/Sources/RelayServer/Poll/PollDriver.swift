internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS
internal import Synchronization
internal import WebhookReceiver

/// The poller's thread: carries out what the machines of the sources decide.
final class PollDriver: OutboundOwner {
  typealias Message = PollMessage

  private let sources: [PolledSource]
  private let journal: JournalInbox
  private let trust: TLSClientContext?
  private let alarms: AlarmBox
  private let log: Log

  init(
    _ sources: [PolledSource],
    journal: JournalInbox,
    trust: TLSClientContext?,
    alarms: AlarmBox,
    log: Log
  ) {
    self.sources = sources
    self.journal = journal
    self.trust = trust
    self.alarms = alarms
    self.log = log
  }

  private var moment: Moment {
    Moment(
      elapsed: .nanoseconds(SystemClock.bootNanoseconds()),
      wall: Timestamp(microseconds: SystemClock.wallMicroseconds())
    )
  }

  // MARK: What comes

  func start(_ context: OutboundContext) { tick(context) }

  func wake(_ context: OutboundContext) { tick(context) }

  private func tick(_ context: OutboundContext) {
    guard !context.isDraining else { return }
    for source in sources { handle(.tick, source, context) }
  }

  func receive(_ message: PollMessage, _ context: OutboundContext) {
    switch message {
    case .pushes(let index, let new, let late):
      let source = sources[index]
      for _ in late { note("late_push", source) }
      handle(.pushes(new: new, late: late), source, context)
    case .known(let index, let walk, let ids):
      if sources[index].walk == walk { handle(.known(ids), sources[index], context) }
    case .stored(let index, let walk, let outcomes):
      if sources[index].walk == walk { handle(.stored(outcomes), sources[index], context) }
    case .notStored(let index, let walk):
      if sources[index].walk == walk { handle(.notStored, sources[index], context) }
    case .token(let index, let token): sources[index].credentials.take(token)
    case .poll(let index): handle(.poll, sources[index], context)
    case .pause(let index, let isPaused):
      handle(isPaused ? .pause : .resume, sources[index], context)
    }
  }

  /// What runs is given up: the next start goes on from the checkpoint.
  func drain(until deadline: Int64, _ context: OutboundContext) {
    for source in sources { cancel(source, context) }
    context.stop()
  }

  // MARK: What is done

  private func handle(_ signal: PollSignal, _ source: PolledSource, _ context: OutboundContext) {
    let now = moment
    let actions = source.machine.handle(signal, at: now, using: &source.random)
    for action in actions { carryOut(action, source, context) }
    source.publish(now)
    guard let wakeAt = source.machine.wakeAt else { return }
    // The client's clock stands still while the machine sleeps; a minute is the most it is wrong.
    let delay = min(max(.zero, wakeAt - now.elapsed), Self.wakeMost)
    context.wake(at: context.now + delay.nanoseconds)
  }

  private static let wakeMost = Duration.seconds(60)

  private func carryOut(
    _ action: PollAction,
    _ source: PolledSource,
    _ context: OutboundContext
  ) {
    switch action {
    case .send(let calls):
      for call in calls { send(call, source, context) }
    case .renew(let calls):
      source.credentials.renew()
      for call in calls { send(call, source, context) }
    case .look(let ids):
      let keys = ids.map { (id: $0, keys: source.drafts.keys($0)) }
      journal.post(.polled(source.submission(.look(keys))))
    case .submit(let batch): journal.post(.polled(source.submission(batch)))
    case .persist(let record):
      let key = PolledSource.cadenceKey(source.name)
      journal.post(.polled(source.submission(.state(key: key, value: record.encode()))))
    case .cancel: cancel(source, context)
    case .alarm(let kind, let detail):
      alarms.raise(Alarm(kind, source.name, detail, at: moment.wall))
    case .note(let note): say(note, source)
    }
  }

  private func cancel(_ source: PolledSource, _ context: OutboundContext) {
    source.walk += 1
    let requests = source.requests
    source.requests.removeAll()
    for request in requests { context.client.cancel(request) }
  }

  // MARK: Requests

  private func send(_ call: PollCall, _ source: PolledSource, _ context: OutboundContext) {
    let walk = source.walk
    guard call.hasCredentials else { return send(call, nil, source, walk, context) }
    source.credentials.field(context) { [self] result in
      guard source.walk == walk else { return }
      switch result {
      case .success(let field): send(call, field, source, walk, context)
      case .failure(let failure): answer(call, .failure(failure), source, walk, context)
      }
    }
  }

  private func send(
    _ call: PollCall,
    _ credentials: PollCredentials.Field?,
    _ source: PolledSource,
    _ walk: UInt64,
    _ context: OutboundContext
  ) {
    source.board.requests.add(1, ordering: .relaxed)
    guard let fields = Self.fields(call, credentials) else {
      return answer(call, .failure(.malformed), source, walk, context)
    }
    let request = OutboundRequest(
      call.method.rawValue,
      call.url,
      fields: fields,
      body: call.body ?? [],
      trust: trust,
      limits: OutboundLimits(
        totalNanoseconds: source.plan.limits.request.nanoseconds,
        bodyBytesMax: source.plan.limits.pageBytes
      )
    )
    let id = context.client.send(request) { [self] result in
      answer(call, Self.result(result), source, walk, context)
    }
    // Only those of the running walk are ever cancelled; a few finished ones do no harm.
    if source.requests.count > 64 { source.requests.removeFirst(32) }
    source.requests.append(id)
  }

  private func answer(
    _ call: PollCall,
    _ result: Result<PollResponse, PollFailure>,
    _ source: PolledSource,
    _ walk: UInt64,
    _ context: OutboundContext
  ) {
    guard source.walk == walk, !context.isDraining else { return }
    handle(.answer(call, result), source, context)
  }

  private static func fields(
    _ call: PollCall,
    _ credentials: PollCredentials.Field?
  ) -> RequestFields? {
    var fields = RequestFields()
    var names: Set<String> = []
    func append(_ name: String, _ value: String) -> Bool {
      guard names.insert(name.lowercased()).inserted else { return true }
      return (try? fields.append(name, value)) != nil
    }
    // The credentials first: a header of the plan must not stand in their place.
    if let credentials, !append(credentials.name, credentials.value) { return nil }
    for field in call.fields where !append(field.name, field.value) { return nil }
    guard append("Accept", "application/json"),
      append("User-Agent", "webhook-sidecar/\(ProductVersion.text)")
    else { return nil }
    if call.body != nil, !append("Content-Type", "application/json") { return nil }
    return fields
  }

  private static func result(_ result: OutboundResult) -> Result<PollResponse, PollFailure> {
    switch result {
    case .response(let response):
      let fields = response.head.fields.map { field in
        PollResponse.Field(response.head.text(field.name), response.head.text(field.value))
      }
      return .success(
        PollResponse(status: response.status, fields: fields, body: response.body)
      )
    case .failure(let failure):
      switch failure {
      case .nameNotFound, .addressRefused, .cannotConnect, .connectTimedOut, .tls,
        .closedWithoutAnswer, .overloaded:
        return .failure(.unreachable)
      case .answerCut: return .failure(.truncated)
      case .timedOut: return .failure(.timedOut)
      case .bodyTooLarge: return .failure(.tooLarge)
      case .malformed, .headTooLarge, .unusable: return .failure(.malformed)
      case .cancelled, .stopping: return .failure(.cancelled)
      }
    }
  }

  // MARK: The log

  private func note(_ event: String, _ source: PolledSource) {
    log.network(.info, event, ["source": .text(source.name)])
  }

  private func say(_ note: PollNote, _ source: PolledSource) {
    switch note {
    case .walkBegan: break
    case .walkEnded(let report): say(report, source)
    case .state(let state, let reason):
      let level = state == .degraded ? LogLevel.warning : .info
      log.network(
        level,
        "source_state",
        [
          "source": .text(source.name), "state": .text(state.rawValue),
          "reason": .text(reason.rawValue), "detail": .text(reason.words),
        ]
      )
    case .blind(let isBlind):
      guard isBlind else { return self.note("poll_restored", source) }
      log.error(
        "poll_blind",
        [
          "source": .text(source.name),
          "detail": .text(source.machine.lastReport?.detail ?? ""),
        ]
      )
    case .gap(let gap):
      log.error(
        "provider_gap",
        [
          "source": .text(source.name), "reason": .text(gap.reason.rawValue),
          "detail": .text(gap.words),
        ]
      )
    case .missed(let count, let reason):
      log.warning(
        "lost_and_recovered",
        [
          "source": .text(source.name), "count": .number(count), "reason": .text(reason.rawValue),
          "detail": .text(reason.words),
        ]
      )
    }
  }

  private func say(_ report: WalkReport, _ source: PolledSource) {
    source.board.count(report.word)
    let isQuiet = report.ending == .complete && report.stored == 0
    log.network(
      isQuiet ? .debug : report.ending.isComplete ? .info : .warning,
      "poll",
      [
        "source": .text(source.name), "purpose": .text(report.purpose.rawValue),
        "result": .text(report.word), "pages": .number(report.tally.pages),
        "items": .number(report.tally.items), "stored": .number(report.stored),
        "duplicates": .number(report.duplicates), "held": .number(report.tally.held),
        "detail": .text(report.detail),
      ]
    )
  }
}
