internal import CRelayTLS

/// The client's side of a TLS connection.
@safe package final class TLSClientSession: TLSSession {
  private let context: TLSClientContext

  /// The certificate must be for `host`: a name, or an address in numbers without brackets.
  package init(
    _ context: TLSClientContext,
    host: String,
    isAddress: Bool
  ) throws(TLSFailure) {
    // The dot of a fully qualified name is not part of what certificates and SNI hold.
    let name = host.hasSuffix(".") && !isAddress ? String(host.dropLast()) : host
    let bytes = Array(name.utf8)
    // SAFETY: the context outlives the call, being held here; the session is this object's.
    let made = unsafe bytes.span.lend {
      unsafe relay_tls_client_session(context.context, $0, $1, isAddress ? 1 : 0)
    }
    guard let made = unsafe made else {
      throw TLSFailure(
        .other,
        "TLS with \(host) cannot be started: the name is none, or memory ran out"
      )
    }
    self.context = context
    unsafe super.init(made, with: host)
  }
}
