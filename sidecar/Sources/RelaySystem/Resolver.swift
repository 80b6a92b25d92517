internal import Glibc
internal import Synchronization

/// Looks names up without blocking who asks: `getaddrinfo` waits as long as its servers let it.
///
/// A name that is slow holds up one thread, and only names that are asked while all are held up
/// wait. What was found is kept for a while, and longer where a new look-up fails: a name server
/// that is down for a minute must not take down what it named.
package final class Resolver: Sendable {
  /// So many names whose servers are silent hold up no other; a thread that sleeps costs little.
  package static let threads = 4
  /// Look-ups that wait; as many names as a large configuration has.
  package static let waitingMax = 4096
  /// Addresses are believed this long without asking again, in nanoseconds.
  ///
  /// `getaddrinfo` does not tell their time to live; half a minute follows a failover soon enough.
  package static let freshNanoseconds: Int64 = 30_000_000_000
  /// Where a new look-up fails, addresses are used for this long after they were found.
  package static let staleNanoseconds: Int64 = 3_600_000_000_000
  /// Names that are kept.
  package static let namesMax = 4096

  /// Addresses in the order in which they are to be tried; the port is 0.
  package typealias Answer = Result<[SocketAddress], SystemError>
  package typealias LookUp = @Sendable (String) -> Answer

  private struct Entry {
    var addresses: [SocketAddress]
    var foundAt: Int64
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// Who waits for a name that is being looked up.
    var waiting: [String: [@Sendable (Answer) -> Void]] = [:]
    var waitingCount = 0
  }

  private let workers: WorkerPool
  private let lookUp: LookUp
  private let state: Shared

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  package convenience init() throws(SystemError) {
    try self.init { host in
      do throws(SystemError) {
        return .success(try RelaySystem.resolve(host: host, port: 0))
      } catch {
        return .failure(error)
      }
    }
  }

  /// With another source of addresses than the system's.
  package init(lookUp: @escaping LookUp) throws(SystemError) {
    workers = try WorkerPool(
      name: "resolver",
      threads: Self.threads,
      queueMax: Self.waitingMax
    )
    self.lookUp = lookUp
    state = Shared()
  }

  /// Addresses that need no waiting: those of a number, of localhost, and what was found lately.
  package func known(_ host: String, now: Int64) -> [SocketAddress]? {
    if let address = Self.number(host) { return [address] }
    // RFC 6761 §6.3: these never leave the machine, whatever a name server says.
    if host == "localhost" || host.hasSuffix(".localhost") { return Self.loopback }
    return state.state.withLock { state in
      guard let entry = state.entries[host], now - entry.foundAt < Self.freshNanoseconds else {
        return nil
      }
      return entry.addresses
    }
  }

  /// Looks `host` up on another thread, where `completion` is called as well.
  ///
  /// Several who ask for one name at once share a look-up. Returns false when too many wait.
  package func resolve(
    _ host: String,
    completion: @escaping @Sendable (Answer) -> Void
  ) -> Bool {
    let (isTaken, isFirst) = state.state.withLock { state in
      guard state.waitingCount < Self.waitingMax else { return (false, false) }
      state.waitingCount += 1
      let isFirst = state.waiting[host] == nil
      state.waiting[host, default: []].append(completion)
      return (true, isFirst)
    }
    guard isTaken else { return false }
    guard isFirst else { return true }
    let isSubmitted = workers.submit { [state, lookUp] in
      let answer = lookUp(host)
      for waiter in Self.finish(host, answer, state) { waiter.completion(waiter.answer) }
    }
    guard !isSubmitted else { return true }
    // Whoever joined meanwhile was promised an answer; who asked first is told at once.
    let failure = SystemError("look up \(host)", EAGAIN)
    let joined = Self.finish(host, .failure(failure), state).dropFirst()
    for waiter in joined { waiter.completion(waiter.answer) }
    return false
  }

  private typealias Waiter = (completion: @Sendable (Answer) -> Void, answer: Answer)

  private static func finish(_ host: String, _ answer: Answer, _ shared: Shared) -> [Waiter] {
    let now = SystemClock.monotonicNanoseconds()
    return shared.state.withLock { state in
      let waiting = state.waiting.removeValue(forKey: host) ?? []
      state.waitingCount -= waiting.count
      var answer = answer
      switch answer {
      case .success(let addresses):
        if state.entries.count >= namesMax, state.entries[host] == nil {
          state.entries.removeAll(keepingCapacity: true)
        }
        state.entries[host] = Entry(addresses: addresses, foundAt: now)
      case .failure:
        if let old = state.entries[host] {
          if now - old.foundAt < staleNanoseconds {
            answer = .success(old.addresses)
          } else {
            state.entries[host] = nil
          }
        }
      }
      return waiting.map { (completion: $0, answer: answer) }
    }
  }

  private static let loopback: [SocketAddress] = [
    .v4([127, 0, 0, 1], port: 0),
    .v6([UInt8](repeating: 0, count: 15) + [1], port: 0, scope: 0),
  ]

  private static func number(_ host: String) -> SocketAddress? {
    if host.contains(":") { return try? SocketAddress(parsing: "[\(host)]:0") }
    guard host.utf8.first.map({ (0x30...0x39).contains($0) }) == true else { return nil }
    return try? SocketAddress(parsing: "\(host):0")
  }
}

extension SocketAddress {
  /// The same address with another port; a unix path has none.
  package func at(port: UInt16) -> SocketAddress {
    switch self {
    case .v4(let bytes, _): .v4(bytes, port: port)
    case .v6(let bytes, _, let scope): .v6(bytes, port: port, scope: scope)
    case .unix: self
    }
  }
}
