/// Walks over the bytes of the file and knows line and column.
///
/// The bytes are valid UTF-8. Lines end as editors end them: at LF, CR and CRLF. U+2028 and
/// U+2029 end a `//` comment, as JSON5 says, and no line.
struct JSON5Cursor {
  let bytes: [UInt8]
  private(set) var index = 0
  private var line = 1
  private var column = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var position: Position { Position(line: line, column: column) }
  var isAtEnd: Bool { index >= bytes.count }
  var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

  func byte(ahead count: Int) -> UInt8? {
    index + count < bytes.count ? bytes[index + count] : nil
  }

  func isNext(_ character: Unicode.Scalar) -> Bool {
    byte == UInt8(ascii: character)
  }

  func isNext(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
    byte == UInt8(ascii: first) && byte(ahead: 1) == UInt8(ascii: second)
  }

  var isAtLineEnd: Bool { isNext("\n") || isNext("\r") }

  /// Passes one scalar; CRLF counts as one.
  mutating func advance() {
    guard let byte else { return }
    if byte == UInt8(ascii: "\r"), self.byte(ahead: 1) == UInt8(ascii: "\n") { index += 1 }
    if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
      index += 1
      line += 1
      column = 1
      return
    }
    index += 1
    while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
    column += 1
  }

  mutating func advance(_ count: Int) {
    for _ in 0..<count { advance() }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard isNext(character) else { return false }
    advance()
    return true
  }

  /// The scalar that begins here.
  var scalar: Unicode.Scalar? {
    guard let first = byte else { return nil }
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard index + length <= bytes.count else { return nil }
    var value = UInt32(length == 1 ? first : first & (0x7F >> UInt8(length)))
    for next in bytes[index + 1..<index + length] { value = value << 6 | UInt32(next & 0x3F) }
    return Unicode.Scalar(value)
  }

  /// The text from an earlier place up to here.
  func text(from start: Int) -> String {
    String(decoding: bytes[start..<index], as: UTF8.self)
  }

  /// White space of JSON5: that of ECMAScript 5.1, the byte order mark with it.
  static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x20, 0xA0, 0xFEFF, 0x2028, 0x2029: true
    default: scalar.value > 0x7F && scalar.properties.generalCategory == .spaceSeparator
    }
  }
}
