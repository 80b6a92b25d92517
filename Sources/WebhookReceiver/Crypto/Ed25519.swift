internal import CWebhookCrypto

/// Makes signatures of Standard Webhooks `v1a` (RFC 8032), by libcrypto; `PublicKey` checks them.
enum Ed25519 {
  static let keyByteCount = 32
  static let signatureByteCount = 64

  /// Makes signatures, for tests and tools.
  @safe struct PrivateKey: ~Copyable {
    // Owned by this value alone, and freed with it.
    private let key: OpaquePointer

    /// Nil when the bytes are not the 32 of a seed.
    init?(seed: Span<UInt8>) {
      guard let key = unsafe seed.lend({ unsafe cwc_ed25519_private($0, $1) }) else { return nil }
      unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    func signature(of message: Span<UInt8>) -> [UInt8]? {
      var signature = [UInt8](repeating: 0, count: Ed25519.signatureByteCount)
      var output = signature.mutableSpan
      // The key is valid as long as this value is; the same holds below.
      let isDone = unsafe message.lend { message, count in
        unsafe output.lend { signature, signatureCount in
          unsafe cwc_ed25519_sign(key, message, count, signature, signatureCount) == 1
        }
      }
      return isDone ? signature : nil
    }

    /// The public half.
    var publicBytes: [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: Ed25519.keyByteCount)
      var output = bytes.mutableSpan
      let isDone = unsafe output.lend { unsafe cwc_ed25519_public_bytes(key, $0, $1) } == 1
      return isDone ? bytes : nil
    }
  }
}
