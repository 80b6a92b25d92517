/// One step over text that ought to be UTF-8.
package enum UTF8Step: Equatable, Sendable {
  /// A well-formed sequence of so many bytes.
  case valid(Int)
  /// So many bytes that begin a sequence and do not complete it: one U+FFFD in their place.
  case invalid(Int)

  /// Looks at the sequence that starts at `position`, by table 3-7 of the Unicode Standard.
  ///
  /// The second byte carries the bounds that rule out overlong forms, surrogates and numbers
  /// beyond U+10FFFF.
  package static func at(_ position: Int, in text: Span<UInt8>) -> UTF8Step {
    let first = text[position]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xbf
    switch first {
    case 0x00...0x7f: return .valid(1)
    case 0xc2...0xdf: length = 2
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xe1...0xec, 0xee...0xef: length = 3
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: length = 4
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    default: return .invalid(1)
    }
    guard position + 1 < text.count, second.contains(text[position + 1]) else {
      return .invalid(1)
    }
    for index in 2..<max(2, length) {
      guard position + index < text.count, text[position + index] & 0xc0 == 0x80 else {
        return .invalid(index)
      }
    }
    return .valid(length)
  }
}
