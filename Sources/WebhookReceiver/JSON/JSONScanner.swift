/// Takes single values out of a JSON document in one pass, and validates all of it.
///
/// One scanner serves verification, identity and polling: two parsers disagree about repeated
/// keys and large numbers, and then one event has two ids. A repeated key means its last value,
/// as in most parsers. A document that is not valid to its last byte has no values at all.
///
/// Besides the values that it returns it allocates one row per pointer, whatever the length of
/// the document.
package enum JSONScanner {
  /// The scalar that `pointer` names; nil when there is none, or the document is not valid.
  package static func scalar(at pointer: JSONPointer, in text: Span<UInt8>) -> JSONScalar? {
    scalars(at: [pointer], in: text)[0]
  }

  /// The scalars that the pointers name, in their order; all nil when the document is not valid.
  package static func scalars(at pointers: [JSONPointer], in text: Span<UInt8>) -> [JSONScalar?] {
    do throws(JSONError) {
      return try scan(text, for: pointers)
    } catch {
      return Array(repeating: nil, count: pointers.count)
    }
  }

  /// Whether the bytes are one JSON document.
  package static func isValid(_ text: Span<UInt8>) -> Bool {
    do throws(JSONError) {
      _ = try scan(text, for: [])
      return true
    } catch {
      return false
    }
  }

  /// The scalars that the pointers name, or what is wrong with the document, and where.
  package static func scan(
    _ text: Span<UInt8>,
    for pointers: [JSONPointer]
  ) throws(JSONError) -> [JSONScalar?] {
    var reader = JSONReader(text)
    var matcher = PointerMatcher(pointers)
    // The value that comes next is an element of an array unless a key has just been read.
    var isAfterKey = false
    while true {
      let token = try reader.next()
      // The level that the value stands in.
      var level = reader.depth
      switch token {
      case .end: return matcher.results
      case .endObject, .endArray: continue
      case .key(let range, let escaped):
        matcher.enterMember(range, escaped: escaped, in: text, level: level)
        isAfterKey = true
        continue
      // An opened container counts itself already.
      case .beginObject, .beginArray: level -= 1
      case .string, .number, .bool, .null: break
      }
      if !isAfterKey { matcher.enterElement(level: level) }
      isAfterKey = false
      matcher.see(token, in: text, level: level)
    }
  }
}
