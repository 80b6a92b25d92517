/// Decides whether a destination may be tried.
///
/// Closed: deliveries flow; failures in a row that weigh `failures` within `window` open it. One
/// success forgets them: an event that always fails must not stop the others.
/// Open: nothing is sent until the cooldown has passed.
/// Half-open: exactly one probe is out; its outcome closes or reopens the breaker.
///
/// The breaker reads no clock: every event brings its own `now`, in elapsed time.
package struct CircuitBreaker: Equatable, Sendable {
  /// When it opens, and for how long (contract §3 `breaker`).
  package struct Settings: Equatable, Sendable {
    /// Failures inside the window that open it.
    package var failures: Int
    package var window: Duration
    /// How long nothing is sent.
    package var cooldown: Duration

    package init(
      failures: Int = 10,
      window: Duration = .seconds(30),
      cooldown: Duration = .seconds(15)
    ) {
      precondition((1...Self.failuresMax).contains(failures), "see the configuration's limits")
      precondition(window > .zero && cooldown > .zero, "a breaker needs time to judge and to wait")
      self.failures = failures
      self.window = window
      self.cooldown = cooldown
    }

    /// The breaker remembers the time of each.
    package static let failuresMax = 1000
  }

  package enum State: Equatable, Sendable {
    case closed
    case open(until: Duration)
    case halfOpen
  }

  package enum Permission: Equatable, Sendable {
    case deliver
    case probe
    case wait(until: Duration)
    /// A probe is out: its outcome decides.
    case waitForProbe
  }

  /// A service that asks for an hour may be back in a minute, and one probe a minute costs nobody.
  static let cooldownExtensionMax = Duration.seconds(60)

  package private(set) var state: State = .closed
  private let settings: Settings
  /// When the failures in a row were, oldest first, each as often as it weighs.
  private var failures: [Duration] = []

  package init(_ settings: Settings) { self.settings = settings }

  package func permission(at now: Duration) -> Permission {
    switch state {
    case .closed: .deliver
    case .open(let until): now < until ? .wait(until: until) : .probe
    case .halfOpen: .waitForProbe
    }
  }

  /// The one probe that was permitted goes out.
  package mutating func beginProbe() { state = .halfOpen }

  /// The service is there.
  package mutating func recordSuccess() {
    failures.removeAll()
    state = .closed
  }

  /// `retryAfter` lengthens the cooldown that this failure begins.
  package mutating func recordFailure(
    weight: Int,
    isProbe: Bool,
    retryAfter: Duration? = nil,
    at now: Duration
  ) {
    precondition(weight > 0, "a failure weighs something")
    let wished = min(retryAfter ?? .zero, Self.cooldownExtensionMax)
    let until = now + max(settings.cooldown, wished)
    switch state {
    case .closed:
      failures.removeAll { now - $0 > settings.window }
      failures += Array(repeating: now, count: min(weight, settings.failures))
      guard failures.count >= settings.failures else { return }
      failures.removeAll()
      state = .open(until: until)
    case .halfOpen where isProbe: state = .open(until: until)
    // A delivery begun before the breaker opened: nothing new is learnt.
    case .halfOpen, .open: break
    }
  }

  /// The probe ended without a word about the service: the next permission is a probe again.
  package mutating func withdrawProbe(at now: Duration) {
    if state == .halfOpen { state = .open(until: now) }
  }

  // MARK: Over restarts

  /// 0 closed, else open: a probe that was out when the process ended is asked for again.
  func encode(to writer: inout StateWriter) {
    switch state {
    case .closed: writer.integer(Int64(-1))
    case .open(let until): writer.elapsed(until)
    case .halfOpen: writer.integer(Int64(0))
    }
  }

  /// Goes on with what was saved (failure 44), within what the settings allow now.
  mutating func restore(from reader: inout StateReader, at now: Duration) -> Bool {
    guard let until = reader.integer(Int64.self), until >= -1 else { return false }
    guard until >= 0 else { return true }
    let longest = now + max(settings.cooldown, Self.cooldownExtensionMax)
    state = .open(until: min(.nanoseconds(until), longest))
    return true
  }
}
