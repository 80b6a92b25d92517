internal import RelayHTTP

/// The limits of one loop's connections; times in nanoseconds.
struct LoopLimits: Sendable {
  var http: HTTPLimits
  var connectionsMax: Int
  var headNanoseconds: Int64
  var bodyNanoseconds: Int64
  var idleNanoseconds: Int64

  /// How long a drain waits for the first request of a connection: a few round trips.
  static let firstRequestNanoseconds: Int64 = 1_000_000_000
  /// How long one that is at rest has to notice that the server is about to end: likewise.
  static let goodbyeNanoseconds: Int64 = 1_000_000_000
  /// A client that does not take its answer is cut off after this long.
  static let writeNanoseconds: Int64 = 30_000_000_000
  /// How long a refused client may go on sending before the connection is closed.
  static let lingerNanoseconds: Int64 = 5_000_000_000
  /// How much of a refused body is read and dropped, so that the client reads the status.
  ///
  /// Many send all they have before they look, and a connection closed on unread bytes is reset,
  /// which takes the answer with it. Half as much again as the usual bound of a body (contract §3);
  /// it costs no memory.
  static let lingerBytesMax = 16 << 20
  /// Requests that a client may send ahead of its answers, in bytes.
  static let pipelineBytesMax = 64 << 10
  /// What is being read or waits to be, all connections of a loop together.
  static let readingBytesMax = 128 << 20
  /// Connections that shake hands at once.
  ///
  /// Nine bytes of somebody unknown have libssl set 155 KiB aside for the message that they
  /// announce: 80 MB are the most that a loop spends on promises.
  static let handshakesMax = 512
  /// Connections accepted per listener and turn, so that a storm cannot starve open ones.
  static let acceptsPerTurn = 64
  /// Reads per connection and turn, for the same reason.
  static let readsPerTurn = 8
  /// Requests per connection and turn: a client that sends many ahead of their answers waits for
  /// its next turn like all others.
  static let requestsPerTurn = 4
  /// How often deadlines are looked at.
  static let tickMilliseconds: Int32 = 200
}
