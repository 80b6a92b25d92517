/// Decides, before a body is read, whether the journal keeps up.
///
/// Refusing starts above a limit and ends below half of it, so that a sidecar at its limit does not
/// change its mind with every request (journal §6.9).
package struct PressureGauge: Equatable, Sendable {
  /// Bytes accepted and not yet answered: bounds memory whatever the disk does.
  package static let inflightBytesMax = 64 << 20
  /// How long the oldest may wait for the disk: senders give up after a few seconds, and answering
  /// nobody helps nobody.
  package static let waitingMax: Duration = .seconds(1)

  package private(set) var isRefusing: Bool
  private let bytesMax: Int
  private let waitingMax: Duration

  package init(
    isRefusing: Bool = false,
    bytesMax: Int = Self.inflightBytesMax,
    waitingMax: Duration = Self.waitingMax
  ) {
    precondition(bytesMax > 0, "a gauge without room would refuse everything")
    self.isRefusing = isRefusing
    self.bytesMax = bytesMax
    self.waitingMax = waitingMax
  }

  /// Returns whether a request of `bytes` may be read while `inflight` bytes wait for the disk, the
  /// oldest of them for `waiting`.
  package mutating func admits(bytes: Int, inflight: Int, waiting: Duration) -> Bool {
    if isRefusing {
      isRefusing = inflight > bytesMax / 2 || waiting > waitingMax / 2
    } else {
      // A lone request larger than the limit is still admitted: it could never get in otherwise.
      isRefusing = (inflight > 0 && inflight + bytes > bytesMax) || waiting > waitingMax
    }
    return !isRefusing
  }
}
