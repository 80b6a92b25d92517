internal import RelaySystem

/// A listener on its way to the loop that will accept from it.
final class BoundListener: Sendable {
  let listener: Listener
  /// Nil: its connections are plain.
  let tls: TLSDesk?

  init(_ listener: consuming Listener, tls: TLSDesk? = nil) {
    self.listener = listener
    self.tls = tls
  }
}
