extension JSONValue {
  /// Reads one JSON document.
  package static func parse(
    _ text: [UInt8],
    depthMax: Int = JSONValue.depthMax
  ) throws(JSONError) -> JSONValue {
    try parse(text.span, depthMax: depthMax)
  }

  /// Reads one JSON document.
  package static func parse(
    _ text: Span<UInt8>,
    depthMax: Int = JSONValue.depthMax
  ) throws(JSONError) -> JSONValue {
    var reader = JSONReader(text, depthMax: depthMax)
    var root = JSONValue.null
    var open: [JSONContainer] = []
    while true {
      let value: JSONValue
      switch try reader.next() {
      case .end: return root
      case .beginObject:
        open.append(JSONContainer(isObject: true))
        continue
      case .beginArray:
        open.append(JSONContainer(isObject: false))
        continue
      case .key(let range, _):
        let key = JSONEscape.unescaped(range, in: text)
        guard open[open.count - 1].begin(key) else {
          throw JSONError(.duplicateKey, at: range.lowerBound)
        }
        continue
      case .endObject, .endArray: value = open.removeLast().value
      case .string(let range, _):
        let bytes = JSONEscape.unescaped(range, in: text)
        value = .string(String(decoding: bytes, as: UTF8.self))
      case .number(let range):
        let bytes = JSONEscape.unescaped(range, in: text)
        value = .number(String(decoding: bytes, as: UTF8.self))
      case .bool(let bool): value = .bool(bool)
      case .null: value = .null
      }
      if open.isEmpty {
        root = value
      } else {
        open[open.count - 1].append(value)
      }
    }
  }
}

/// An object or array whose end has not been read yet.
private struct JSONContainer {
  private let isObject: Bool
  private var members: [JSONValue.Member] = []
  private var elements: [JSONValue] = []
  private var key = ""
  /// Bytes, not strings: a string equals its other Unicode normal forms, a key does not.
  private var seen: Set<[UInt8]> = []

  init(isObject: Bool) {
    self.isObject = isObject
  }

  var value: JSONValue { isObject ? .object(members) : .array(elements) }

  /// Takes the key of the next member; false when the object has it already.
  mutating func begin(_ bytes: [UInt8]) -> Bool {
    key = String(decoding: bytes, as: UTF8.self)
    return seen.insert(bytes).inserted
  }

  mutating func append(_ value: JSONValue) {
    if isObject {
      members.append(JSONValue.Member(key: key, value: value))
    } else {
      elements.append(value)
    }
  }
}
