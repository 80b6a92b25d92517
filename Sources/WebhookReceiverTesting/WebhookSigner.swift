public import WebhookReceiver

/// Sends webhooks as a provider would, so that handlers are tested through the verifier.
///
///     let signer = WebhookSigner(.stripe, secret: secret)
///     let request = try signer.request(body: #"{"id": "evt_1", "type": "charge.succeeded"}"#)
///     let webhook = try verifier.verify(request)
///
/// Every scheme with a shared secret can be signed, and `v1a` of Standard Webhooks with a private
/// key (`whsk_…`).
public struct WebhookSigner: Sendable {
  /// The scheme that is signed under.
  public var profile: Profile
  /// The secrets that are signed with: more than one is a rotation.
  public var secrets: [Secret]
  /// Settings that the scheme asks for by name, as the verifier has them.
  public var parameters: [String: String] = [:]

  /// Makes a signer with one secret.
  public init(_ profile: Profile, secret: Secret) {
    self.init(profile, secrets: [secret])
  }

  /// Makes a signer of a provider in the middle of a rotation.
  public init(_ profile: Profile, secrets: [Secret]) {
    self.profile = profile
    self.secrets = secrets
  }

  /// A request as a provider would send it.
  ///
  /// Where the scheme has its signature or its time in the body, the body that is sent differs from
  /// the one that is given.
  ///
  /// - Parameters:
  ///   - body: the body.
  ///   - id: the event's id, where the provider sends it in a header; nil: a random one.
  ///   - type: the event's type, where the provider sends it in a header; nil: a usual one.
  ///   - timestamp: when it is sent.
  ///   - url: the address of the endpoint with its query, for schemes that sign it.
  ///   - method: the method.
  /// - Returns: a request that verifies under any of the secrets.
  /// - Throws: when a secret is not one of this provider's, or a receiver would refuse the id.
  public func request(
    body: [UInt8],
    id: String? = nil,
    type: String? = nil,
    timestamp: Timestamp = .now,
    url: String? = nil,
    method: String = "POST"
  ) throws(SigningError) -> WebhookRequest {
    var event = Signer.Event(body: body, timestamp: timestamp)
    event.id = id
    event.type = type
    event.url = url
    event.method = method
    return try Signer(profile, secrets: secrets, parameters: parameters).request(event)
  }

  /// A request as a provider would send it, with a body of text; see `request(body: [UInt8])`.
  ///
  /// - Throws: when a secret is not one of this provider's, or a receiver would refuse the id.
  public func request(
    body: String,
    id: String? = nil,
    type: String? = nil,
    timestamp: Timestamp = .now,
    url: String? = nil,
    method: String = "POST"
  ) throws(SigningError) -> WebhookRequest {
    try request(
      body: Array(body.utf8),
      id: id,
      type: type,
      timestamp: timestamp,
      url: url,
      method: method
    )
  }

  /// The header fields that a provider would send with this body.
  ///
  /// - Parameters:
  ///   - body: the body, byte for byte as it will be sent.
  ///   - id: the event's id, where the provider sends it in a header; nil: a random one.
  ///   - type: the event's type, where the provider sends it in a header; nil: a usual one.
  ///   - timestamp: when it is sent.
  /// - Returns: the fields, the signature last.
  /// - Throws: as `request` does, and for schemes whose signature goes into the body.
  public func headers(
    body: [UInt8],
    id: String? = nil,
    type: String? = nil,
    timestamp: Timestamp = .now
  ) throws(SigningError) -> HeaderFields {
    var event = Signer.Event(body: body, timestamp: timestamp)
    event.id = id
    event.type = type
    let signer = Signer(profile, secrets: secrets, parameters: parameters)
    return HeaderFields(try signer.headers(event).map { ($0.name, $0.value) })
  }
}
