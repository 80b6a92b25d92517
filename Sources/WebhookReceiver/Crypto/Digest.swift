internal import CWebhookCrypto

/// A hash function: of a body, or as the base of a message authentication code.
@nonexhaustive
public enum Digest: String, CaseIterable, Sendable {
  /// SHA-1: too weak for anything new, and still what some providers sign with.
  case sha1
  /// SHA-2 with 256 bits (FIPS 180-4).
  case sha256
  /// SHA-2 with 384 bits.
  case sha384
  /// SHA-2 with 512 bits.
  case sha512

  /// The length of a digest, and of a code made with it.
  public var byteCount: Int {
    switch self {
    case .sha1: 20
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  var code: Int32 {
    switch self {
    case .sha1: CWC_DIGEST_SHA1
    case .sha256: CWC_DIGEST_SHA256
    case .sha384: CWC_DIGEST_SHA384
    case .sha512: CWC_DIGEST_SHA512
    }
  }
}
