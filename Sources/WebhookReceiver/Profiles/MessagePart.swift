extension Profile {
  /// A part of what is signed.
  ///
  /// Texts of the request are signed as they were received: nothing is parsed and printed again.
  @nonexhaustive
  public enum MessagePart: Sendable, Hashable {
    /// These characters.
    case literal(String)
    /// The body, byte for byte.
    case body
    /// The text that the timestamp was read from.
    case timestamp
    /// The text of the event's id.
    case id
    /// The value of a header that must be there; the first that is present counts.
    case header([String])
    /// The method: `POST`.
    case method
    /// The URL of the endpoint as the provider knows it, with the query of the request.
    case url
    /// Path and query, as received; with a configured URL, its path and the query of the request.
    case path
    /// Path and query, with the query escaped once more as if it were one value (Contentful).
    case pathEscapingQuery
    /// The secret itself, in schemes that hash it with the message instead of keying an HMAC.
    case secret
    /// The text of a field of the body.
    case field(Field)
    /// The last step of the field's pointer, a line feed, its text, and a line feed (SNS).
    case fieldLine(Field)
    /// The value of a field of a form, decoded.
    case form(String)
    /// The keys and values of a form in the order of their bytes, without separators (Twilio).
    case formSorted
    /// The headers that this header lists: `name:value`, sorted, with `;` between (Contentful).
    case signedHeaders(String)
    /// A setting that the operator gives the verifier by this name, such as PayPal's webhook id.
    case parameter(String)
    /// The CRC-32 of the body as a decimal number (PayPal).
    case bodyCRC32
    /// A digest of the body as text.
    case bodyDigest(Digest, SignatureRule.Encoding)

    /// A field of a JSON body.
    public struct Field: Sendable, Hashable {
      /// The JSON Pointer, from the root or from the item.
      public var pointer: String
      /// Whether the pointer starts at the item, in a body of several.
      public var isInItem: Bool
      /// Whether an absent field stands for an empty text.
      public var isOptional: Bool
      /// Whether the text may hold the literal that follows it.
      ///
      /// Elsewhere such a text is refused: `a:b` and `c` make the same message as `a` and `b:c`.
      /// At most one field of a message can be free in this way.
      public var mayHoldDelimiter: Bool

      /// Names a field.
      public init(
        _ pointer: String,
        isInItem: Bool = false,
        isOptional: Bool = false,
        mayHoldDelimiter: Bool = false
      ) {
        self.pointer = pointer
        self.isInItem = isInItem
        self.isOptional = isOptional
        self.mayHoldDelimiter = mayHoldDelimiter
      }
    }
  }
}

extension Profile.MessagePart: ExpressibleByStringLiteral {
  /// Characters between the parts.
  public init(stringLiteral value: String) { self = .literal(value) }
}

extension Profile.MessagePart: CustomStringConvertible {
  /// The part in the notation of profiles: `{timestamp}`, `.`, `{body}`.
  public var description: String {
    switch self {
    case .literal(let text): text
    case .body: "{body}"
    case .timestamp: "{timestamp}"
    case .id: "{id}"
    case .method: "{method}"
    case .url: "{url}"
    case .path: "{path}"
    case .pathEscapingQuery: "{path_escaping_query}"
    case .secret: "{secret}"
    case .formSorted: "{form_sorted}"
    case .bodyCRC32: "{crc32}"
    case .header(let names): "{header:\(names.joined(separator: "|"))}"
    case .field(let field): "{\(field.kind("json", "item")):\(field.pointer)}"
    case .fieldLine(let field): "{\(field.kind("line", "item-line")):\(field.pointer)}"
    case .form(let name): "{form:\(name)}"
    case .signedHeaders(let name): "{signed_headers:\(name)}"
    case .parameter(let name): "{parameter:\(name)}"
    case .bodyDigest(let digest, let encoding):
      "{body_digest:\(digest.rawValue):\(encoding.rawValue)}"
    }
  }

  /// The parts that have no parameters.
  private static let plain: [Self] = [
    .body, .timestamp, .id, .method, .url, .path, .pathEscapingQuery, .secret, .formSorted,
    .bodyCRC32,
  ]

  /// Those parts by their text, and the short form of a digest that is asked for most.
  static let words: [(text: String, part: Self)] =
    plain.map { ($0.description, $0) } + [("{body_sha256}", .bodyDigest(.sha256, .hex))]

  /// Reads the notation of profiles; nil when the text in braces is none of the parts.
  ///
  /// A text without braces is itself.
  init?(_ text: String) {
    guard text.hasPrefix("{"), text.hasSuffix("}"), text.utf8.count > 2 else {
      guard !text.isEmpty else { return nil }
      self = .literal(text)
      return
    }
    if let found = Self.words.first(where: { $0.text == text }) {
      self = found.part
      return
    }
    let inner = text.dropFirst().dropLast()
    guard let colon = inner.firstIndex(of: ":") else { return nil }
    var kind = String(inner[..<colon])
    let rest = String(inner[inner.index(after: colon)...])
    guard !rest.isEmpty else { return nil }
    var field = Field(rest)
    while let mark = kind.last, mark == "?" || mark == "*" {
      if mark == "?" { field.isOptional = true } else { field.mayHoldDelimiter = true }
      kind.removeLast()
    }
    let hasMarks = field.isOptional || field.mayHoldDelimiter
    field.isInItem = kind.hasPrefix("item")
    switch kind {
    case "json", "item": self = .field(field)
    case "line", "item-line": self = .fieldLine(field)
    case "header" where !hasMarks:
      self = .header(rest.split(separator: "|", omittingEmptySubsequences: false).map(String.init))
    case "form" where !hasMarks: self = .form(rest)
    case "signed_headers" where !hasMarks: self = .signedHeaders(rest)
    case "parameter" where !hasMarks: self = .parameter(rest)
    case "body_digest" where !hasMarks:
      let words = rest.split(separator: ":", omittingEmptySubsequences: false)
      guard words.count == 2, let digest = Digest(rawValue: String(words[0])),
        let encoding = Profile.SignatureRule.Encoding(rawValue: String(words[1]))
      else { return nil }
      self = .bodyDigest(digest, encoding)
    default: return nil
    }
  }
}

extension Profile.MessagePart.Field {
  fileprivate func kind(_ ofRoot: String, _ ofItem: String) -> String {
    (isInItem ? ofItem : ofRoot) + (isOptional ? "?" : "") + (mayHoldDelimiter ? "*" : "")
  }
}
