internal import CRelayTLS

/// Whom a client trusts and who it is; any number of threads may make sessions of one.
@safe package final class TLSClientContext: Sendable {
  /// Who may vouch for a server.
  package enum Roots: Equatable, Sendable {
    /// The trust store of the system, as OpenSSL finds it (`SSL_CERT_FILE`, `SSL_CERT_DIR`).
    case system
    /// Certificates in PEM, and no others.
    case pem([UInt8])
  }

  /// For servers that ask.
  package typealias Identity = TLSIdentity

  // Never changed after it was made, and libssl lets all threads make sessions of a context; freed
  // with this, while sessions hold on to what they need of it.
  nonisolated(unsafe) let context: OpaquePointer

  package init(roots: Roots = .system, identity: Identity? = nil) throws(TLSFailure) {
    var pem: [UInt8] = []
    if case .pem(let given) = roots {
      // Empty would mean the system's.
      guard !given.isEmpty else {
        throw TLSFailure(code: Int32(RELAY_TLS_NO_ROOTS.rawValue), host: "", words: "")
      }
      pem = given
    }
    let chain = identity?.certificateChain ?? []
    let key = identity?.privateKey ?? []
    var failure: Int32 = 0
    // SAFETY: the engine reads the buffers during the call only; what it returns is this object's.
    let made = unsafe pem.span.lend { roots, rootsCount in
      unsafe chain.span.lend { chain, chainCount in
        unsafe key.span.lend { key, keyCount in
          unsafe relay_tls_client_context(
            roots,
            rootsCount,
            chain,
            chainCount,
            key,
            keyCount,
            &failure
          )
        }
      }
    }
    guard let made = unsafe made else {
      throw TLSFailure(code: failure, host: "", words: "")
    }
    unsafe context = made
  }

  // SAFETY: nobody else frees it, and nobody can use it any more.
  deinit { unsafe relay_tls_context_free(context) }
}
