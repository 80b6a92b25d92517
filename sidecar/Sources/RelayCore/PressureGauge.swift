/// Decides, before a body is read, whether the journal has room for it.
///
/// Refusing starts above the limit and ends below half of it, so that a sidecar at its limit does
/// not change its mind with every request.
package struct PressureGauge: Equatable, Sendable {
  /// Bytes accepted and not yet answered: bounds memory whatever the disk does.
  package static let inflightBytesMax = 64 << 20

  package private(set) var isRefusing = false
  private let bytesMax: Int

  package init(bytesMax: Int = Self.inflightBytesMax) {
    precondition(bytesMax > 0, "a gauge without room would refuse everything")
    self.bytesMax = bytesMax
  }

  /// Returns whether a request of `bytes` may be read while `inflight` bytes wait for the disk.
  package mutating func admits(bytes: Int, inflight: Int) -> Bool {
    if isRefusing {
      isRefusing = inflight > bytesMax / 2
      return !isRefusing
    }
    // A lone request larger than the limit is still admitted: it could never get in otherwise.
    isRefusing = inflight > 0 && inflight + bytes > bytesMax
    return !isRefusing
  }
}
