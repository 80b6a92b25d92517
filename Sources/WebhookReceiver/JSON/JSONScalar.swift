/// A JSON value without parts, as it stands in a document.
package enum JSONScalar: Sendable, Hashable {
  /// The text, unescaped, in UTF-8.
  case string([UInt8])
  /// The digits as they were written: an id may be larger than any machine number.
  case number(String)
  case bool(Bool)
  case null

  /// The text of a string or the digits of a number; nil for the others, which identify nothing.
  package var text: String? {
    switch self {
    case .string(let bytes): String(decoding: bytes, as: UTF8.self)
    case .number(let digits): digits
    case .bool, .null: nil
    }
  }
}
