/// The one text of a structured field's value (RFC 9651, section 4.1).
///
/// Strings and tokens are written as they are: whoever did not read them from a field has checked
/// them with `StructuredFields.isString`.
enum StructuredFieldWriter {
  static func append(_ dictionary: StructuredDictionary, to text: inout [UInt8]) {
    for (index, member) in dictionary.members.enumerated() {
      if index > 0 { text.append(contentsOf: ", ".utf8) }
      text.append(contentsOf: member.key.utf8)
      // A member that is true is its key alone.
      if member.content != .item(.boolean(true)) { text.append(UInt8(ascii: "=")) }
      appendValue(of: member, omitsTrue: true, to: &text)
    }
  }

  /// A member without its key: what a signature covers of a dictionary.
  static func appendValue(of member: StructuredMember, to text: inout [UInt8]) {
    appendValue(of: member, omitsTrue: false, to: &text)
  }

  private static func appendValue(
    of member: StructuredMember,
    omitsTrue: Bool,
    to text: inout [UInt8]
  ) {
    switch member.content {
    case .list(let items):
      append(items, member.parameters, to: &text)
    case .item(let value):
      if !omitsTrue || value != .boolean(true) { append(value, to: &text) }
      append(member.parameters, to: &text)
    }
  }

  /// An inner list with its parameters.
  static func append(
    _ items: [StructuredItem],
    _ parameters: [StructuredParameter],
    to text: inout [UInt8]
  ) {
    text.append(UInt8(ascii: "("))
    for (index, item) in items.enumerated() {
      if index > 0 { text.append(UInt8(ascii: " ")) }
      append(item.value, to: &text)
      append(item.parameters, to: &text)
    }
    text.append(UInt8(ascii: ")"))
    append(parameters, to: &text)
  }

  static func append(_ parameters: [StructuredParameter], to text: inout [UInt8]) {
    for parameter in parameters {
      text.append(UInt8(ascii: ";"))
      text.append(contentsOf: parameter.key.utf8)
      if parameter.value != .boolean(true) {
        text.append(UInt8(ascii: "="))
        append(parameter.value, to: &text)
      }
    }
  }

  static func append(_ value: StructuredValue, to text: inout [UInt8]) {
    switch value {
    case .integer(let number): text.append(contentsOf: String(number).utf8)
    case .token(let token): text.append(contentsOf: token.utf8)
    case .boolean(let isTrue): text.append(contentsOf: (isTrue ? "?1" : "?0").utf8)
    case .bytes(let bytes):
      text.append(UInt8(ascii: ":"))
      Base64.append(bytes.span, to: &text)
      text.append(UInt8(ascii: ":"))
    case .string(let string):
      text.append(UInt8(ascii: "\""))
      for byte in string.utf8 {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          text.append(UInt8(ascii: "\\"))
        }
        text.append(byte)
      }
      text.append(UInt8(ascii: "\""))
    }
  }
}

extension StructuredDictionary: CustomStringConvertible {
  /// The dictionary in its one text.
  package var description: String {
    var text: [UInt8] = []
    StructuredFieldWriter.append(self, to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}
