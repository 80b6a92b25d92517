internal import CWebhookCrypto

/// A public key: checks signatures, any number of threads at once.
@safe package final class PublicKey: Sendable {
  enum Kind: Sendable {
    case ed25519
    case ecdsaP256
    /// Of 2048 to 8192 bits.
    case rsa
  }

  let kind: Kind
  // Never changed after it was made, and libcrypto lets all threads read a key; freed with this.
  nonisolated(unsafe) private let key: OpaquePointer

  /// Takes over a key of libcrypto; frees it and is nil when it is none that counts.
  @unsafe private init?(_ key: OpaquePointer?) {
    guard let key = unsafe key else { return nil }
    let kind: Kind? =
      switch unsafe cwc_key_kind(key) {
      case CWC_KEY_ED25519: .ed25519
      case CWC_KEY_P256: .ecdsaP256
      case CWC_KEY_RSA: .rsa
      default: nil
      }
    guard let kind else {
      // Nobody else has it.
      unsafe EVP_PKEY_free(key)
      return nil
    }
    self.kind = kind
    unsafe self.key = key
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// The 32 bytes of an Ed25519 key (RFC 8032 section 5.1.5).
  convenience init?(ed25519 bytes: Span<UInt8>) {
    // A new key, handed over at once; the same holds below.
    unsafe self.init(bytes.lend { unsafe cwc_ed25519_public($0, $1) })
  }

  /// A SubjectPublicKeyInfo in DER (RFC 5280 section 4.1).
  convenience init?(spki bytes: Span<UInt8>) {
    unsafe self.init(bytes.lend { unsafe cwc_key_from_der($0, $1) })
  }

  /// A public key, or the first certificate, in PEM (RFC 7468).
  convenience init?(pem text: Span<UInt8>) {
    unsafe self.init(text.lend { unsafe cwc_key_from_pem($0, $1) })
  }

  /// The key of the first certificate in PEM: never one that stands beside it.
  convenience init?(certificate text: Span<UInt8>) {
    unsafe self.init(text.lend { unsafe cwc_key_from_certificate($0, $1) })
  }

  /// A point on P-256, both coordinates of 32 bytes.
  convenience init?(x: [UInt8], y: [UInt8]) {
    guard x.count == 32, y.count == 32 else { return nil }
    let point = [4] + x + y
    unsafe self.init(point.span.lend { unsafe cwc_key_from_point($0, $1) })
  }

  /// An RSA key, both numbers big-endian.
  convenience init?(modulus: [UInt8], exponent: [UInt8]) {
    unsafe self.init(
      modulus.span.lend { modulus, modulusCount in
        unsafe exponent.span.lend { exponent, exponentCount in
          unsafe cwc_key_from_modulus(modulus, modulusCount, exponent, exponentCount)
        }
      }
    )
  }

  /// Whether the signature is this key's for the message; false where key and algorithm do not fit.
  func verifies(
    _ signature: Span<UInt8>,
    of message: Span<UInt8>,
    by algorithm: SignatureAlgorithm
  ) -> Bool {
    guard algorithm.keyKind == kind else { return false }
    switch algorithm {
    case .ed25519:
      // The key is valid as long as this object is; the same holds below.
      return unsafe signature.lend { signature, signatureCount in
        unsafe message.lend { message, count in
          unsafe cwc_ed25519_verify(key, signature, signatureCount, message, count) == 1
        }
      }
    case .ecdsaP256SHA256Raw:
      guard let der = Self.der(signature) else { return false }
      return verifies(der.span, message, CWC_DIGEST_SHA256, CWC_PADDING_NONE)
    case .ecdsaP256SHA256: return verifies(signature, message, CWC_DIGEST_SHA256, CWC_PADDING_NONE)
    case .rsaPKCS1SHA1: return verifies(signature, message, CWC_DIGEST_SHA1, CWC_PADDING_PKCS1)
    case .rsaPKCS1SHA256: return verifies(signature, message, CWC_DIGEST_SHA256, CWC_PADDING_PKCS1)
    case .rsaPSSSHA512: return verifies(signature, message, CWC_DIGEST_SHA512, CWC_PADDING_PSS)
    }
  }

  private func verifies(
    _ signature: Span<UInt8>,
    _ message: Span<UInt8>,
    _ digest: Int32,
    _ padding: Int32
  ) -> Bool {
    unsafe signature.lend { signature, signatureCount in
      unsafe message.lend { message, count in
        unsafe cwc_key_verify(
          key,
          digest,
          padding,
          signature,
          signatureCount,
          message,
          count
        ) == 1
      }
    }
  }

  /// The two numbers of an ECDSA signature in the form that libcrypto reads.
  private static func der(_ raw: Span<UInt8>) -> [UInt8]? {
    guard raw.count == 64 else { return nil }
    // Two numbers of at most 33 bytes, each with two bytes in front, and two for the whole.
    var der = [UInt8](repeating: 0, count: 72)
    var output = der.mutableSpan
    // Lent for the call.
    let count = unsafe raw.lend { raw, rawCount in
      unsafe output.lend { der, derCount in unsafe cwc_ecdsa_der(raw, rawCount, der, derCount) }
    }
    return count > 0 ? Array(der[..<count]) : nil
  }
}

/// How a public key signs.
@nonexhaustive
public enum SignatureAlgorithm: String, CaseIterable, Sendable {
  /// Ed25519 (RFC 8032), 64 bytes.
  case ed25519
  /// ECDSA on P-256 with SHA-256, in DER (RFC 3279 section 2.2.3).
  case ecdsaP256SHA256 = "ecdsa-p256-sha256"
  /// The same as two numbers of 32 bytes (RFC 7518 section 3.4).
  case ecdsaP256SHA256Raw = "ecdsa-p256-sha256-raw"
  /// RSA with PKCS #1 v1.5 and SHA-1: only for what cannot be had otherwise.
  case rsaPKCS1SHA1 = "rsa-pkcs1-sha1"
  /// RSA with PKCS #1 v1.5 and SHA-256 (RFC 8017 section 8.2).
  case rsaPKCS1SHA256 = "rsa-pkcs1-sha256"
  /// RSA with PSS, SHA-512 and a salt of 64 bytes (RFC 9421 section 3.3.1).
  case rsaPSSSHA512 = "rsa-pss-sha512"

  var keyKind: PublicKey.Kind {
    switch self {
    case .ed25519: .ed25519
    case .ecdsaP256SHA256, .ecdsaP256SHA256Raw: .ecdsaP256
    case .rsaPKCS1SHA1, .rsaPKCS1SHA256, .rsaPSSSHA512: .rsa
    }
  }
}
