internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// The end after a failed disk.
extension JournalThread {
  /// After a failed fdatasync the page cache lies: nothing more is acknowledged, everyone in hand
  /// is told 503, and the process ends.
  func fail(_ error: JournalError) {
    health.enter(.failed)
    log.error("journal_failed", ["reason": .text("\(error)")])
    for index in notices.indices { notices[index] = notices[index].map(Self.failed) }
    refuseBatch()
    api.post(contentsOf: stateNotices.map(Self.failed))
    stateNotices.removeAll()
    health.requestExit(error.exitCode)
    // What was posted before the loops saw the state; the supervisor ends this.
    while true {
      _ = inbox.wait(timeoutMilliseconds: nil)
      inbox.take(into: &batch)
      if batch.contains(where: { if case .stop = $0 { true } else { false } }) { return }
      refuseBatch()
    }
  }

  func refuseBatch() {
    for message in batch.dropFirst(taken) {
      switch message {
      case .event(let submission):
        notify(submission, .failed)
      case .state(let submission):
        if let notice = submission.notice(isDurable: false) { api.post(.handler(notice)) }
      case .erase(let sequence):
        erasures.append(sequence)
      case .changes(let changes):
        relayNotices.append(.owner(.saved(ticket: changes.ticket, isDurable: false)))
      case .polled, .damage, .window, .stop:
        break
      }
    }
    batch.removeAll()
    taken = 0
    relay.inbox.post(contentsOf: relayNotices.map(Self.failed))
    relayNotices.removeAll()
    refuseErasures()
    release()
  }

  static func failed(_ message: LoopMessage<IngressNotice>) -> LoopMessage<IngressNotice> {
    guard case .handler(.committed(let notice)) = message else { return message }
    return .handler(.committed(CommitNotice(submission: notice.submission, outcome: .failed)))
  }

  static func failed(_ message: OutboundMessage<RelayMessage>) -> OutboundMessage<RelayMessage> {
    guard case .owner(.saved(let ticket, _)) = message else { return message }
    return .owner(.saved(ticket: ticket, isDurable: false))
  }

  static func failed(_ message: LoopMessage<APINotice>) -> LoopMessage<APINotice> {
    switch message {
    case .handler(.state(let connection, _)): .handler(.state(connection, isDurable: false))
    case .handler(.leases(let ticket, _)): .handler(.leases(ticket: ticket, isDurable: false))
    case .handler(.event(let notice)):
      .handler(.event(CommitNotice(submission: notice.submission, outcome: .failed)))
    case .handler(.advanced), .handler(.relay), .handler(.quarantine), .handler(.settings), .drain,
      .settings:
      message
    }
  }
}
