/// A JSON Web Token in its compact form (RFC 7519, RFC 7515 section 7.1), not yet verified.
///
/// Its claims cannot be read before its signature has been checked: they are a stranger's words.
struct JSONWebToken: Sendable {
  /// Longer than any provider's.
  static let bytesMax = 16 << 10

  enum Algorithm: String, CaseIterable, Sendable {
    case hs256 = "HS256"
    case es256 = "ES256"
    case rs256 = "RS256"
    case edDSA = "EdDSA"

    var signature: SignatureAlgorithm? {
      switch self {
      case .hs256: nil
      case .es256: .ecdsaP256SHA256Raw
      case .rs256: .rsaPKCS1SHA256
      case .edDSA: .ed25519
      }
    }
  }

  /// The algorithm that the token names; what may be used, the receiver says.
  let algorithm: Algorithm
  /// The key that the token names.
  let keyID: String?
  private let message: [UInt8]
  private let claims: [UInt8]
  private let signature: [UInt8]

  /// Nil when it is no token, or one that asks for what is not understood (`crit`, `none`).
  init?(_ text: ArraySlice<UInt8>) {
    guard text.count <= Self.bytesMax else { return nil }
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.decoded(parts[0]),
      let claims = Self.decoded(parts[1]),
      let signature = Self.decoded(parts[2]), let value = try? JSONValue.parse(header),
      value["crit"] == nil, let name = value["alg"]?.string,
      let algorithm = Algorithm(rawValue: name)
    else { return nil }
    self.algorithm = algorithm
    keyID = value["kid"]?.string
    message = Array(text[parts[0].startIndex..<parts[1].endIndex])
    self.claims = claims
    self.signature = signature
  }

  private static func decoded(_ part: ArraySlice<UInt8>) -> [UInt8]? {
    Base64.decode(part.span, alphabet: .url, padding: .none)
  }

  /// The claims, once the signature is that of the key; nil when it is not.
  func claims(verifiedBy key: PublicKey) -> Claims? {
    guard let algorithm = algorithm.signature,
      key.verifies(signature.span, of: message.span, by: algorithm)
    else { return nil }
    return Claims(claims)
  }

  /// The claims, once the code is that of the shared key; nil when it is not.
  func claims(verifiedBy key: AuthenticationKey) -> Claims? {
    guard algorithm == .hs256, let code = key.code(of: message.span),
      ConstantTime.isEqual(code.span, signature.span)
    else { return nil }
    return Claims(claims)
  }

  /// What a token says, by somebody whose key was known.
  struct Claims: Sendable {
    private let value: JSONValue

    fileprivate init?(_ bytes: [UInt8]) {
      guard let value = try? JSONValue.parse(bytes), value.object != nil else { return nil }
      self.value = value
    }

    /// A text, or `true` and `false` as such.
    func text(_ name: String) -> String? {
      switch value[name] {
      case .string(let text): text
      case .bool(let flag): flag ? "true" : "false"
      default: nil
      }
    }

    /// Whether a claim that may be a list (`aud`) holds the text.
    func holds(_ text: String, in name: String) -> Bool {
      if let list = value[name]?.array { return list.contains(.string(text)) }
      return self.text(name) == text
    }

    /// Seconds since 1970 (NumericDate); a fraction is dropped.
    ///
    /// - Throws: when the claim is there and no time: a limit that cannot be read is none.
    func time(_ name: String) throws(VerificationError) -> Timestamp? {
      guard let claim = value[name] else { return nil }
      // 1.7e9 is a number too, and nobody writes times so: cut at the point it would be another.
      guard case .number(let digits) = claim, !digits.utf8.contains(where: { $0 | 0x20 == 0x65 }),
        let time = Timestamp(unixSeconds: String(digits.prefix { $0 != "." }).utf8.span)
      else { throw .requirementNotMet("the token's claim \(name) is no time") }
      return time
    }
  }
}
