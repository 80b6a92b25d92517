internal import CWebhookCrypto

/// A symmetric key: makes the HMAC of messages, for any number of threads at once.
final class AuthenticationKey: Sendable {
  let digest: Digest
  private let key: SecretBytes
  private let pool = ContextPool<Context>()

  /// Nil when the key is empty, or libcrypto does not have the digest: some configurations of it
  /// leave out SHA-1.
  init?(_ key: SecretBytes, digest: Digest) {
    self.key = key
    self.digest = digest
    guard let context = Context(key, digest) else { return nil }
    pool.put(context)
  }

  /// A context at the start of a message; nil when libcrypto fails.
  func context() -> Context? {
    guard var context = pool.take() ?? Context(key, digest) else { return nil }
    context.begin()
    return context
  }

  /// Writes the code of the message that a context was given; false when libcrypto failed.
  func finish(_ context: consuming Context, into code: inout AuthenticationCode) -> Bool {
    // A context that failed once is freed, not put back.
    guard context.finish(into: &code) else { return false }
    pool.put(context)
    return true
  }

  /// Writes the code of two pieces, of which either may be empty; false when libcrypto failed.
  @inline(__always) func writeCode(
    of first: Span<UInt8>,
    _ second: Span<UInt8>,
    into code: inout AuthenticationCode
  ) -> Bool {
    guard var context = context() else { return false }
    if !first.isEmpty { context.update(first) }
    if !second.isEmpty { context.update(second) }
    return finish(context, into: &code)
  }

  /// The code of a message in one piece; nil when libcrypto fails.
  func code(of message: Span<UInt8>) -> [UInt8]? {
    guard var context = context() else { return nil }
    context.update(message)
    var code = AuthenticationCode(count: digest.byteCount)
    return finish(context, into: &code) ? code.array : nil
  }

  /// Memory of libcrypto under one key, which serves one message at a time.
  ///
  /// It cannot be copied, and mutation is its only use: whoever has it has it alone.
  @safe struct Context: ~Copyable, PooledContext {
    // Owned by this value alone, and freed with it.
    nonisolated(unsafe) private let context: OpaquePointer
    private var isIntact = true

    fileprivate init?(_ key: SecretBytes, _ digest: Digest) {
      // A number on its way out of the lock, because a pointer may not leave it.
      let address = key.withBytes { key in
        unsafe key.lend { unsafe UInt(bitPattern: cwc_hmac_new(digest.code, $0, $1)) }
      }
      guard let context = unsafe OpaquePointer(bitPattern: address) else { return nil }
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

    fileprivate mutating func begin() {
      // The context is valid as long as this value is; the same holds below.
      isIntact = unsafe cwc_hmac_restart(context) == 1
    }

    mutating func update(_ bytes: Span<UInt8>) {
      let isDone = unsafe bytes.lend { unsafe cwc_mac_update(context, $0, $1) } == 1
      if !isDone { isIntact = false }
    }

    fileprivate mutating func finish(into code: inout AuthenticationCode) -> Bool {
      let isDone = code.write { output in
        unsafe output.lend { unsafe cwc_mac_finish(context, $0, $1) } == 1
      }
      return isDone && isIntact
    }
  }
}
