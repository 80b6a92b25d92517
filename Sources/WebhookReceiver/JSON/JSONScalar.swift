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

extension JSONScalar {
  /// The value at a hit; nil for an object or array.
  package init?(_ hit: JSONHit, in text: Span<UInt8>) {
    switch hit.kind {
    case .object, .array: return nil
    case .null: self = .null
    case .true: self = .bool(true)
    case .false: self = .bool(false)
    case .number:
      self = .number(String(decoding: hit.text(in: text) ?? [], as: UTF8.self))
    case .plainString, .escapedString: self = .string(hit.text(in: text) ?? [])
    }
  }
}
