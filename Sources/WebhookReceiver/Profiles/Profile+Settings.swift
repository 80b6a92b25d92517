extension Profile {
  /// A value of one endpoint that the scheme asks for by name: `--parameter`, `verify.parameters`.
  public struct Setting: Sendable, Hashable {
    /// The name, such as `webhook_id`.
    public let name: String
    /// Whether it may be left out; what it would check is not checked then.
    public let isOptional: Bool
  }

  /// Whether a verifier can be made of the profile, whatever the endpoint's secrets and settings.
  ///
  /// - Throws: `profileInvalid` with what does not fit together.
  public func validate() throws(VerifierError) {
    var parameters: [String: String] = [:]
    for setting in settings { parameters[setting.name] = setting.name }
    _ = try VerificationPlan(self, parameters: parameters)
  }

  /// The settings that the scheme has, each once, sorted by name.
  public var settings: [Setting] {
    var isOptional: [String: Bool] = [:]
    func add(_ name: String, _ mayBeLeftOut: Bool) {
      isOptional[name] = (isOptional[name] ?? true) && mayBeLeftOut
    }
    for requirement in requirements {
      if case .setting(let name, let optional) = requirement.expected { add(name, optional) }
    }
    switch scheme {
    case .signature(let scheme):
      for case .parameter(let name) in scheme.message { add(name, false) }
    case .jsonWebToken(let rule):
      for claim in rule.claimsFromSettings { add(claim.value, claim.isOptional) }
    case .token, .httpSignature: break
    }
    return isOptional.sorted { $0.key < $1.key }.map { name, isOptional in
      Setting(name: name, isOptional: isOptional)
    }
  }
}
