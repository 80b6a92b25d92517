internal import Synchronization
public import WebhookReceiver

/// A clock that stands until a test moves it.
///
/// `now` is for verifiers and receivers, `elapsed` for stores that measure time.
public final class ManualClock: Sendable {
  private struct State: Sendable {
    var now: Timestamp
    var elapsed: Duration = .zero
  }

  private let state: Mutex<State>

  /// Makes a clock that stands at a time.
  public init(_ now: Timestamp = Timestamp(seconds: 1_767_323_045)) {
    state = Mutex(State(now: now))
  }

  /// The time at which the clock stands.
  public var now: Timestamp { state.withLock { $0.now } }

  /// How far the clock has been moved since it was made.
  public var elapsed: Duration { state.withLock { $0.elapsed } }

  /// Moves the clock forward.
  public func advance(by duration: Duration) {
    precondition(duration >= .zero, "time does not run backwards; make another clock")
    state.withLock { state in
      state.now = state.now + duration
      state.elapsed += duration
    }
  }
}
