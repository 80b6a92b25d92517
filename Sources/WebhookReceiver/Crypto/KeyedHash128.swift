internal import CWebhookCrypto

/// 128 bits that stand for something longer.
package struct Hash128: Sendable, Hashable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// SipHash-2-4 with 128 bits: the keys of an index whose content strangers choose.
///
/// Without the key nobody can make two ids collide. The first eight bytes of the code are
/// `high`, both in big-endian order, so that the two print like the code.
package final class KeyedHash128: Sendable {
  package static let keyByteCount = 16

  private let key: [UInt8]
  private let pool = ContextPool<Context>()

  /// Makes a hash under a key of 16 bytes.
  package init(key: [UInt8]) {
    precondition(key.count == Self.keyByteCount, "SipHash has keys of 16 bytes")
    self.key = key
  }

  /// The hash of the bytes; any number of threads may ask at once.
  package func hash(_ bytes: Span<UInt8>) -> Hash128 {
    var context = pool.take() ?? Context()
    let hash = context.hash(bytes, key: key)
    pool.put(context)
    return hash
  }

  /// The hash of an array.
  package func hash(_ bytes: [UInt8]) -> Hash128 {
    hash(bytes.span)
  }

  /// Memory of libcrypto, which serves one message at a time.
  ///
  /// It cannot be copied, and mutation is its only use: whoever has it has it alone.
  @safe private struct Context: ~Copyable, PooledContext {
    // Owned by this value alone, and freed with it.
    nonisolated(unsafe) private let context: OpaquePointer

    init() {
      guard let context = unsafe cwc_siphash_new() else {
        preconditionFailure("libcrypto has no SipHash: its configuration loads no provider")
      }
      unsafe self.context = context
    }

    @unsafe init(owning context: OpaquePointer) { unsafe self.context = context }

    @unsafe consuming func relinquish() -> OpaquePointer {
      // Whoever gets it owns it from here on.
      let context = unsafe context
      discard self
      return unsafe context
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    mutating func hash(_ bytes: Span<UInt8>, key: [UInt8]) -> Hash128 {
      var code: [16 of UInt8] = .init(repeating: 0)
      var output = code.mutableSpan
      // The context is valid as long as this value is.
      let isDone = unsafe key.span.lend { key, keyCount in
        unsafe bytes.lend { bytes, count in
          unsafe output.lend { code, codeCount in
            unsafe cwc_siphash(context, key, keyCount, bytes, count, code, codeCount)
          }
        }
      }
      precondition(isDone == 1, "SipHash is computed in memory and cannot fail")
      return Hash128(high: Self.bigEndian(code, at: 0), low: Self.bigEndian(code, at: 8))
    }

    private static func bigEndian(_ bytes: [16 of UInt8], at offset: Int) -> UInt64 {
      (offset..<offset + 8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
  }
}
