internal import RelayHTTP
internal import RelaySystem

/// A whole request, as a handler sees it.
struct IncomingRequest {
  let head: RequestHead
  let body: [UInt8]
  /// Whom it is from: the peer, or whom a trusted proxy names.
  let client: SocketAddress
  /// The client's address as text, made once for each connection that is not a proxy's.
  let remote: String
  let connection: ConnectionID
  /// From its first byte to its last, as far as the loop can tell: what comes within one turn took
  /// no time.
  let readNanoseconds: Int64
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
  /// Whether there are requests for which it counts whose certificate the client has shown.
  var judgesClientNames: Bool { get }
  /// Judges by the names of the client's certificate (in lower case; none without one), where that
  /// is asked for; nil when nothing is wrong with them.
  func refusal(of head: RequestHead, fromClient names: [String]) -> Response?
  /// Judges by path, method, address and length: all that costs nothing.
  func judge(_ head: RequestHead, from client: SocketAddress) -> HeadVerdict
  func handle(_ request: IncomingRequest) -> Answer
  /// Turns a message from another thread into answers.
  func receive(_ message: Message, answer: (ConnectionID, Response) -> Void)
  /// Called several times a second and before a drain ends, for answers that time brings.
  func tick(at now: Int64, isDraining: Bool, answer: (ConnectionID, Response) -> Void)
  /// Called at the end of every turn, for what is better done once than for each request.
  func endTurn()
  /// The client closed its sending side while its answer was pending: returns what it is to be
  /// told at once, or nil when it may still be waiting for the answer.
  func endOfInput(_ connection: ConnectionID) -> Response?
  /// Whether only who has proved what it may could get this answer: a line of the access log that
  /// no stranger can cause is not rationed.
  func isEarned(_ head: RequestHead?, _ response: Response) -> Bool
  /// The connection went away while its answer was pending.
  func forget(_ connection: ConnectionID)
}

extension RequestHandler {
  var judgesClientNames: Bool { false }
  func refusal(of head: RequestHead, fromClient names: [String]) -> Response? { nil }
  func endTurn() {}
  func endOfInput(_ connection: ConnectionID) -> Response? { nil }
}

/// What reaches a loop from other threads.
enum LoopMessage<Message: Sendable>: Sendable {
  case handler(Message)
  /// Accept no more, finish what is in hand, stop at the deadline (monotonic nanoseconds).
  case drain(deadline: Int64)
  /// Go by these from the next request on.
  case settings(LoopSettings)
}
