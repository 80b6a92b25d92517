/// The escapes inside JSON strings.
package enum JSONEscape {
  package enum Unit: Equatable, Sendable {
    /// `\n` and the like: one ASCII character.
    case ascii(UInt8)
    /// `\uXXXX`: one UTF-16 unit, which may be half of a pair.
    case utf16(UInt16)
  }

  /// Reads the escape whose backslash is at `position`, and moves behind it.
  package static func unit(
    at position: inout Int,
    in text: Span<UInt8>
  ) throws(JSONError) -> Unit {
    let start = position
    guard text.count - start >= 2 else { throw JSONError(.unexpectedEnd, at: text.count) }
    let letter = text[start + 1]
    position = start + 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return .ascii(letter)
    case UInt8(ascii: "b"): return .ascii(0x08)
    case UInt8(ascii: "f"): return .ascii(0x0c)
    case UInt8(ascii: "n"): return .ascii(0x0a)
    case UInt8(ascii: "r"): return .ascii(0x0d)
    case UInt8(ascii: "t"): return .ascii(0x09)
    case UInt8(ascii: "u"): break
    default: throw JSONError(.malformedEscape, at: start)
    }
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard position < text.count else { throw JSONError(.unexpectedEnd, at: position) }
      guard let digit = Hex.value(of: text[position]) else {
        throw JSONError(.malformedEscape, at: start)
      }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return .utf16(value)
  }

  /// The text that the raw bytes of a string stand for.
  ///
  /// The range must lie in a text that has been walked over, and so is valid: one of a token of
  /// `JSONReader`, or the content of a `JSONHit`.
  package static func unescaped(_ range: Range<Int>, in text: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    append(range, in: text, to: &bytes)
    return bytes
  }

  /// Appends the text that the raw bytes of a checked string stand for.
  package static func append(
    _ range: Range<Int>,
    in text: Span<UInt8>,
    to bytes: inout [UInt8]
  ) {
    var position = range.lowerBound
    while position < range.upperBound {
      guard text[position] == UInt8(ascii: "\\") else {
        bytes.append(text[position])
        position += 1
        continue
      }
      guard let scalar = scalar(at: &position, in: text) else { return }
      bytes.append(contentsOf: scalar)
    }
  }

  /// The UTF-8 of the escape or surrogate pair at `position`, which is moved behind it.
  ///
  /// In a checked string there is one; elsewhere it may be nil.
  @inline(__always) static func scalar(
    at position: inout Int,
    in text: Span<UInt8>
  ) -> Unicode.UTF8.EncodedScalar? {
    var number: UInt32
    switch try? unit(at: &position, in: text) {
    case nil: return nil
    case .ascii(let byte)?: number = UInt32(byte)
    case .utf16(let first)?:
      number = UInt32(first)
      guard first & 0xfc00 == 0xd800 else { break }
      guard case .utf16(let second)? = try? unit(at: &position, in: text) else { return nil }
      number = 0x10000 + (number & 0x3ff) << 10 + UInt32(second & 0x3ff)
    }
    return Unicode.Scalar(number).flatMap { UTF8.encode($0) }
  }
}

extension JSONEscape {
  /// The text with every character beyond ASCII as `\uXXXX`, in lower-case digits and pairs for
  /// those beyond the first plane: what some providers sign instead of what they send.
  ///
  /// Bytes that are not UTF-8 stay as they are.
  static func escapingBeyondASCII(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(where: { $0 >= 0x80 }) else { return text }
    var escaped: [UInt8] = []
    // Two bytes become six at most, and three and four no more than three times as many.
    escaped.reserveCapacity(text.count * 3)
    let bytes = text.span
    var position = 0
    while position < bytes.count {
      let first = bytes[position]
      guard first >= 0x80, case .valid(let length) = UTF8Step.at(position, in: bytes) else {
        escaped.append(first)
        position += 1
        continue
      }
      var scalar = UInt32(first) & (0x7f >> UInt32(length))
      for offset in 1..<length { scalar = scalar << 6 | UInt32(bytes[position + offset] & 0x3f) }
      if scalar >= 0x10000 {
        append(0xd800 + (scalar - 0x10000) >> 10, to: &escaped)
        append(0xdc00 + (scalar - 0x10000) & 0x3ff, to: &escaped)
      } else {
        append(scalar, to: &escaped)
      }
      position += length
    }
    return escaped
  }

  private static func append(_ unit: UInt32, to escaped: inout [UInt8]) {
    escaped.append(UInt8(ascii: "\\"))
    escaped.append(UInt8(ascii: "u"))
    for shift: UInt32 in [12, 8, 4, 0] { escaped.append(Hex.digit(UInt8(unit >> shift & 0x0f))) }
  }
}
