internal import CWebhookCrypto

/// SHA-256 by libcrypto.
package enum SHA256 {
  /// The length of a digest.
  package static let byteCount = 32

  /// The digest of one piece of memory.
  package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
    Digest.sha256.digest(bytes)
  }

  /// The digest of one array.
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    digest(bytes.span)
  }
}

/// SHA-256 of a message that comes in parts.
///
/// It holds memory of libcrypto that two threads must not change at once; that it cannot be
/// copied, and that every use is a mutation, makes the compiler see to that.
@safe package struct SHA256Hasher: ~Copyable, Sendable {
  // Owned by this value alone, and freed with it.
  nonisolated(unsafe) private let context: OpaquePointer

  package init() {
    // libcrypto returns null when memory is short; Swift's own allocations end the process too.
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    unsafe self.context = context
    // The context was made above.
    unsafe Digest.sha256.begin(context)
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: Span<UInt8>) {
    // The context is valid as long as this value is.
    let isDone = unsafe bytes.lend { unsafe cwc_digest_update(context, $0, $1) }
    precondition(isDone == 1, "SHA-256 is computed in memory and cannot fail")
  }

  package mutating func update(_ bytes: [UInt8]) {
    update(bytes.span)
  }

  /// Ends the message.
  package consuming func digest() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
    var output = digest.mutableSpan
    // The context is valid as long as this value is.
    let isDone = unsafe output.lend { unsafe cwc_digest_finish(context, $0, $1) }
    precondition(isDone == 1, "SHA-256 is computed in memory and cannot fail")
    return digest
  }
}
