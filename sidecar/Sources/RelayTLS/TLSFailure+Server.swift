internal import CRelayTLS

/// The same failures as a listener sees them.
extension TLSFailure {
  /// Reads a number of the engine about a file of a listener; the description is about that file.
  init(ofListener code: Int32) {
    switch UInt32(bitPattern: code) {
    case RELAY_TLS_NO_ROOTS.rawValue:
      self.init(
        .trustUnusable,
        "it holds no certificate of an authority that can be read, or breaks off in one"
      )
    case RELAY_TLS_BAD_KEY.rawValue:
      self.init(.identityUnusable, "it holds no private key that can be read")
    case RELAY_TLS_KEY_ENCRYPTED.rawValue:
      self.init(.keyEncrypted, "the key is under a passphrase, and nobody is there to be asked")
    case RELAY_TLS_KEY_MISMATCH.rawValue:
      self.init(.keyMismatch, "the key is not that of the first certificate")
    case RELAY_TLS_WEAK_IDENTITY.rawValue:
      self.init(.certificateWeak, "the certificate has a key or a digest too weak to serve with")
    default:
      self.init(
        .identityUnusable,
        "it holds no certificate that can be read, or breaks off in one"
      )
    }
  }

  /// Reads a number of the engine about a connection with a client; `words` are libssl's.
  init(ofClient code: Int32, words: String) {
    switch UInt32(bitPattern: code) {
    case RELAY_TLS_EXPIRED.rawValue:
      self.init(
        .certificateExpired,
        "the client's certificate has expired, or this machine's clock is off"
      )
    case RELAY_TLS_NOT_YET_VALID.rawValue:
      self.init(
        .certificateNotYetValid,
        "the client's certificate is not valid yet, or this machine's clock is off"
      )
    case RELAY_TLS_SELF_SIGNED.rawValue, RELAY_TLS_UNKNOWN_AUTHORITY.rawValue:
      self.init(.unknownAuthority, "no authority of client_ca vouches for the client's certificate")
    case RELAY_TLS_WEAK.rawValue:
      self.init(.certificateWeak, "the client's certificate has a key or digest too weak to trust")
    case RELAY_TLS_WRONG_PURPOSE.rawValue, RELAY_TLS_REFUSED_CERTIFICATE.rawValue,
      RELAY_TLS_REVOKED.rawValue, RELAY_TLS_WRONG_NAME.rawValue:
      self.init(.certificateRefused, "the client's certificate is refused: \(words)")
    case RELAY_TLS_NO_CERTIFICATE.rawValue:
      self.init(.certificateMissing, "the client has shown no certificate, and client_ca wants one")
    case RELAY_TLS_ALERT.rawValue:
      self.init(.peerRefused, "the client refused the connection: \(words)")
    case RELAY_TLS_PLAIN_HTTP.rawValue:
      self.init(.plainHTTP, "the client speaks HTTP without TLS; is its URL http://?")
    case RELAY_TLS_NOT_TLS.rawValue:
      self.init(.notTLS, "what the client speaks is not TLS")
    case RELAY_TLS_NO_COMMON_VERSION.rawValue:
      self.init(.noCommonVersion, "the client speaks no TLS from version 1.2 on")
    case RELAY_TLS_NO_COMMON_CIPHER.rawValue:
      self.init(.noCommonCipher, "the client has no cipher, group or signature in common: \(words)")
    case RELAY_TLS_NO_COMMON_PROTOCOL.rawValue:
      self.init(.noCommonProtocol, "the client offers protocols by ALPN, but not http/1.1")
    case RELAY_TLS_TRUNCATED.rawValue:
      self.init(.truncated, "the client ended the TLS connection without saying so")
    default:
      self.init(.other, "TLS with the client failed: \(words)")
    }
  }
}
