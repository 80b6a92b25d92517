internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import WebhookReceiver

/// Entries of the access log.
extension ConnectionLoop {
  /// Notes an answer of `bytesOut` that is on its way.
  func noteAnswer(_ connection: Connection, _ response: Response, bytesOut: Int) {
    guard log.access.isWanted else { return }
    var entry = entry(connection, bytesOut: bytesOut)
    let facts = response.facts
    entry.status = response.status
    entry.source = facts.source
    entry.reason = facts.reason
    entry.isDuplicate = facts.isDuplicate
    if let id = facts.id { entry.id = String(decoding: response.ownLines[id], as: UTF8.self) }
    entry.isEarned = handler.isEarned(connection.head, response)
    note(entry)
  }

  /// Notes a request whose connection ended before it had an answer.
  func noteEnd(_ connection: Connection) {
    guard log.access.isWanted else { return }
    switch connection.phase {
    case .head where connection.deadlineAtRest != nil && !connection.input.isEmpty: break
    case .body, .chunked, .waiting: break
    case .preamble, .head, .lingering: return
    }
    var entry = entry(connection, bytesOut: 0)
    entry.reason = Self.closedReason
    note(entry)
  }

  /// In the place of a refusal's reason; no answer has it.
  private static var closedReason: String { "closed" }

  private func note(_ entry: AccessEntry) { log.access.note(entry, atSecond: now / 1_000_000_000) }

  private func entry(_ connection: Connection, bytesOut: Int) -> AccessEntry {
    let headBytes = connection.headBytes
    var entry = AccessEntry(
      at: .now,
      handler.surface,
      address: connection.remote,
      // A head that is not whole is still in the input.
      bytesIn: headBytes == 0
        ? connection.input.count
        : headBytes + max(connection.body.count, connection.deliveredBytes),
      bytesOut: bytesOut,
      // The clock itself: a whole request may be read, judged and answered in one turn.
      nanoseconds: max(0, SystemClock.monotonicNanoseconds() - connection.requestBegan)
    )
    if let head = connection.head {
      // Of at most 32 bytes, or the head would have been refused.
      entry.method = head.methodText
      entry.path = head.shownPath
      entry.traceID = head.traceContext?.traceID
    }
    if let tls = connection.tls {
      entry.tls = tls.version
      entry.clientName = tls.clientNames.first.map {
        AccessEntry.cut($0.utf8, to: AccessEntry.nameBytesMax)
      }
    }
    return entry
  }
}

extension RequestHead {
  /// The path as the access log has it: without the query, and bounded.
  fileprivate var shownPath: String {
    isAsterisk ? "*" : AccessEntry.cut(pathBytes, to: AccessEntry.pathBytesMax)
  }

  fileprivate var traceContext: TraceContext? {
    let parents = fields.lazy.filter { isNamed($0, TraceContext.parentName) }
    return TraceContext(parents: parents.map { bytes[$0.value] }, states: [])
  }

  private func isNamed(_ field: Field, _ name: String) -> Bool {
    field.name.count == name.utf8.count
      && zip(bytes[field.name], name.utf8).allSatisfy { $0 | 0x20 == $1 }
  }
}
