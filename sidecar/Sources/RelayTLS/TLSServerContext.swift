internal import CRelayTLS

/// A listener's certificates, keys and rules; any number of threads may make sessions of one.
///
/// TLS 1.2 and 1.3, ephemeral keys and authenticated encryption, `http/1.1` by ALPN (RFC 7301), no
/// renegotiation, no compression, no early data. Sessions are resumed for an hour, and only by
/// the context that began them: its tickets are sealed with a key of its own. Where clients show a
/// certificate, none is resumed once that is out of its time.
@safe package final class TLSServerContext: Sendable {
  /// What is known of a certificate.
  package struct Certificate: Equatable, Sendable {
    /// The DNS names by which clients ask for it; none where it has only a common name, for which
    /// no client of today does.
    package let names: [String]
    /// Seconds since 1970.
    package let notBefore: Int64
    package let notAfter: Int64
  }

  /// Which of the given things is wrong.
  package enum Part: Equatable, Sendable {
    case certificate(Int)
    case privateKey(Int)
    case clientAuthorities
    case nothing
  }

  package struct Refusal: Error, Equatable, Sendable {
    package let part: Part
    package let failure: TLSFailure
  }

  // Never changed after it was made, and libssl lets all threads make sessions of it; freed with
  // this, which every session holds.
  nonisolated(unsafe) let server: OpaquePointer
  /// In the order in which they were given.
  package let certificates: [Certificate]
  package let requiresClientCertificate: Bool

  /// The first identity is for clients that ask for no name, or for one that no certificate has.
  ///
  /// With `clientAuthorities` (PEM) every client must show a certificate that leads to one of them.
  package init(
    identities: [TLSIdentity],
    clientAuthorities: [UInt8]? = nil
  ) throws(Refusal) {
    // SAFETY: what the engine returns is this function's, and then this object's.
    guard let made = unsafe relay_tls_server_new() else {
      throw Refusal(
        part: .nothing,
        failure: TLSFailure(.other, "libssl has no TLS 1.2 with the ciphers that are needed here")
      )
    }
    do throws(Refusal) {
      for (index, identity) in identities.enumerated() {
        try unsafe Self.add(identity, index, to: made)
      }
      if let clientAuthorities { try unsafe Self.require(clientAuthorities, of: made) }
    } catch {
      unsafe relay_tls_server_free(made)
      throw error
    }
    var certificates: [Certificate] = []
    for index in identities.indices {
      certificates.append(unsafe Self.certificate(index, of: made))
    }
    self.certificates = certificates
    requiresClientCertificate = clientAuthorities != nil
    unsafe server = made
  }

  // SAFETY: nobody else frees it, and nobody can use it any more.
  deinit { unsafe relay_tls_server_free(server) }

  private static func add(
    _ identity: TLSIdentity,
    _ index: Int,
    to server: OpaquePointer
  ) throws(Refusal) {
    let (chain, key) = (identity.certificateChain, identity.privateKey)
    // SAFETY: the engine reads the buffers during the call only.
    let code = unsafe chain.span.lend { chain, chainCount in
      unsafe key.span.lend { key, keyCount in
        unsafe relay_tls_server_add(server, chain, chainCount, key, keyCount)
      }
    }
    guard code != 0 else { return }
    let isKey = [RELAY_TLS_BAD_KEY, RELAY_TLS_KEY_ENCRYPTED, RELAY_TLS_KEY_MISMATCH]
      .contains { Int32(bitPattern: $0.rawValue) == code }
    throw Refusal(
      part: isKey ? .privateKey(index) : .certificate(index),
      failure: TLSFailure(ofListener: code)
    )
  }

  private static func require(
    _ authorities: [UInt8],
    of server: OpaquePointer
  ) throws(Refusal) {
    // SAFETY: the engine reads the buffer during the call only.
    let code = unsafe authorities.span.lend { unsafe relay_tls_server_require(server, $0, $1) }
    guard code != 0 else { return }
    throw Refusal(part: .clientAuthorities, failure: TLSFailure(ofListener: code))
  }

  private static func certificate(_ index: Int, of server: OpaquePointer) -> Certificate {
    var text = [UInt8](repeating: 0, count: TLSServerSession.namesBytesMax)
    var span = text.mutableSpan
    // SAFETY: the engine writes at most the span's count, during the call only.
    let count = unsafe span.lend { unsafe relay_tls_server_names(server, index, $0, $1) }
    return unsafe Certificate(
      names: names(text.prefix(count)),
      notBefore: relay_tls_server_not_before(server, index),
      notAfter: relay_tls_server_not_after(server, index)
    )
  }

  /// Names as the engine writes them, each with a zero behind it.
  static func names(_ text: ArraySlice<UInt8>) -> [String] {
    text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
