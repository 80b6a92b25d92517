internal import RelayTLS
internal import Synchronization

/// What is counted of TLS, for each surface that has it.
///
/// A certificate is named by its place in the configuration; names in it are somebody else's text.
extension MetricsText {
  static func appendTLS(_ security: ListenerSecurity, _ text: inout String) {
    let keepers = security.keepers
    guard !keepers.isEmpty else { return }
    family("tls_handshakes_total", "counter", "TLS connections that came to be", &text)
    for keeper in keepers {
      let counters = keeper.desk.counters
      for (kind, value) in [
        ("full", counters.full.load(ordering: .relaxed)),
        ("resumed", counters.resumed.load(ordering: .relaxed)),
      ] {
        let labels = [("surface", keeper.surface.rawValue), ("kind", kind)]
        sample("tls_handshakes_total", labels, "\(value)", &text)
      }
    }
    family("tls_failures_total", "counter", "TLS connections that failed, by reason", &text)
    for keeper in keepers {
      for (failure, count) in keeper.desk.counters.failed {
        let labels = [("surface", keeper.surface.rawValue), ("reason", failure.rawValue)]
        sample("tls_failures_total", labels, "\(count)", &text)
      }
    }
    appendCertificates(keepers, &text)
  }

  private static func appendCertificates(_ keepers: [TLSKeeper], _ text: inout String) {
    let expiry = "tls_certificate_expiry_timestamp_seconds"
    family(expiry, "gauge", "When a certificate expires, by its place", &text)
    for keeper in keepers {
      for (index, certificate) in keeper.desk.current.certificates.enumerated() {
        let labels = [("surface", keeper.surface.rawValue), ("certificate", "\(index)")]
        sample(expiry, labels, "\(certificate.notAfter)", &text)
      }
    }
    let failing = "tls_files_refused"
    family(failing, "gauge", "1 while the files of TLS are not what is served", &text)
    for keeper in keepers {
      let value = keeper.failure == nil ? "0" : "1"
      sample(failing, [("surface", keeper.surface.rawValue)], value, &text)
    }
  }
}
