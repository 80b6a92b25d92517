internal import CRelayTLS

/// The listener's side of a TLS connection.
@safe package final class TLSServerSession: TLSSession {
  /// Names of one certificate, in bytes; those that do not fit are left out, and match nothing.
  ///
  /// They come out of at most 16 KiB of certificates from a client; of ours none is that long.
  static let namesBytesMax = 16 << 10

  // The engine's session reads certificates that are the context's.
  private let context: TLSServerContext

  package init(_ context: TLSServerContext) throws(TLSFailure) {
    // SAFETY: the context outlives the session, being held here; the session is this object's.
    guard let made = unsafe relay_tls_server_session(context.server) else {
      throw TLSFailure(.other, "no memory for a TLS connection")
    }
    self.context = context
    unsafe super.init(made, with: "the client")
  }

  /// Whether the client came back with a session of an earlier connection.
  package var isResumed: Bool { unsafe relay_tls_is_resumed(session) != 0 }

  /// As OpenSSL's tools write it; there are no others here.
  package var version: String {
    unsafe relay_tls_version(session) == Self.version13 ? "TLSv1.3" : "TLSv1.2"
  }

  /// 0x0304 on the wire (RFC 8446 §4.1.2).
  private static let version13: Int32 = 0x0304

  /// The names of the client's certificate, in lower case: those of its subjectAltName, or, where
  /// there are none, the common name.
  ///
  /// Only of a certificate that was verified: without `client_ca` none is asked for.
  package var clientNames: [String] {
    guard context.requiresClientCertificate else { return [] }
    var text = [UInt8](repeating: 0, count: Self.namesBytesMax)
    var span = text.mutableSpan
    let count = unsafe span.lend { unsafe relay_tls_peer_names(session, $0, $1) }
    return TLSServerContext.names(text.prefix(count)).map { $0.lowercased() }
  }

  override func explain(_ code: Int32, _ words: String) -> TLSFailure {
    TLSFailure(ofClient: code, words: words)
  }
}
