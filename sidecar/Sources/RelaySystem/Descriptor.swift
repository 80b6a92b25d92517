internal import Glibc

/// An open file descriptor, closed exactly once: when the value is destroyed.
package struct Descriptor: ~Copyable, Sendable {
  package let rawValue: Int32

  package init(owning rawValue: Int32) { self.rawValue = rawValue }

  deinit { _ = Glibc.close(rawValue) }
}
