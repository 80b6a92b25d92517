/// The bounds of a client's connections, over all its requests.
package struct OutboundPoolLimits: Equatable, Sendable {
  /// Connections of all origins together.
  package var connectionsMax: Int
  /// Connections of one origin: more than a destination's concurrency is not of use.
  package var perOriginMax: Int
  /// How long an unused connection is kept, in nanoseconds; below the 60 s and more after which
  /// usual servers close theirs, so that few requests cross a close.
  package var idleNanoseconds: Int64
  /// Requests that wait for a connection, all origins together; who sends bounds its own.
  package var waitingMax: Int

  package init(
    connectionsMax: Int = 4096,
    perOriginMax: Int = 256,
    idleNanoseconds: Int64 = 30_000_000_000,
    waitingMax: Int = 16_384
  ) {
    self.connectionsMax = connectionsMax
    self.perOriginMax = perOriginMax
    self.idleNanoseconds = idleNanoseconds
    self.waitingMax = waitingMax
  }

  /// Reads per connection and turn, so that an endless answer cannot starve others.
  static let readsPerTurn = 8
  /// How much of a request is made ready for the socket at once.
  static let writeBytes = 64 << 10
  /// Memory that a kept connection may hold for its next request.
  static let keptBytes = 16 << 10
  /// A unix socket whose listener has too many waiting is tried again after this long.
  static let crowdedNanoseconds: Int64 = 5_000_000
}
