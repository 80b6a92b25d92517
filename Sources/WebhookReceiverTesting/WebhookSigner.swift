public import WebhookReceiver

/// Sends webhooks as a provider would, so that handlers are tested through the verifier.
///
///     let signer = WebhookSigner(.stripe, secret: secret)
///     let request = try signer.request(body: #"{"id": "evt_1", "type": "charge.succeeded"}"#)
///     let webhook = try verifier.verify(request)
public struct WebhookSigner: Sendable {
  /// The scheme that is signed under.
  public var profile: Profile
  /// The secrets that are signed with: more than one is a rotation.
  public var secrets: [Secret]

  /// Makes a signer with one secret.
  public init(_ profile: Profile, secret: Secret) {
    self.init(profile, secrets: [secret])
  }

  /// Makes a signer of a provider in the middle of a rotation.
  public init(_ profile: Profile, secrets: [Secret]) {
    self.profile = profile
    self.secrets = secrets
  }

  /// The header fields that a provider would send with this body.
  ///
  /// - Parameters:
  ///   - body: the body, byte for byte as it will be sent.
  ///   - id: the event's id, where the provider sends it in a header; nil: a random one.
  ///   - type: the event's type, where the provider sends it in a header; nil: a usual one.
  ///   - timestamp: when it is sent.
  /// - Returns: the fields, the signature last.
  /// - Throws: when a secret is not one of this provider's, or a receiver would refuse the id.
  public func headers(
    body: [UInt8],
    id: String? = nil,
    type: String? = nil,
    timestamp: Timestamp = .now
  ) throws(SigningError) -> HeaderFields {
    let fields = try Signer.sign(
      profile: profile,
      secrets: secrets,
      body: body,
      id: id,
      timestamp: timestamp,
      type: type
    )
    return HeaderFields(fields.map { ($0.name, $0.value) })
  }

  /// A request as a provider would send it.
  ///
  /// - Parameters:
  ///   - body: the body.
  ///   - id: the event's id, where the provider sends it in a header; nil: a random one.
  ///   - type: the event's type, where the provider sends it in a header; nil: a usual one.
  ///   - timestamp: when it is sent.
  /// - Returns: a request that verifies under any of the secrets.
  /// - Throws: when a secret is not one of this provider's, or a receiver would refuse the id.
  public func request(
    body: [UInt8],
    id: String? = nil,
    type: String? = nil,
    timestamp: Timestamp = .now
  ) throws(SigningError) -> WebhookRequest {
    WebhookRequest(
      headers: try headers(body: body, id: id, type: type, timestamp: timestamp),
      body: body
    )
  }

  /// A request as a provider would send it, with a body of text.
  ///
  /// - Parameters:
  ///   - body: the body.
  ///   - id: the event's id, where the provider sends it in a header; nil: a random one.
  ///   - type: the event's type, where the provider sends it in a header; nil: a usual one.
  ///   - timestamp: when it is sent.
  /// - Returns: a request that verifies under any of the secrets.
  /// - Throws: when a secret is not one of this provider's, or a receiver would refuse the id.
  public func request(
    body: String,
    id: String? = nil,
    type: String? = nil,
    timestamp: Timestamp = .now
  ) throws(SigningError) -> WebhookRequest {
    try request(body: Array(body.utf8), id: id, type: type, timestamp: timestamp)
  }
}
