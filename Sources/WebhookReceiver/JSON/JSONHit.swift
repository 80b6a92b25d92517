/// Where a value stands in a JSON text, and what it is.
package struct JSONHit: Sendable, Hashable {
  package enum Kind: UInt8, Sendable {
    /// A string whose bytes between the quotes are its text.
    case plainString
    /// A string with at least one backslash.
    case escapedString
    case number
    case `true`
    case `false`
    case null
    case object
    case array
  }

  /// The whole value as it is written: a string with its quotes, a container with its brackets.
  package let range: Range<Int>
  package let kind: Kind

  /// The bytes that carry the value: of a string those between the quotes.
  ///
  /// Of a plain string and of a number they are its text, without a copy.
  package var content: Range<Int> {
    switch kind {
    case .plainString, .escapedString: range.lowerBound + 1..<range.upperBound - 1
    default: range
    }
  }

  /// A value that has been walked over; its first byte says what it is.
  init(_ range: Range<Int>, in bytes: borrowing JSONBytes) {
    self.range = range
    switch bytes.byte(at: range.lowerBound) {
    case UInt8(ascii: "\""):
      let isEscaped = bytes.hasBackslash(in: range)
      kind = isEscaped ? .escapedString : .plainString
    case UInt8(ascii: "{"): kind = .object
    case UInt8(ascii: "["): kind = .array
    case UInt8(ascii: "t"): kind = .true
    case UInt8(ascii: "f"): kind = .false
    case UInt8(ascii: "n"): kind = .null
    default: kind = .number
    }
  }
}

extension JSONHit {
  /// The text that the value stands for: a string unescaped, a number's digits, `true` or `false`;
  /// nil for the others, which have no text.
  ///
  /// `text` must be the one that the hit was found in.
  package func text(in text: Span<UInt8>) -> [UInt8]? {
    switch kind {
    case .null, .object, .array: nil
    case .escapedString: JSONEscape.unescaped(content, in: text)
    case .plainString, .number, .true, .false: Self.copy(text.extracting(content))
    }
  }

  private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    [UInt8](capacity: bytes.count) { output in
      for index in bytes.indices { output.append(bytes[index]) }
    }
  }
}

extension JSONBytes {
  /// Whether a string that has been walked over holds an escape.
  ///
  /// A lane that is zero after the XOR is a backslash; the lowest that is found is one.
  func hasBackslash(in range: Range<Int>) -> Bool {
    var position = range.lowerBound
    while position < range.upperBound {
      let lanes = word(at: position) ^ 0x5c5c_5c5c_5c5c_5c5c
      let found = (lanes &- 0x0101_0101_0101_0101) & ~lanes & 0x8080_8080_8080_8080
      if found != 0 { return position + found.trailingZeroBitCount >> 3 < range.upperBound }
      position += 8
    }
    return false
  }
}
