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
    let algorithm = unsafe required
    var digest = [UInt8](repeating: 0, count: byteCount)
    var output = digest.mutableSpan
    // The algorithm is valid for ever.
    let isDone = unsafe bytes.lend { bytes, count in
      unsafe output.lend { digest, digestCount in
        unsafe cwc_digest(algorithm, bytes, count, digest, digestCount)
      }
    }
    precondition(isDone == 1, "a digest is computed in memory and cannot fail")
    return digest
  }
}
