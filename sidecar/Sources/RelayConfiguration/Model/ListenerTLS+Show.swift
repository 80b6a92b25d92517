internal import WebhookReceiver

extension ListenerTLS {
  /// The key `tls` as it would be written; paths only.
  func write(to writer: inout JSONWriter) {
    writer.key("tls")
    writer.object {
      if let first = identities.first { first.write(to: &$0) }
      if identities.count > 1 {
        $0.key("certificates")
        $0.beginArray()
        for identity in identities.dropFirst() { $0.object { identity.write(to: &$0) } }
        $0.endArray()
      }
      if let clientAuthorities { $0.text("client_ca", clientAuthorities) }
    }
  }
}

extension ListenerTLS.Identity {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("certificate", certificate)
    writer.text("private_key", privateKey)
  }
}
