internal import CWebhookCrypto

/// A hash function as the base of a message authentication code.
package enum Digest: String, CaseIterable, Sendable {
  case sha1, sha256, sha384, sha512

  /// The length of a digest, and of a code made with it.
  package var byteCount: Int {
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
