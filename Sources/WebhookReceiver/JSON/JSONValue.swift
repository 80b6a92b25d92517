/// A whole JSON document as a tree, for small documents that are wanted whole: profiles, API
/// requests, feeds of addresses, key sets and tokens, and bodies that are signed or explained.
///
/// Events that are verified never take this form; `JSONScanner` reads them where they lie. Here a
/// key that occurs twice is refused, so that no two readers can take different values.
package indirect enum JSONValue: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The members in the order they were written.
  case object([Member])
  case array([JSONValue])
  case string(String)
  /// The digits as they were written.
  case number(String)
  case bool(Bool)
  case null

  /// The documents that are read so are flat; what is deeper is not one of them, or an event that
  /// is not explained.
  package static let depthMax = 32

  /// The value of the first member with this key, compared byte by byte.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  package var object: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  package var array: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The number when it is written as a whole one (`1`, not `1.0` or `1e0`) and fits.
  package var int: Int? {
    if case .number(let digits) = self { Int(digits) } else { nil }
  }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  package var isNull: Bool { self == .null }

  /// Writes the tree; as deep as it is, which for a parsed one is bounded.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.key)
        member.value.write(to: &writer)
      }
      writer.endObject()
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .string(let text): writer.string(text)
    case .number(let digits): writer.rawNumber(digits)
    case .bool(let value): writer.bool(value)
    case .null: writer.null()
    }
  }

  /// The tree as JSON text.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }
}
