internal import RelaySystem

/// A listener on its way to the loop that will accept from it.
final class BoundListener: Sendable {
  let listener: Listener

  init(_ listener: consuming Listener) { self.listener = listener }
}
