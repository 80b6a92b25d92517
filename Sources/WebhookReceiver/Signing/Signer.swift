/// Signs as a provider does: for tests, tools, and hops of one's own.
///
/// Whatever a shared secret makes can be signed, and Ed25519 where the scheme has private keys of
/// its own (`v1a`).
package struct Signer: Sendable {
  package var profile: Profile
  /// One signature of each: what a provider sends during a rotation.
  package var secrets: [Secret]
  /// Settings that the scheme asks for by name.
  package var parameters: [String: String] = [:]

  package init(_ profile: Profile, secrets: [Secret], parameters: [String: String] = [:]) {
    self.profile = profile
    self.secrets = secrets
    self.parameters = parameters
  }

  /// What is to be sent.
  package struct Event: Sendable {
    /// The method and the path with the query; of `url` where there is one.
    package var method = "POST"
    package var target = "/"
    /// The address of the endpoint, for schemes that sign it.
    package var url: String?
    package var body: [UInt8]
    /// Where the provider sends it in a header; nil: a random one.
    package var id: String?
    /// Likewise; nil: a usual one.
    package var type: String?
    package var timestamp: Timestamp

    package init(body: [UInt8], timestamp: Timestamp) {
      self.body = body
      self.timestamp = timestamp
    }
  }

  /// The request that a provider would send.
  ///
  /// Where the scheme has its signature in the body, or in the query, those are changed.
  package func request(_ event: Event) throws(SigningError) -> WebhookRequest {
    guard !secrets.isEmpty else { throw .keyUnusable(.noSecrets) }
    var draft = try SigningDraft(profile, event)
    try draft.fulfil(profile.requirements, parameters)
    switch profile.scheme {
    case .signature(let scheme): try sign(&draft, scheme, event)
    case .token(let rule): try sign(&draft, rule)
    case .jsonWebToken(let rule): try sign(&draft, rule, event)
    case .httpSignature(let rule): try sign(&draft, rule, event)
    }
    return draft.request
  }

  /// The header fields alone, of a request whose body and address stay as they are.
  package func headers(
    _ event: Event
  ) throws(SigningError) -> [(name: String, value: String)] {
    let request = try request(event)
    guard request.body == event.body, request.target == SigningDraft.target(of: event) else {
      throw .wholeRequestOnly(profile: profile.id)
    }
    let headers = request.headers
    return (0..<headers.count).map { (headers.name(at: $0), headers.value(at: $0)) }
  }

  /// The profile made ready: what a verifier would refuse to be made with is refused here too.
  func plan() throws(SigningError) -> VerificationPlan {
    do throws(VerifierError) {
      return try VerificationPlan(profile, parameters: parameters)
    } catch {
      throw .keyUnusable(error)
    }
  }

  /// The key that a secret stands for.
  func material(_ index: Int) throws(SigningError) -> KeyMaterial {
    do throws(VerifierError) {
      return try KeyMaterial(secrets[index], of: profile, index: index)
    } catch {
      throw .keyUnusable(error)
    }
  }

  /// Makes an error of the engine one of signing.
  static func reporting<Result>(
    _ body: () throws(VerificationError) -> Result
  ) throws(SigningError) -> Result {
    do throws(VerificationError) {
      return try body()
    } catch {
      throw .unsendable(error)
    }
  }
}

/// Why a webhook cannot be signed.
@nonexhaustive
public enum SigningError: Error, Equatable, Sendable {
  /// The secret is not one of this provider's.
  case keyUnusable(VerifierError)
  /// A receiver would refuse what was asked for: an id that is too long, for instance.
  case unsendable(VerificationError)
  /// The provider sends one signature, and more than one secret was given.
  case oneSignatureOnly(profile: String)
  /// Only the provider has the private key.
  case privateKeyNeeded(profile: String)
  /// The signature goes into the body or the address, so headers alone are not enough.
  case wholeRequestOnly(profile: String)
  /// The body has not what the scheme signs; the text says what is missing.
  case bodyUnfit(String)
}

extension SigningError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .keyUnusable(let error): error.description
    case .unsendable(let error):
      switch error {
      case .malformedHeader(let name):
        "the value for \(name) cannot be sent; give a short printable one, without the character "
          + "that the scheme puts behind it"
      default: error.description
      }
    case .oneSignatureOnly(let profile):
      "\(profile) sends one signature a request; sign with one secret"
    case .privateKeyNeeded(let profile):
      "\(profile) signs with a private key that it alone has; nobody else can sign for it"
    case .wholeRequestOnly(let profile):
      "\(profile) puts its signature into the body or the address; ask for the whole request"
    case .bodyUnfit(let why): "\(why); give a body as the provider would send it"
    }
  }
}
