package import RelayConfiguration
internal import RelaySystem
internal import RelayTLS
internal import WebhookReceiver

/// Judges certificates and keys by making of them what would serve: `check`, a start and a reload
/// cannot disagree.
package enum TLSExaminer {
  package static func examine(_ contents: ListenerTLSContents) -> [ListenerTLSFinding] {
    do throws(TLSServerContext.Refusal) {
      let context = try TLSServerContext(contents)
      return nameless(of: context)
        + dates(of: context, at: SystemClock.wallMicroseconds() / 1_000_000)
    } catch {
      let part: ListenerTLSFinding.Part =
        switch error.part {
        case .certificate(let index): .certificate(index)
        case .privateKey(let index): .privateKey(index)
        case .clientAuthorities: .clientAuthorities
        case .nothing: .certificate(0)
        }
      return [
        ListenerTLSFinding(part, isError: true, error.failure.description, error.suggestion)
      ]
    }
  }

  /// The first serves whoever asks for another name; the others are chosen by theirs.
  private static func nameless(of context: TLSServerContext) -> [ListenerTLSFinding] {
    context.certificates.enumerated().dropFirst().compactMap { index, certificate in
      guard certificate.names.isEmpty else { return nil }
      return ListenerTLSFinding(
        .certificate(index),
        isError: false,
        "the certificate has no DNS name, so no client can ask for it",
        "have one made with subjectAltName; a common name is not looked at"
      )
    }
  }

  /// Clients refuse a certificate outside of its time, and some of ours is still better than none.
  private static func dates(of context: TLSServerContext, at now: Int64) -> [ListenerTLSFinding] {
    context.certificates.enumerated().compactMap { index, certificate in
      if certificate.notAfter <= now {
        return ListenerTLSFinding(
          .certificate(index),
          isError: false,
          "the certificate has expired at \(text(certificate.notAfter))",
          "renew it; clients refuse it, and the new file is taken without a restart"
        )
      }
      guard certificate.notBefore > now else { return nil }
      return ListenerTLSFinding(
        .certificate(index),
        isError: false,
        "the certificate is valid from \(text(certificate.notBefore)) on, which is not yet",
        "set the clock of this machine, or wait; clients refuse it"
      )
    }
  }

  static func text(_ seconds: Int64) -> String {
    Timestamp(microseconds: seconds &* 1_000_000).rfc3339
  }
}

extension TLSServerContext {
  convenience init(_ contents: ListenerTLSContents) throws(Refusal) {
    try self.init(
      identities: contents.identities.map {
        TLSIdentity(certificateChain: $0.certificate, privateKey: $0.privateKey)
      },
      clientAuthorities: contents.clientAuthorities
    )
  }
}

extension TLSServerContext.Refusal {
  /// What to do next.
  var suggestion: String {
    switch (part, failure.kind) {
    case (.privateKey, .keyEncrypted):
      "write it out without one: openssl pkey -in KEY.pem -out PLAIN.pem; chmod 0400 PLAIN.pem"
    case (.privateKey, .keyMismatch):
      "name the key that it was made for: openssl x509 -pubkey -noout -in CERTIFICATE.pem and "
        + "openssl pkey -pubout -in KEY.pem print the same where they fit"
    case (.privateKey, _):
      "name a PEM file with a line -----BEGIN PRIVATE KEY-----"
    case (.clientAuthorities, _):
      "name a PEM file with the certificate of the authority that signs the clients'"
    case (.certificate, .certificateWeak):
      "have one made with P-256, or RSA of 2048 bits or more, and SHA-256"
    case (.certificate, _):
      "name a PEM file: the server's certificate first, and behind it what leads to its authority"
    case (.nothing, _):
      "use the libssl of the system, unchanged"
    }
  }
}
