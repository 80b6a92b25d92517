/// Writes JSON text; commas come by themselves.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.key("sequence")
///     writer.int(42)
///     writer.endObject()
///
/// Keys and ends must be called where they belong; the order is in the code that calls, so a
/// mistake is a bug there and shows in its first test.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}

  package init(capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  package mutating func beginObject() {
    begin(UInt8(ascii: "{"))
  }

  package mutating func endObject() {
    end(UInt8(ascii: "}"))
  }

  package mutating func beginArray() {
    begin(UInt8(ascii: "["))
  }

  package mutating func endArray() {
    end(UInt8(ascii: "]"))
  }

  package mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func string(_ text: String) {
    string(utf8: text.utf8.span)
  }

  /// Writes text from the network; each part that is not UTF-8 becomes U+FFFD.
  package mutating func string(utf8 text: Span<UInt8>) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte < 0x80 {
        appendASCII(byte)
        position += 1
        continue
      }
      switch UTF8Step.at(position, in: text) {
      case .valid(let length):
        for index in position..<position + length { bytes.append(text[index]) }
        position += length
      case .invalid(let length):
        bytes.append(contentsOf: [0xef, 0xbf, 0xbd])
        position += length
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes bytes as a string in standard base 64.
  package mutating func base64(_ content: Span<UInt8>) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    Base64.append(content, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  package mutating func int(_ number: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  package mutating func timestamp(_ time: Timestamp) {
    string(time.rfc3339)
  }

  /// Writes digits that were read from another document, and so are a number already.
  package mutating func rawNumber(_ digits: String) {
    separate()
    bytes.append(contentsOf: digits.utf8)
  }

  /// Writes a whole JSON value that is valid already.
  package mutating func rawValue(_ json: [UInt8]) {
    separate()
    bytes.append(contentsOf: json)
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func begin(_ byte: UInt8) {
    separate()
    bytes.append(byte)
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    bytes.append(byte)
    needsComma = true
  }

  /// Only what RFC 8259 requires is escaped.
  private mutating func appendASCII(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0x0a: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
    case 0x0d: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
    case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
    case 0x00..<0x20:
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(contentsOf: Hex.encode([byte]).utf8)
    default: bytes.append(byte)
    }
  }
}
