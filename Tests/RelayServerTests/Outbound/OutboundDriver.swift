import RelayCore
import RelayHTTP
import RelayServer
import RelaySystem

/// A loop on the test's own thread: sends what a test wants, gathers what comes, and stops.
final class OutboundDriver: OutboundOwner {
  typealias Message = Int

  /// Nothing in these tests takes long; a broken one ends all the same.
  static let patienceNanoseconds: Int64 = 20_000_000_000

  private let begin: (OutboundDriver, OutboundContext) -> Void
  private(set) var results: [String: OutboundResult] = [:]
  /// Names in the order in which they came to their end.
  private(set) var order: [String] = []
  private(set) var counts = OutboundCounts()
  private(set) var idleConnections = 0
  private var expected = 0
  private var timers: [(time: Int64, body: () -> Void)] = []

  private init(_ begin: @escaping (OutboundDriver, OutboundContext) -> Void) { self.begin = begin }

  /// Runs a loop until every request that was sent has come to its end.
  @discardableResult
  static func run(
    limits: OutboundPoolLimits = OutboundPoolLimits(),
    resolver: Resolver? = nil,
    inbox: OutboundLoop<OutboundDriver>.Inbox = OutboundLoop<OutboundDriver>.Inbox(),
    isRefused: @escaping (SocketAddress) -> Bool = AddressGuard.isForbidden,
    _ begin: @escaping (OutboundDriver, OutboundContext) -> Void
  ) throws -> OutboundDriver {
    let driver = OutboundDriver(begin)
    let loop = try OutboundLoop(
      owner: driver,
      inbox: inbox,
      resolver: try resolver ?? Resolver(),
      limits: limits,
      isRefused: isRefused
    )
    loop.run()
    return driver
  }

  @discardableResult
  func send(
    _ name: String,
    _ request: OutboundRequest,
    _ context: OutboundContext,
    then: @escaping (OutboundResult) -> Void = { _ in }
  ) -> OutboundID {
    expected += 1
    return context.client.send(request) { result in
      self.results[name] = result
      self.order.append(name)
      self.expected -= 1
      then(result)
    }
  }

  /// Calls `body` later, and keeps the loop going until then.
  func after(milliseconds: Int64, _ context: OutboundContext, _ body: @escaping () -> Void) {
    let time = context.now + milliseconds * 1_000_000
    timers.append((time: time, body: body))
    context.wake(at: time)
  }

  func start(_ context: OutboundContext) {
    begin(self, context)
    context.wake(at: context.now + Self.patienceNanoseconds)
    if expected == 0, timers.isEmpty { context.stop() }
  }

  func receive(_ message: Int, _ context: OutboundContext) {}

  func wake(_ context: OutboundContext) {
    let due = timers.filter { $0.time <= context.now }
    timers.removeAll { $0.time <= context.now }
    for timer in due { timer.body() }
    if due.isEmpty { context.stop() }
    for timer in timers { context.wake(at: timer.time) }
    context.wake(at: context.now + Self.patienceNanoseconds)
  }

  func endTurn(_ context: OutboundContext) {
    guard !context.isDraining else { return }
    counts = context.client.counts
    idleConnections = context.client.idleConnections
    if expected == 0, timers.isEmpty { context.stop() }
  }

  func drain(until deadline: Int64, _ context: OutboundContext) {}

  func status(_ name: String) -> Int? {
    guard case .response(let response) = results[name] else { return nil }
    return response.status
  }

  func body(_ name: String) -> String? {
    guard case .response(let response) = results[name] else { return nil }
    return String(decoding: response.body, as: UTF8.self)
  }

  func failure(_ name: String) -> OutboundFailure? {
    guard case .failure(let failure) = results[name] else { return nil }
    return failure
  }
}

extension OutboundRequest {
  /// A request to a test's server.
  static func get(
    _ url: String,
    milliseconds: Int64 = 10_000,
    bodyBytesMax: Int = 64 << 10,
    excess: ResponseParser.Excess = .fails
  ) throws -> OutboundRequest {
    guard let url = OutboundURL(url) else { throw SystemError("read \(url)", 22) }
    return OutboundRequest(
      "GET",
      url,
      limits: OutboundLimits(
        totalNanoseconds: milliseconds * 1_000_000,
        bodyBytesMax: bodyBytesMax,
        excess: excess
      )
    )
  }
}
