/// A way to print JSON: one that a sender may have used before somebody printed it anew.
struct JSONStyle {
  var comma = ","
  var colon = ":"
  /// What a level is indented by; nil: all on one line.
  var indent: String?
  var newline = "\n"
  /// Whether lines are broken inside of what is empty, as older versions of Ruby do.
  var breaksEmpty = false
  var escapesUnicode = false
  var upperDigits = false
  var escapesSlash = false
  var escapesHTML = false
  var sortsKeys = false
  var end = ""

  /// A document printed in every usual style, made as they are asked for.
  struct Printings: IteratorProtocol {
    private let value: JSONValue?
    private var styles: [JSONStyle]

    fileprivate init(_ value: JSONValue?, _ styles: [JSONStyle]) {
      self.value = value
      self.styles = styles.reversed()
    }

    mutating func next() -> (style: String, body: [UInt8])? {
      guard let value, let style = styles.popLast() else { return nil }
      return (style.name, style.print(value))
    }
  }

  /// The printings of a body; none when it is not JSON.
  static func others(_ body: [UInt8]) -> Printings {
    let start = body.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    guard let value = try? JSONValue.parse(Array(body[start...])) else {
      return Printings(nil, [])
    }
    return Printings(value, styles(for: value))
  }

  private static let shapes: [JSONStyle] = [
    JSONStyle(), JSONStyle(comma: ", ", colon: ": "), JSONStyle(colon: ": "),
    JSONStyle(comma: ", "), JSONStyle(colon: ": ", indent: "  "),
    JSONStyle(colon: ": ", indent: "    "), JSONStyle(colon: ": ", indent: "\t"),
    JSONStyle(colon: " : ", indent: "  "),
    JSONStyle(colon: ": ", indent: "  ", breaksEmpty: true),
    JSONStyle(colon: ": ", indent: "  ", newline: "\r\n"),
    JSONStyle(colon: ": ", indent: "    ", newline: "\r\n"),
  ]

  /// The styles in which the document does not look the same.
  private static func styles(for value: JSONValue) -> [JSONStyle] {
    var styles = shapes
    func add(_ change: (inout JSONStyle) -> Void) {
      styles += styles.map { style in
        var style = style
        change(&style)
        return style
      }
    }
    if value.contains(where: { $0.value >= 0x80 }) {
      let plain = styles
      add { $0.escapesUnicode = true }
      styles += plain.map { style in
        var style = style
        style.escapesUnicode = true
        style.upperDigits = true
        return style
      }
    }
    if value.contains(where: { $0 == "/" }) { add { $0.escapesSlash = true } }
    if value.contains(where: { "<>&".unicodeScalars.contains($0) }) {
      add { $0.escapesHTML = true }
    }
    if !value.isSorted { add { $0.sortsKeys = true } }
    add { $0.end = "\n" }
    return styles
  }

  private var name: String {
    var traits: [String] = []
    if indent != nil {
      traits.append("indented lines")
    } else {
      traits.append(comma + colon == ",:" ? "no blanks" : "blanks between")
    }
    if escapesUnicode { traits.append("\\u escapes") }
    if escapesSlash { traits.append("\\/") }
    if escapesHTML { traits.append("<, > and & escaped") }
    if sortsKeys { traits.append("sorted keys") }
    return traits.joined(separator: ", ")
  }

  private func print(_ value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    write(value, 0, &bytes)
    bytes += Array(end.utf8)
    return bytes
  }

  private func write(_ value: JSONValue, _ depth: Int, _ bytes: inout [UInt8]) {
    switch value {
    case .object(let members):
      let ordered =
        sortsKeys
        ? members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : members
      writeAll(ordered, "{", "}", depth, &bytes) { member, bytes in
        writeString(member.key, &bytes)
        bytes += Array(colon.utf8)
        write(member.value, depth + 1, &bytes)
      }
    case .array(let elements):
      writeAll(elements, "[", "]", depth, &bytes) { write($0, depth + 1, &$1) }
    case .string(let text): writeString(text, &bytes)
    case .number(let digits): bytes += Array(digits.utf8)
    case .bool(let value): bytes += Array("\(value)".utf8)
    case .null: bytes += Array("null".utf8)
    }
  }

  private func writeAll<Element>(
    _ elements: [Element],
    _ open: String,
    _ close: String,
    _ depth: Int,
    _ bytes: inout [UInt8],
    _ write: (Element, inout [UInt8]) -> Void
  ) {
    bytes += Array(open.utf8)
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes += Array(comma.utf8) }
      writeLine(depth + 1, &bytes)
      write(element, &bytes)
    }
    if elements.isEmpty, breaksEmpty {
      bytes += Array((open == "[" ? newline : "").utf8)
      writeLine(depth, &bytes)
    }
    if !elements.isEmpty { writeLine(depth, &bytes) }
    bytes += Array(close.utf8)
  }

  private func writeLine(_ depth: Int, _ bytes: inout [UInt8]) {
    guard let indent else { return }
    bytes += Array(newline.utf8)
    for _ in 0..<depth { bytes += Array(indent.utf8) }
  }

  private func writeString(_ text: String, _ bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": bytes += Array("\\\"".utf8)
      case "\\": bytes += Array("\\\\".utf8)
      case "\n": bytes += Array("\\n".utf8)
      case "\r": bytes += Array("\\r".utf8)
      case "\t": bytes += Array("\\t".utf8)
      case "\u{8}": bytes += Array("\\b".utf8)
      case "\u{c}": bytes += Array("\\f".utf8)
      case "/" where escapesSlash: bytes += Array("\\/".utf8)
      case "<", ">", "&":
        if escapesHTML { escape(scalar, &bytes) } else { bytes += Array(scalar.utf8) }
      case _ where scalar.value < 0x20 || scalar.value >= 0x80 && escapesUnicode:
        escape(scalar, &bytes)
      default: bytes += Array(scalar.utf8)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private func escape(_ scalar: Unicode.Scalar, _ bytes: inout [UInt8]) {
    for unit in scalar.utf16 {
      let digits = String(unit, radix: 16, uppercase: upperDigits)
      bytes += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
    }
  }
}

extension JSONValue {
  /// Whether a key or a text holds such a character.
  fileprivate func contains(where isWanted: (Unicode.Scalar) -> Bool) -> Bool {
    switch self {
    case .object(let members):
      members.contains {
        $0.key.unicodeScalars.contains(where: isWanted) || $0.value.contains(where: isWanted)
      }
    case .array(let elements): elements.contains { $0.contains(where: isWanted) }
    case .string(let text): text.unicodeScalars.contains(where: isWanted)
    case .number, .bool, .null: false
    }
  }

  /// Whether the keys of all objects are in the order of their bytes.
  fileprivate var isSorted: Bool {
    switch self {
    case .object(let members):
      zip(members, members.dropFirst()).allSatisfy {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      } && members.allSatisfy(\.value.isSorted)
    case .array(let elements): elements.allSatisfy(\.isSorted)
    default: true
    }
  }
}
