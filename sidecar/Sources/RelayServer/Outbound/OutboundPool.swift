internal import RelayCore
internal import RelayTLS

/// The connections to one origin under one trust, and the requests that wait for one.
final class OutboundPool {
  struct Key: Hashable {
    let origin: OutboundURL.Origin
    let trust: ObjectIdentifier?
  }

  let key: Key
  /// Held so that no other context can come to have the same identity while this pool lives.
  let trust: TLSClientContext?
  /// What `Host` says.
  let authority: String
  /// Unused connections, the one used last at the end: it is the least likely to be closed soon,
  /// and those that load no longer needs grow old at the beginning.
  var idle: [OutboundConnection] = []
  var openCount = 0
  /// Whether it stands in the client's line of pools that wait for somebody else's connection.
  var isInLine = false
  private var waiting: [OutboundExchange] = []
  private var waitingFirst = 0

  init(_ key: Key, trust: TLSClientContext?) {
    self.key = key
    self.trust = trust
    authority = key.origin.authority
  }

  /// Whether nobody would miss it.
  var isUnused: Bool {
    guard openCount == 0 else { return false }
    dropFinished()
    return waitingFirst == waiting.count
  }

  func wait(_ exchange: OutboundExchange) {
    dropFinished()
    waiting.append(exchange)
  }

  /// The request that has waited longest.
  func nextWaiting() -> OutboundExchange? {
    dropFinished()
    guard waitingFirst < waiting.count else { return nil }
    waitingFirst += 1
    return waiting[waitingFirst - 1]
  }

  func takeWaiting() -> [OutboundExchange] {
    defer { (waiting, waitingFirst) = ([], 0) }
    return waiting[waitingFirst...].filter { !$0.isFinished }
  }

  /// What was cancelled or ran out of time in line goes when it reaches the front.
  private func dropFinished() {
    while waitingFirst < waiting.count, waiting[waitingFirst].isFinished { waitingFirst += 1 }
    // Half of it is behind: constant work for each.
    guard waitingFirst > 32, waitingFirst * 2 >= waiting.count else { return }
    waiting.removeFirst(waitingFirst)
    waitingFirst = 0
  }
}
