/// What a body must look like.
///
/// For schemes whose signed bytes do not say where the body begins and ends.
struct BodyRule: Sendable {
  /// Codes of short texts are given to whoever asks (X's challenge), and no such text is an event:
  /// the body begins as an object does, which no such text can.
  private let isObject: Bool
  /// Where the URL stands right before or behind the body, bytes could be moved from one to the
  /// other: the body is in brackets, and the query holds none.
  private let touchesURL: Bool
  /// A plain hash with the secret in front can be continued by anybody (length extension): what
  /// continues it holds zeros, with which the hash function fills its blocks (FIPS 180-4, 5.1).
  private let isContinuable: Bool

  /// Nil where the message says all.
  init?(_ profile: Profile, _ scheme: Profile.SignatureScheme) {
    isObject = profile.handshakes.contains(.crcToken) && scheme.message == [.body]
    touchesURL = zip(scheme.message, scheme.message.dropFirst()).contains { first, second in
      first == .body && Self.isURL(second) || Self.isURL(first) && second == .body
    }
    isContinuable = scheme.mac == .hash && scheme.message.first == .secret
    guard isObject || touchesURL || isContinuable else { return nil }
  }

  private static func isURL(_ part: Profile.MessagePart) -> Bool {
    part == .url || part == .path || part == .pathEscapingQuery
  }

  func check(_ request: WebhookRequest) throws(VerificationError) {
    let body = request.body
    if isContinuable, body.contains(0) {
      throw .requirementNotMet("the body holds a zero byte, as a continued hash does")
    }
    if isObject, body.first(where: { !Self.isBlank($0) }) != UInt8(ascii: "{") {
      throw .requirementNotMet("the body is no JSON object")
    }
    guard touchesURL else { return }
    if EndpointURL.signedQuery(of: request).contains(where: { "{}[]".utf8.contains($0) }) {
      throw .requirementNotMet("the query holds a bracket, and only the body may")
    }
    // Of no body at all, nothing can have been moved.
    guard let first = body.first(where: { !Self.isBlank($0) }) else { return }
    let last = body.last { !Self.isBlank($0) }
    guard
      first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
        || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
    else { throw .requirementNotMet("the body is no JSON object or array") }
  }

  /// The blanks of JSON (RFC 8259 section 2).
  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }
}
