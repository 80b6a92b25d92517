/// Reads one JSON text, token by token, exactly as RFC 8259 has it.
///
/// The text comes from the network and may be hostile: no recursion (one bit per open level
/// says whether it is an object), no allocation, every byte looked at a bounded number of times,
/// and nothing is taken back: whoever has read `.end` has seen a whole valid document.
package struct JSONReader: ~Escapable {
  /// Deeper than any event of a known provider, and one bit each.
  package static let depthMax = 512

  package enum Token: Equatable {
    case beginObject
    case endObject
    case beginArray
    case endArray
    /// The raw bytes between the quotes; `escaped` says whether they hold a backslash.
    case key(Range<Int>, escaped: Bool)
    case string(Range<Int>, escaped: Bool)
    case number(Range<Int>)
    case bool(Bool)
    case null
    /// The text is complete.
    case end
  }

  private enum Expectation {
    case value
    case valueOrEndArray
    case keyOrEndObject
    case key
    case commaOrEnd
    case end
  }

  package let text: Span<UInt8>
  package private(set) var position = 0
  /// How many objects and arrays are open.
  package private(set) var depth = 0
  private let depthLimit: Int
  /// Bit set: the level is an object.
  private var objects = [8 of UInt64](repeating: 0)
  /// What `objects` says of the innermost level; asked for at every comma.
  private var isInObject = false
  private var expectation = Expectation.value

  @_lifetime(copy text)
  package init(_ text: Span<UInt8>, depthMax: Int = JSONReader.depthMax) {
    self.text = text
    depthLimit = min(depthMax, Self.depthMax)
  }

  /// The next token; `.end` again and again once the text is complete.
  package mutating func next() throws(JSONError) -> Token {
    skipBlanks()
    if expectation == .end {
      guard position == text.count else { throw JSONError(.trailingBytes, at: position) }
      return .end
    }
    if expectation == .commaOrEnd {
      switch try peek() {
      case UInt8(ascii: ","):
        position += 1
        expectation = isInObject ? .key : .value
        skipBlanks()
      case UInt8(ascii: "}"): return try close(object: true)
      case UInt8(ascii: "]"): return try close(object: false)
      default: throw JSONError(.unexpectedByte, at: position)
      }
    }
    switch expectation {
    case .key: return try key()
    case .keyOrEndObject:
      if try peek() == UInt8(ascii: "}") { return try close(object: true) }
      return try key()
    case .valueOrEndArray:
      if try peek() == UInt8(ascii: "]") { return try close(object: false) }
      return try value()
    default: return try value()
    }
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard position < text.count else { throw JSONError(.unexpectedEnd, at: position) }
    return text[position]
  }

  private mutating func skipBlanks() {
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        position += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> Token {
    switch try peek() {
    case UInt8(ascii: "{"): return try open(object: true)
    case UInt8(ascii: "["): return try open(object: false)
    case UInt8(ascii: "\""):
      let (range, escaped) = try string()
      endValue()
      return .string(range, escaped: escaped)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let range = try number()
      endValue()
      return .number(range)
    case UInt8(ascii: "t"):
      try literal("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try literal("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try literal("null")
      return .null
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }

  private mutating func key() throws(JSONError) -> Token {
    guard try peek() == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: position) }
    let (range, escaped) = try string()
    skipBlanks()
    guard try peek() == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
    position += 1
    expectation = .value
    return .key(range, escaped: escaped)
  }

  private mutating func open(object: Bool) throws(JSONError) -> Token {
    guard depth < depthLimit else { throw JSONError(.tooDeep, at: position) }
    let bit = UInt64(1) << UInt64(depth & 63)
    if object {
      objects[depth >> 6] |= bit
    } else {
      objects[depth >> 6] &= ~bit
    }
    depth += 1
    position += 1
    isInObject = object
    expectation = object ? .keyOrEndObject : .valueOrEndArray
    return object ? .beginObject : .beginArray
  }

  private mutating func close(object: Bool) throws(JSONError) -> Token {
    guard isInObject == object else { throw JSONError(.unexpectedByte, at: position) }
    depth -= 1
    position += 1
    if depth > 0 {
      let level = depth - 1
      isInObject = objects[level >> 6] >> UInt64(level & 63) & 1 == 1
    }
    endValue()
    return object ? .endObject : .endArray
  }

  private mutating func endValue() {
    expectation = depth == 0 ? .end : .commaOrEnd
  }

  private mutating func literal(_ word: String) throws(JSONError) {
    let start = position
    for byte in word.utf8 {
      guard position < text.count else { throw JSONError(.unexpectedEnd, at: position) }
      guard text[position] == byte else { throw JSONError(.unexpectedByte, at: start) }
      position += 1
    }
    endValue()
  }
}

extension JSONReader {
  /// Walks over a number: sign, whole part without leading zeros, fraction, exponent.
  private mutating func number() throws(JSONError) -> Range<Int> {
    let start = position
    if text[position] == UInt8(ascii: "-") { position += 1 }
    if position < text.count, text[position] == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits()
    }
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < text.count,
        text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      try digits()
    }
    // What follows a number must end it: `01`, `1x` and `1.2.3` are found here, where they are.
    if position < text.count, Self.continuesNumber(text[position]) {
      throw JSONError(.malformedNumber, at: position)
    }
    return start..<position
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while position < text.count, text[position] &- UInt8(ascii: "0") <= 9 { position += 1 }
    guard position > start else {
      throw JSONError(position == text.count ? .unexpectedEnd : .malformedNumber, at: position)
    }
  }

  private static func continuesNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }

  /// Walks over a string and says where its raw bytes lie, and whether any is a backslash.
  private mutating func string() throws(JSONError) -> (Range<Int>, escaped: Bool) {
    position += 1
    let start = position
    var escaped = false
    while true {
      position = Self.skipPlain(text, from: position)
      guard position < text.count else { throw JSONError(.unexpectedEnd, at: position) }
      let byte = text[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return (start..<position - 1, escaped)
      }
      if byte == UInt8(ascii: "\\") {
        escaped = true
        try skipEscape()
      } else if byte < 0x20 {
        throw JSONError(.controlCharacter, at: position)
      } else {
        try skipBeyondASCII()
      }
    }
  }

  /// The first byte from `position` on that is a quote, a backslash, a control character or not
  /// ASCII; the end of the text when there is none.
  ///
  /// Eight bytes at a time: strings are most of a body, and a byte-wise loop is eight times
  /// slower. A lane's top bit is set where the lane is such a byte; `byte - n` borrows into the
  /// top bit when `byte < n`, and a borrow from a lower lane can only add a false alarm above a
  /// true one, which the byte-wise loop below sorts out.
  private static func skipPlain(_ text: Span<UInt8>, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var position = start
    while text.count - position >= 8 {
      // Checked against the bounds of the span; every bit pattern is a UInt64.
      let word = unsafe text.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
      let quotes = word ^ (ones &* 0x22)
      let backslashes = word ^ (ones &* 0x5c)
      let special =
        (quotes &- ones) | (backslashes &- ones) | (word &- ones &* 0x20) | word
      if special & tops != 0 { break }
      position += 8
    }
    while position < text.count {
      let byte = text[position]
      let isPlain =
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      guard isPlain else { return position }
      position += 1
    }
    return position
  }

  /// Stays in the run: text in most scripts is one such sequence after the other.
  private mutating func skipBeyondASCII() throws(JSONError) {
    while position < text.count, text[position] >= 0x80 {
      switch UTF8Step.at(position, in: text) {
      case .valid(let length): position += length
      case .invalid: throw JSONError(.invalidUTF8, at: position)
      }
    }
  }

  private mutating func skipEscape() throws(JSONError) {
    let start = position
    let unit = try JSONEscape.unit(at: &position, in: text)
    guard case .utf16(let first) = unit, first & 0xf800 == 0xd800 else { return }
    guard first < 0xdc00 else { throw JSONError(.loneSurrogate, at: start) }
    guard position < text.count else { throw JSONError(.unexpectedEnd, at: position) }
    guard text[position] == UInt8(ascii: "\\") else { throw JSONError(.loneSurrogate, at: start) }
    let second = try JSONEscape.unit(at: &position, in: text)
    guard case .utf16(let low) = second, low & 0xfc00 == 0xdc00 else {
      throw JSONError(.loneSurrogate, at: start)
    }
  }
}
