package import WebhookReceiver

/// Now, by both clocks: elapsed time decides when something is due, and nobody can set it; the wall
/// clock is only compared with what people and providers write.
package struct Moment: Equatable, Sendable {
  /// Since any fixed moment; only goes forward, and counts sleep.
  package var elapsed: Duration
  package var wall: Timestamp

  package init(elapsed: Duration, wall: Timestamp) {
    self.elapsed = elapsed
    self.wall = wall
  }
}
