/// A path into a JSON document (RFC 6901): `/data/object/id`.
package struct JSONPointer: Sendable, Hashable {
  /// One step: a key of an object or, where it looks like one, an index of an array.
  package struct Token: Sendable, Hashable {
    package let key: [UInt8]
    /// Set when the key is `0` or digits without a leading zero.
    package let index: Int?

    init(_ key: [UInt8]) {
      self.key = key
      index = JSONPointer.index(key)
    }
  }

  /// Longer paths are mistakes: no provider's event has its id this deep.
  package static let tokensMax = 64

  package let tokens: [Token]
  /// The text it was made from.
  package let text: String

  /// Reads a pointer: empty for the whole document, else `/` before every step, `~0` for `~`
  /// and `~1` for `/` inside a step.
  package init(_ text: String) throws(JSONPointerError) {
    var tokens: [Token] = []
    var bytes = Array(text.utf8)[...]
    if let first = bytes.first, first != UInt8(ascii: "/") {
      throw JSONPointerError.noLeadingSlash(text)
    }
    while bytes.popFirst() != nil {
      let end = bytes.firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
      let key = try Self.key(bytes[..<end], of: text)
      guard tokens.count < Self.tokensMax else { throw JSONPointerError.tooManySteps(text) }
      tokens.append(Token(key))
      bytes = bytes[end...]
    }
    self.tokens = tokens
    self.text = text
  }

  private static func key(
    _ escaped: ArraySlice<UInt8>,
    of text: String
  ) throws(JSONPointerError) -> [UInt8] {
    var key: [UInt8] = []
    var rest = escaped
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        key.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): key.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): key.append(UInt8(ascii: "/"))
      default: throw JSONPointerError.badEscape(text)
      }
    }
    return key
  }

  /// Eighteen digits cannot overflow, and no array has so many elements.
  private static func index(_ key: [UInt8]) -> Int? {
    guard key.count >= 1, key.count <= 18 else { return nil }
    guard key.count == 1 || key[0] != UInt8(ascii: "0") else { return nil }
    var value = 0
    for byte in key {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }
}

extension JSONPointer: CustomStringConvertible {
  package var description: String { text }
}

/// Why a text is not a JSON Pointer.
package enum JSONPointerError: Error, Equatable, Sendable {
  case noLeadingSlash(String)
  case badEscape(String)
  case tooManySteps(String)
}

extension JSONPointerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noLeadingSlash(let text):
      "the JSON pointer \"\(text)\" does not start with a slash; write \"/\(text)\""
    case .badEscape(let text):
      "the JSON pointer \"\(text)\" has a ~ that is not ~0 or ~1; write ~0 for ~ and ~1 for /"
    case .tooManySteps(let text):
      "the JSON pointer \"\(text.prefix(32))…\" has more than \(JSONPointer.tokensMax) steps; "
        + "name a value nearer to the root"
    }
  }
}
