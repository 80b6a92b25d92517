internal import CRelayTLS

/// Why there is no TLS here, in words for the operator.
package struct TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// A closed set, safe as a metric label.
  package enum Kind: String, Sendable, CaseIterable {
    case certificateExpired = "certificate_expired"
    case certificateNotYetValid = "certificate_not_yet_valid"
    case nameMismatch = "name_mismatch"
    case selfSigned = "self_signed"
    case unknownAuthority = "unknown_authority"
    case certificateRevoked = "certificate_revoked"
    case certificateWeak = "certificate_weak"
    case certificateRefused = "certificate_refused"
    /// A client has shown none where one is asked for.
    case certificateMissing = "certificate_missing"
    case peerRefused = "peer_refused"
    case notTLS = "not_tls"
    /// HTTP without TLS, at a listener.
    case plainHTTP = "plain_http"
    case noCommonVersion = "no_common_version"
    case noCommonCipher = "no_common_cipher"
    /// By ALPN.
    case noCommonProtocol = "no_common_protocol"
    /// The end came without a close-notify: somebody may have cut the stream.
    case truncated = "truncated"
    case trustUnusable = "trust_unusable"
    case identityUnusable = "identity_unusable"
    case keyEncrypted = "key_encrypted"
    case keyMismatch = "key_mismatch"
    case other = "other"
  }

  package let kind: Kind
  /// What failed and what to do, in one sentence.
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// Reads a number of the engine; `words` are libssl's.
  init(code: Int32, host: String, words: String) {
    let code = UInt32(bitPattern: code)
    (kind, description) =
      Self.certificate(code, host) ?? Self.context(code)
      ?? Self.connection(code, host, words)
  }

  private static func certificate(_ code: UInt32, _ host: String) -> (Kind, String)? {
    switch code {
    case RELAY_TLS_EXPIRED.rawValue:
      (
        .certificateExpired,
        "the certificate of \(host) has expired, or this machine's clock is off"
      )
    case RELAY_TLS_NOT_YET_VALID.rawValue:
      (
        .certificateNotYetValid,
        "the certificate of \(host) is not valid yet, or this machine's clock is off"
      )
    case RELAY_TLS_WRONG_NAME.rawValue:
      (.nameMismatch, "the certificate that answers at \(host) is for another name")
    case RELAY_TLS_SELF_SIGNED.rawValue:
      (
        .selfSigned,
        "the certificate of \(host) is signed by itself; name it as `ca` to trust exactly it"
      )
    case RELAY_TLS_UNKNOWN_AUTHORITY.rawValue:
      (
        .unknownAuthority,
        "the certificate of \(host) comes from an authority that is not trusted here; "
          + "name the authority's certificate as `ca`, or install it"
      )
    case RELAY_TLS_REVOKED.rawValue:
      (.certificateRevoked, "the certificate of \(host) was revoked")
    case RELAY_TLS_WEAK.rawValue:
      (.certificateWeak, "the certificate of \(host) has a key or digest too weak to trust")
    case RELAY_TLS_WRONG_PURPOSE.rawValue:
      (.certificateRefused, "the certificate of \(host) is not one for servers")
    default: nil
    }
  }

  private static func context(_ code: UInt32) -> (Kind, String)? {
    switch code {
    case RELAY_TLS_NO_ROOTS.rawValue:
      (
        .trustUnusable,
        "no certificate of an authority can be read, or the text breaks off in one; PEM is expected"
      )
    case RELAY_TLS_BAD_CERTIFICATE.rawValue:
      (.identityUnusable, "the client certificate cannot be read; PEM is expected")
    case RELAY_TLS_BAD_KEY.rawValue, RELAY_TLS_KEY_ENCRYPTED.rawValue:
      (.identityUnusable, "the private key cannot be read; PEM without a passphrase is expected")
    case RELAY_TLS_KEY_MISMATCH.rawValue:
      (.identityUnusable, "the private key is not that of the client certificate")
    case RELAY_TLS_WEAK_IDENTITY.rawValue:
      (.identityUnusable, "the client certificate has a key or digest too weak to be shown")
    default: nil
    }
  }

  private static func connection(
    _ code: UInt32,
    _ host: String,
    _ words: String
  ) -> (Kind, String) {
    switch code {
    case RELAY_TLS_REFUSED_CERTIFICATE.rawValue:
      (.certificateRefused, "the certificate of \(host) is refused: \(words)")
    case RELAY_TLS_ALERT.rawValue:
      (.peerRefused, "\(host) refused the TLS connection: \(words)")
    case RELAY_TLS_NOT_TLS.rawValue, RELAY_TLS_PLAIN_HTTP.rawValue:
      (.notTLS, "what answers at \(host) does not speak TLS; is it http:// there?")
    case RELAY_TLS_NO_COMMON_VERSION.rawValue:
      (.noCommonVersion, "\(host) speaks no TLS from version 1.2 on")
    case RELAY_TLS_TRUNCATED.rawValue:
      (.truncated, "\(host) ended the TLS connection without saying so")
    default:
      (.other, "TLS with \(host) failed: \(words)")
    }
  }
}
