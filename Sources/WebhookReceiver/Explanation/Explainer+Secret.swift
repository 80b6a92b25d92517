/// Secrets that were copied wrongly, or are read in another form than they were made.
extension Explainer {
  mutating func secretCauses(_ guess: inout Guess) -> [Explanation] {
    for (index, secret) in secrets.enumerated() {
      let name = secrets.count > 1 ? "secret number \(index + 1)" : "the secret"
      let text = secret.withBytes { span in span.indices.map { span[$0] } }
      if let found = blanks(text, name, &guess) { return [found] }
      if let found = prefixes(text, name, &guess) { return [found] }
      if let found = encodings(text, name, &guess) { return [found] }
    }
    return []
  }

  private mutating func fits(
    _ text: [UInt8],
    _ key: Profile.KeyRule? = nil,
    _ guess: inout Guess
  ) -> Bool {
    guard let string = String(validating: text, as: UTF8.self), let secret = try? Secret(string)
    else { return false }
    var other = profile
    if let key { other.key = key }
    return fits(&guess, profile: other, secret: secret)
  }

  // MARK: Blanks

  private mutating func blanks(
    _ text: [UInt8],
    _ name: String,
    _ guess: inout Guess
  ) -> Explanation? {
    let trimmed = SecretText.trimmed(text)
    let solid = SecretText.solid(text)
    for candidate in [trimmed, solid] where candidate != text && fits(candidate, nil, &guess) {
      return Explanation(
        .secretWhitespace,
        "\(name) has blanks, line ends or quotes that are no part of it; store it without them"
      )
    }
    for end in ["\n", "\r\n", " "] where fits(text + Array(end.utf8), nil, &guess) {
      let blank = end == " " ? "a blank" : "a line end"
      return Explanation(
        .secretWhitespace,
        "the sender's secret ends with \(blank) that \(name) does not have; set it anew at the "
          + "sender without one"
      )
    }
    return nil
  }

  // MARK: Prefixes

  /// What providers and people put in front of secrets.
  private static let knownPrefixes = [
    "whsec_", "whpk_", "v1,", "v1,whsec_", "secret_", "Bearer ", "Basic ", "token ", "sha256=",
    "literal:", "env:", "hex:", "base64:", "0x",
  ]
  /// No provider's own prefix is longer.
  private static let prefixBytesMax = 20

  private mutating func prefixes(
    _ text: [UInt8],
    _ name: String,
    _ guess: inout Guess
  ) -> Explanation? {
    for prefix in Self.knownPrefixes {
      let bytes = Array(prefix.utf8)
      if text.starts(with: bytes), fits(Array(text.dropFirst(bytes.count)), nil, &guess) {
        return Explanation(
          .secretPrefix,
          "\(name) begins with \"\(prefix)\", which is no part of it here; store it without that"
        )
      }
      if !text.starts(with: bytes), fits(bytes + text, nil, &guess) {
        return Explanation(
          .secretPrefix,
          "\(name) lacks \"\(prefix)\" at its beginning, which is part of it; store all of it"
        )
      }
    }
    let separators = Array("_-:,=/ ".utf8)
    for end in text.indices.prefix(Self.prefixBytesMax) where separators.contains(text[end]) {
      if fits(Array(text[(end + 1)...]), nil, &guess) {
        return Explanation(
          .secretPrefix,
          "the first \(end + 1) characters of \(name) are no part of it; store it without them"
        )
      }
    }
    return nil
  }

  // MARK: Encodings

  private mutating func encodings(
    _ text: [UInt8],
    _ name: String,
    _ guess: inout Guess
  ) -> Explanation? {
    var bases = [text]
    for prefix in [profile.key.strip ?? "", "whsec_"] {
      let bytes = Array(prefix.utf8)
      guard !bytes.isEmpty, text.starts(with: bytes), text.count > bytes.count else { continue }
      bases.append(Array(text.dropFirst(bytes.count)))
    }
    for base in bases {
      for (form, key) in SecretText.readings(base) {
        // As the key itself, and as the text that the provider showed.
        guard fits(key, as: form, &guess) || form.isEncoded && fits(key, nil, &guess) else {
          continue
        }
        return Explanation(
          .secretEncoding,
          "the key is \(name) \(form.rawValue), and here it is read \(ownForm); "
            + "give it in the form that the profile reads"
        )
      }
      for (form, key) in SecretText.writings(base) where fits(key, as: .text, &guess) {
        return Explanation(
          .secretEncoding,
          "the key is \(name) written \(form), and here it is read \(ownForm); give it as the "
            + "sender has it"
        )
      }
    }
    return nil
  }

  /// Whether the engine accepts these bytes as the key, whatever form the profile reads.
  private mutating func fits(
    _ key: [UInt8],
    as form: SecretText.Form,
    _ guess: inout Guess
  ) -> Bool {
    var rule = Profile.KeyRule(.hex, kind: profile.key.kind)
    guard rule.kind == .ecdsaP256 || rule.kind == .rsa || rule.kind == .public else {
      return fits(Array(Hex.encode(key).utf8), rule, &guess)
    }
    rule.encoding = .base64
    return fits(Array(Base64.encode(key).utf8), rule, &guess)
  }

  private var ownForm: String {
    switch profile.key.encoding {
    case .text: "as text"
    case .base64: "as base64"
    case .hex: "as hexadecimal digits"
    case .pem: "as PEM"
    case .jwks: "as a JSON Web Key Set"
    }
  }
}

/// Forms that one secret is seen in.
enum SecretText {
  enum Form: String {
    case text = "as text"
    case base64 = "decoded from base64"
    case base64url = "decoded from base64url"
    case hex = "decoded from hexadecimal digits"

    var isEncoded: Bool { self != .text }
  }

  /// The keys that a text may stand for.
  static func readings(_ text: [UInt8]) -> [(Form, [UInt8])] {
    let decoded: [(Form, [UInt8]?)] = [
      (.text, text),
      (.base64, Base64.decode(text.span, padding: .optional)),
      (
        .base64url,
        Base64.decode(String(decoding: text, as: UTF8.self), alphabet: .url, padding: .optional)
      ),
      (.hex, Hex.decode(text.span, lowercaseOnly: false)),
    ]
    return decoded.compactMap { form, key in
      key.flatMap { $0.isEmpty ? nil : (form, $0) }
    }
  }

  /// The texts that a text may have been written as.
  static func writings(_ text: [UInt8]) -> [(String, [UInt8])] {
    let hex = Hex.encode(text)
    return [
      ("in base64", Array(Base64.encode(text).utf8)),
      ("in base64url", Array(Base64.encode(text, alphabet: .url, padding: .none).utf8)),
      ("in hexadecimal digits", Array(hex.utf8)),
      ("in hexadecimal digits", Array(hex.uppercased().utf8)),
    ]
  }

  /// Without blanks, quotes and invisible characters at both ends.
  static func trimmed(_ text: [UInt8]) -> [UInt8] {
    let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
    guard let first = scalars.firstIndex(where: { !isPadding($0) }),
      let last = scalars.lastIndex(where: { !isPadding($0) })
    else { return text }
    return bytes(scalars[first...last])
  }

  /// Without blanks anywhere: a secret that was wrapped at the end of a line.
  static func solid(_ text: [UInt8]) -> [UInt8] {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    return bytes(scalars.filter { !isPadding($0) })
  }

  private static func bytes(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt8] {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return Array(String(text).utf8)
  }

  /// Blanks, quotes, the byte order mark and what has no width.
  private static func isPadding(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace
      || "\"'`\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}“”‘’"
        .unicodeScalars.contains(scalar)
  }
}
