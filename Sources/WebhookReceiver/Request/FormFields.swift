/// The fields of `application/x-www-form-urlencoded`, in the order received
/// (URL Standard, section 5.1).
struct FormFields: Sendable {
  struct Field: Sendable {
    var name: [UInt8]
    var value: [UInt8]
  }

  /// More fields than any webhook has; a body of `&` alone would make ten million.
  static let fieldsMax = 1000

  private(set) var fields: [Field] = []
  /// Whether an escape is written `%2b`: RFC 3986 section 2.1 asks for `%2B`, and senders do so.
  let hasLowercaseEscapes: Bool

  /// Nil when there are more fields than `fieldsMax`.
  ///
  /// An escape that is none stays as it is, as in every browser: no signature hangs on it, because
  /// the decoded text is what was signed.
  init?(_ text: ArraySlice<UInt8>) {
    hasLowercaseEscapes = Self.hasLowercaseEscapes(text)
    var rest = text
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.endIndex
      let piece = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      guard !piece.isEmpty else { continue }
      guard fields.count < Self.fieldsMax else { return nil }
      let middle = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
      fields.append(
        Field(
          name: Self.decoded(piece[..<middle]),
          value: Self.decoded(piece[min(middle + 1, piece.endIndex)...])
        )
      )
    }
  }

  /// The value of the one field of this name; `place` is its name in an error.
  func only(_ name: String, _ place: String) throws(VerificationError) -> [UInt8]? {
    var found: [UInt8]?
    for field in fields where field.name.elementsEqual(name.utf8) {
      guard found == nil else { throw .malformedHeader(name: place) }
      found = field.value
    }
    return found
  }

  /// Names and values one after the other: names in the order of their bytes, the values of one
  /// name likewise, each once (Twilio).
  var sortedText: [UInt8] {
    let sorted = fields.sorted { left, right in
      left.name == right.name
        ? left.value.lexicographicallyPrecedes(right.value)
        : left.name.lexicographicallyPrecedes(right.name)
    }
    var text: [UInt8] = []
    for (index, field) in sorted.enumerated() {
      if index > 0, sorted[index - 1].name == field.name, sorted[index - 1].value == field.value {
        continue
      }
      text += field.name
      text += field.value
    }
    return text
  }

  private static func hasLowercaseEscapes(_ text: ArraySlice<UInt8>) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
    return text.indices.dropLast(2).contains { index in
      text[index] == UInt8(ascii: "%")
        && (letters.contains(text[index + 1]) || letters.contains(text[index + 2]))
    }
  }

  private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      let byte = text[index]
      if byte == UInt8(ascii: "%"), index + 2 < text.endIndex,
        let high = Hex.value(of: text[index + 1]), let low = Hex.value(of: text[index + 2])
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        index += 1
      }
    }
    return bytes
  }
}
