internal import RelayHTTP
internal import RelaySystem

/// Names one connection of one loop; never reused while the process lives.
struct ConnectionID: Hashable, Sendable {
  let rawValue: UInt64

  init(slot: Int, generation: UInt32) {
    rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
  }

  init(rawValue: UInt64) { self.rawValue = rawValue }

  var slot: Int { Int(UInt32(truncatingIfNeeded: rawValue)) }
}

/// A whole request, as a handler sees it.
struct IncomingRequest {
  let head: RequestHead
  let body: [UInt8]
  let peer: SocketAddress
  let connection: ConnectionID
}

/// What a handler thinks of a head, before a byte of the body is read.
enum HeadVerdict {
  case accept(bodyBytesMax: Int)
  case refuse(Response)
}

/// What a handler answers to a whole request.
enum Answer {
  case now(Response)
  /// The answer comes as a message to the loop, or from `tick`.
  case later
}

/// The room behind a loop: it decides, the loop reads and writes.
///
/// All calls come on the loop's thread.
protocol RequestHandler: AnyObject {
  associatedtype Message: Sendable

  var surface: Metrics.Surface { get }
  /// Judges by path, method, address and length: all that costs nothing.
  func judge(_ head: RequestHead, from peer: SocketAddress) -> HeadVerdict
  func handle(_ request: IncomingRequest) -> Answer
  /// Turns a message from another thread into answers.
  func receive(_ message: Message, answer: (ConnectionID, Response) -> Void)
  /// Called several times a second and before a drain ends, for answers that time brings.
  func tick(at now: Int64, isDraining: Bool, answer: (ConnectionID, Response) -> Void)
  /// The connection went away while its answer was pending.
  func forget(_ connection: ConnectionID)
}

/// What reaches a loop from other threads.
enum LoopMessage<Message: Sendable>: Sendable {
  case handler(Message)
  /// Accept no more, finish what is in hand, stop at the deadline (monotonic nanoseconds).
  case drain(deadline: Int64)
}
