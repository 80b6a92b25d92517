extension KeyTable {
  /// The one form of `ingress.tls` and `api.tls`.
  static func tls(_ summary: String) -> SettingKey {
    SettingKey("tls", .section(listenerTLS), .derived("none: plain HTTP"), summary)
  }

  private static let listenerTLS: [SettingKey] = [
    SettingKey(
      "certificate",
      .text(.file),
      .derived("the first of certificates"),
      "A PEM file: the certificate, and behind it what leads to its authority."
    ),
    SettingKey(
      "private_key",
      .text(.file),
      .derived("the first of certificates"),
      "A PEM file with its key, without a passphrase."
    ),
    SettingKey(
      "certificates",
      .list(of: .section(identity), count: 0...Limit.certificates),
      .fallback(.emptyList),
      "Further certificates, each for the names in it; the client says which it wants (SNI)."
    ),
    SettingKey(
      "client_ca",
      .text(.file),
      .derived("none: clients show no certificate"),
      "A PEM file of authorities; every client must show a certificate of one of them."
    ),
  ]

  private static let identity: [SettingKey] = [
    SettingKey(
      "certificate",
      .text(.file),
      .required,
      "A PEM file: the certificate, and behind it what leads to its authority."
    ),
    SettingKey("private_key", .text(.file), .required, "A PEM file with its key."),
  ]
}
