internal import RelayConfiguration
internal import RelayTLS
internal import WebhookReceiver

extension ListenerSecurity {
  /// `tls` of the status: what each surface serves; left out where none has TLS.
  func write(to writer: inout JSONWriter) {
    guard !keepers.isEmpty else { return }
    writer.key("tls")
    writer.beginObject()
    for keeper in keepers {
      writer.key(keeper.surface.rawValue)
      keeper.write(to: &writer)
    }
    writer.endObject()
  }
}

extension TLSKeeper {
  fileprivate func write(to writer: inout JSONWriter) {
    let context = desk.current
    writer.beginObject()
    writer.key("certificates")
    writer.beginArray()
    for (identity, certificate) in zip(paths.identities, context.certificates) {
      writer.beginObject()
      writer.key("file")
      writer.string(identity.certificate)
      writer.key("names")
      writer.beginArray()
      for name in certificate.names { writer.string(name) }
      writer.endArray()
      writer.key("expires_at")
      writer.string(TLSExaminer.text(certificate.notAfter))
      writer.endObject()
    }
    writer.endArray()
    writer.key("client_certificates")
    writer.bool(context.requiresClientCertificate)
    writer.key("failure")
    if let failure { writer.string(failure) } else { writer.null() }
    writer.endObject()
  }
}
