internal import CWebhookCrypto

extension Digest {
  /// The digest of one piece of memory.
  ///
  /// It traps where libcrypto does not have the algorithm, as some configurations leave out SHA-1;
  /// a verifier that needs one of those cannot be made.
  package func digest(_ bytes: Span<UInt8>) -> [UInt8] {
    DigestAlgorithm.of(self).digest(bytes, byteCount: byteCount)
  }

  /// Whether libcrypto has it.
  var isAvailable: Bool { DigestAlgorithm.of(self).isAvailable }

  /// Starts a digest of what comes in parts; it traps like `digest`.
  ///
  /// The context must be a valid one, which nobody else uses meanwhile.
  @unsafe func begin(_ context: OpaquePointer) {
    // What the caller vouches for.
    unsafe DigestAlgorithm.of(self).begin(context)
  }
}

/// An algorithm, looked up once: a look-up costs more than hashing a small body.
@safe private struct DigestAlgorithm: Sendable {
  private static let sha1 = DigestAlgorithm(CWC_DIGEST_SHA1)
  private static let sha256 = DigestAlgorithm(CWC_DIGEST_SHA256)
  private static let sha384 = DigestAlgorithm(CWC_DIGEST_SHA384)
  private static let sha512 = DigestAlgorithm(CWC_DIGEST_SHA512)

  /// A context of its own costs a one-piece digest more than hashing a short message.
  private let pool = ContextPool<DigestContext>()
  // Never changed and never freed; libcrypto lets all threads read an algorithm.
  nonisolated(unsafe) private let algorithm: OpaquePointer?

  static func of(_ digest: Digest) -> DigestAlgorithm {
    switch digest {
    case .sha1: sha1
    case .sha256: sha256
    case .sha384: sha384
    case .sha512: sha512
    }
  }

  private init(_ code: Int32) {
    unsafe algorithm = cwc_digest_fetch(code)
  }

  var isAvailable: Bool { unsafe algorithm != nil }

  /// Valid for ever.
  @unsafe private var required: OpaquePointer {
    guard let algorithm = unsafe algorithm else {
      preconditionFailure("libcrypto does not have this digest: its configuration leaves it out")
    }
    return unsafe algorithm
  }

  @unsafe func begin(_ context: OpaquePointer) {
    // The context is the caller's own, the algorithm there for ever.
    let isDone = unsafe cwc_digest_begin(context, required)
    precondition(isDone == 1, "a digest is computed in memory and cannot fail")
  }

  func digest(_ bytes: Span<UInt8>, byteCount: Int) -> [UInt8] {
    var context = pool.take() ?? DigestContext()
    var digest = [UInt8](repeating: 0, count: byteCount)
    var output = digest.mutableSpan
    // The algorithm is valid for ever.
    let isDone = unsafe context.digest(bytes, by: required, into: &output)
    precondition(isDone == 1, "a digest is computed in memory and cannot fail")
    pool.put(context)
    return digest
  }
}

/// Memory of libcrypto for one digest at a time.
///
/// It cannot be copied, and mutation is its only use: whoever has it has it alone.
@safe private struct DigestContext: ~Copyable, PooledContext {
  // Owned by this value alone, and freed with it.
  nonisolated(unsafe) private let context: OpaquePointer

  init() {
    // libcrypto returns null when memory is short; Swift's own allocations end the process too.
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    unsafe self.context = context
  }

  @unsafe init(owning context: OpaquePointer) { unsafe self.context = context }

  @unsafe consuming func relinquish() -> OpaquePointer {
    // Whoever gets it owns it from here on.
    let context = unsafe context
    discard self
    return unsafe context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Returns 1 when it was done; the algorithm must be valid.
  @unsafe mutating func digest(
    _ bytes: Span<UInt8>,
    by algorithm: OpaquePointer,
    into output: inout MutableSpan<UInt8>
  ) -> Int32 {
    // The context is valid as long as this value is, the algorithm as the caller says.
    guard unsafe cwc_digest_begin(context, algorithm) == 1 else { return 0 }
    let isTaken = unsafe bytes.lend { unsafe cwc_digest_update(context, $0, $1) }
    guard isTaken == 1 else { return 0 }
    return unsafe output.lend { unsafe cwc_digest_finish(context, $0, $1) }
  }
}
