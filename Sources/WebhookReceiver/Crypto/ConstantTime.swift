internal import CWebhookCrypto

/// The one place where a received code is compared with the right one.
package enum ConstantTime {
  /// Whether the bytes are equal, in a time that depends on the lengths alone.
  ///
  /// The lengths are compared here, first: they are no secret, the C function has one count for
  /// both buffers, and a length that the sender chose must not become a bounds failure.
  package static func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    guard !left.isEmpty else { return true }
    // Two buffers of one length, lent for the call.
    return unsafe left.lend { left, count in
      unsafe right.lend { right, _ in unsafe cwc_equal(left, right, count) == 1 }
    }
  }
}
