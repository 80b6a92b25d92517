internal import CWebhookCrypto

/// X.509 certificates in PEM: that of a signer first, then those that lead to a root (RFC 5280).
package struct CertificateChain: Sendable {
  /// The text of a chain; certificates of signers take some 2 KiB each.
  package static let bytesMax = 64 << 10
  /// A chain of a public authority has three.
  static let certificatesMax = 8

  private let text: [UInt8]
  /// The key of the first certificate.
  let publicKey: PublicKey

  /// - Throws: when the text holds no certificate with a key that counts.
  package init(pem text: [UInt8]) throws(CertificateError) {
    guard text.count <= Self.bytesMax, let key = PublicKey(certificate: text.span) else {
      throw .unreadable
    }
    // Somebody's private key is in the wrong place, and should not be kept there.
    guard text.firstRange(of: Array("PRIVATE KEY".utf8)) == nil else { throw .holdsPrivateKey }
    self.text = text
    publicKey = key
  }

  /// Checks that the chain leads to a root, is valid at a time, and is for one of the names.
  ///
  /// - Parameters:
  ///   - time: when it must be valid.
  ///   - roots: certificates in PEM; nil: those that the system trusts.
  ///   - subjects: names of hosts; `*.` in front stands for any one label.
  /// - Throws: the first of these that is not so.
  package func verify(
    at time: Timestamp,
    roots: [UInt8]?,
    subjects: [String]
  ) throws(CertificateError) {
    let roots = roots ?? []
    // Lent for the call; the same holds below.
    let result = unsafe text.span.lend { text, count in
      unsafe roots.span.lend { roots, rootsCount in
        unsafe cwc_chain_verify(
          text,
          count,
          roots,
          rootsCount,
          time.seconds,
          Int32(Self.certificatesMax)
        )
      }
    }
    switch result {
    case CWC_CHAIN_GOOD: break
    case CWC_CHAIN_EXPIRED: throw .expired
    case CWC_CHAIN_NOT_YET_VALID: throw .notYetValid
    case CWC_CHAIN_UNTRUSTED: throw .untrusted
    case CWC_CHAIN_UNREADABLE: throw .unreadable
    default: throw .broken
    }
    guard subjects.isEmpty || subjects.contains(where: isFor) else { throw .wrongSubject }
  }

  /// Whether these are roots that chains can lead to: PEM, up to 1 MiB and 1 024 of them.
  static func areReadable(roots: [UInt8]) -> Bool {
    unsafe roots.span.lend { unsafe cwc_roots_are_readable($0, $1) == 1 }
  }

  private func isFor(_ subject: String) -> Bool {
    let host = Array((subject.hasPrefix("*.") ? subject.dropFirst() : subject[...]).utf8)
    return unsafe text.span.lend { text, count in
      unsafe host.span.lend { host, hostCount in
        unsafe cwc_chain_is_for(
          text,
          count,
          host,
          hostCount,
          Int32(Self.certificatesMax)
        ) == 1
      }
    }
  }
}

/// Why a certificate is not to be believed.
@nonexhaustive
public enum CertificateError: Error, Equatable, Sendable {
  /// There is no certificate, or one whose key nobody should use.
  case unreadable
  /// The text holds a private key beside the certificate.
  case holdsPrivateKey
  /// It was valid once.
  case expired
  /// It will be valid some day.
  case notYetValid
  /// It leads to no root that is trusted.
  case untrusted
  /// A signature in the chain is wrong, or a certificate is used for what it is not for.
  case broken
  /// It is somebody else's.
  case wrongSubject
  /// The roots that were given hold no certificate, or too many.
  case rootsUnreadable
}

extension CertificateError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .unreadable: "this is no certificate in PEM; fetch it again, byte for byte"
    case .holdsPrivateKey:
      "there is a private key beside the certificate; remove it, and have it replaced"
    case .expired: "the certificate has expired; fetch the provider's present one"
    case .notYetValid: "the certificate is not valid yet; check the clock"
    case .untrusted:
      "the certificate leads to no root that is trusted; install ca-certificates, or give the roots"
    case .broken: "the chain of certificates does not hold; fetch it again"
    case .rootsUnreadable:
      "the roots are no certificates in PEM, or more than 1024 or 1 MiB of them; give those that "
        + "the provider's chain leads to"
    case .wrongSubject: "the certificate is not the provider's; check the host that it came from"
    }
  }
}
