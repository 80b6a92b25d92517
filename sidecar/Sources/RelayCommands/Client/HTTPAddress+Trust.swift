extension HTTPAddress {
  static let authoritiesVariable = "WEBHOOK_SIDECAR_CA"
  /// A bundle of every public authority is a quarter of it.
  private static let authoritiesBytesMax = 1 << 20

  /// The same address, trusting what `--ca` names, or the variable where that is missing.
  ///
  /// The option without https is a mistake that would leave a token unprotected; the variable may
  /// be set for other calls.
  func trusting(
    _ arguments: ParsedArguments,
    _ surroundings: Surroundings
  ) throws(CommandFailure) -> HTTPAddress {
    let option = arguments.value("ca")
    guard trust != nil else {
      guard option == nil else {
        throw .usage(
          "--ca means nothing without TLS; write https:// in the address or leave it out"
        )
      }
      return self
    }
    let variable = surroundings.environment(Self.authoritiesVariable) ?? ""
    guard let path = option ?? (variable.isEmpty ? nil : variable) else { return self }
    var copy = self
    copy.trust = .pem(
      try surroundings.contents(
        of: path,
        limit: Self.authoritiesBytesMax,
        option: option == nil ? "$\(Self.authoritiesVariable)" : "--ca"
      )
    )
    return copy
  }
}
