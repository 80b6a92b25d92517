import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What a provider might send, for each that can be signed for: secret, body and address.
struct Sample: Sendable, CustomTestStringConvertible {
  let profile: Profile
  let secret: Secret
  let body: String
  let url = "https://hooks.example.com/in/source?a=1"

  var testDescription: String { profile.id }

  static let secretText = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="

  private static let object =
    #"{"id":"in_body","event_id":"in_body","type":"t.body","eventType":"t.body","#
    + #""event":{"type":"t.body"},"text":"Grüße \"x\" 🚀"}"#

  private static let bodies = [
    "adyen-item": """
    {"notificationItems":[{"NotificationRequestItem":{"pspReference":"7914073381342284",\
    "merchantAccountCode":"Shop","merchantReference":"a:b","amount":{"value":1130,\
    "currency":"EUR"},"eventCode":"AUTHORISATION","success":"true"}},\
    {"NotificationRequestItem":{"pspReference":"8","merchantAccountCode":"Shop",\
    "merchantReference":"c","amount":{"value":1,"currency":"EUR"},"eventCode":"CAPTURE",\
    "success":"false"}}]}
    """,
    "gitea-form": "payload=%7B%22id%22%3A1%7D",
    "mailgun":
      #"{"signature":{"token":"a8ce0edb2dd8301dee6c2405235584e4"},"event-data":{"id":"x"}}"#,
    "microsoft-graph": #"{"value":[{"id":"a","changeType":"created"},{"id":"b"}]}"#,
    "twilio-form": "CallSid=CA1234567890ABCDE&From=%2B14158675309&To=%2B18005551212",
  ]

  private init?(_ profile: Profile) throws {
    let needsPublicKey =
      profile.key.kind != .symmetric && profile.key.privateKeyPrefix == nil
    guard !needsPublicKey else { return nil }
    self.profile = profile
    body = Self.bodies[profile.id] ?? Self.object
    var text = Self.secretText
    switch profile.key.encoding {
    case .hex: text = String(repeating: "0a", count: 32)
    case .base64 where profile.key.strip == nil: text = "c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
    default: if let count = profile.key.byteCount { text = String(repeating: "k", count: count) }
    }
    secret = try Secret(text)
  }

  static let all: [Sample] = {
    do {
      return try Profile.catalogue.compactMap { try Sample($0) }
    } catch {
      preconditionFailure("a sample has no secret: \(error)")
    }
  }()

  /// Whether the body is signed, and nothing put into it.
  var takesAnyBody: Bool {
    guard let scheme = profile.signatureScheme, scheme.message.contains(.body) else { return false }
    // Bodies in brackets only: what is signed with them would not say where they begin.
    let touching = ["hubspot-v1", "hubspot-v2", "hubspot-v3", "square", "trello", "x-twitter"]
    guard !touching.contains(profile.id) else { return false }
    return scheme.timestamp?.places.contains { $0.description.hasPrefix("json:") } != true
  }

  func verifier(secret other: Secret? = nil) throws -> Verifier {
    try Verifier(profile: profile, secrets: [other ?? secret], parameters: parameters)
  }

  /// A secret of the same form, with which nothing was signed.
  func otherSecret() throws -> Secret {
    if let count = profile.key.byteCount { return try Secret(String(repeating: "x", count: count)) }
    let start = profile.key.encoding == .hex ? "ff" : ""
    return try Secret(start + String(repeating: "0a", count: 16))
  }

  /// What the profile asks for, and nothing else.
  var parameters: [String: String] {
    let known = [
      "webhook_id": "1JE1", "audience": "https://example.com", "service_account": "a@b.example",
    ]
    let names = profile.settings.map(\.name)
    return known.filter { names.contains($0.key) }
  }

  func signer(_ secrets: [Secret]? = nil) -> WebhookSigner {
    var signer = WebhookSigner(profile, secrets: secrets ?? [secret])
    signer.parameters = parameters
    return signer
  }

  func request(at time: Timestamp = .now) throws -> WebhookRequest {
    try signer().request(body: body, id: "in_header", type: "t.h", timestamp: time, url: url)
  }
}
