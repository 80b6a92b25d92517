/// Reads the text of a signature in the form that its scheme has.
enum SignatureText {
  /// The bytes, whatever their number; nil when the text is not in the form.
  static func decode(
    _ text: Span<UInt8>,
    _ encoding: Profile.SignatureRule.Encoding
  ) -> [UInt8]? {
    switch encoding {
    case .hex: Hex.decode(text, lowercaseOnly: true)
    case .hexAnyCase: Hex.decode(text, lowercaseOnly: false)
    case .base64: Base64.decode(text)
    case .base64url: Base64.decode(text, alphabet: .url, padding: .optional)
    }
  }

  /// Writes the bytes over a code; false when the text is not in the form, or of another length.
  static func decode(
    _ text: Span<UInt8>,
    _ encoding: Profile.SignatureRule.Encoding,
    into code: inout AuthenticationCode
  ) -> Bool {
    switch encoding {
    case .hex: Hex.decode(text, lowercaseOnly: true, into: &code)
    case .hexAnyCase: Hex.decode(text, lowercaseOnly: false, into: &code)
    case .base64: Base64.decode(text, into: &code)
    case .base64url:
      Base64.decode(text, alphabet: .url, padding: .optional, into: &code)
    }
  }

  static func encode(_ bytes: [UInt8], _ encoding: Profile.SignatureRule.Encoding) -> String {
    switch encoding {
    case .hex, .hexAnyCase: Hex.encode(bytes)
    case .base64: Base64.encode(bytes)
    case .base64url: Base64.encode(bytes, alphabet: .url, padding: .none)
    }
  }
}
