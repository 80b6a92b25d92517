/// Reads JSON5 (spec.json5.org) and goes on after a mistake, so that one reading finds them all.
///
/// What follows from a mistake is not reported: where a value could not be read there is
/// `.invalid`, and the next comma, bracket or line end is where reading goes on.
package struct JSON5Reader {
  /// The configuration is eight levels deep, and a request's body as deep as its provider wants;
  /// the reader calls itself once a level.
  package static let depthMax = 32

  var cursor: JSON5Cursor
  package internal(set) var problems: [SyntaxProblem] = []
  /// The brackets that are open, with their places: what a wrong one closes is decided by them.
  private var openers: [(bracket: UInt8, position: Position)] = []

  /// The bytes must be UTF-8.
  package init(_ bytes: [UInt8]) {
    cursor = JSON5Cursor(bytes)
  }

  /// Reads the whole file; nil when there is nothing in it.
  package mutating func document() -> JSON5Node? {
    skipBlanks()
    guard !cursor.isAtEnd else {
      report(cursor.position, "the file is empty", "write { sources: { … } }")
      return nil
    }
    let node = value()
    skipBlanks()
    if !cursor.isAtEnd {
      if cursor.isNext("}") || cursor.isNext("]") {
        report(cursor.position, "this bracket closes nothing", "remove it, or open one before")
      } else if case .invalid = node.content {
        return node
      } else {
        report(cursor.position, "the configuration has ended before this", "remove what follows")
      }
    }
    return node
  }

  mutating func value() -> JSON5Node {
    let position = cursor.position
    guard let byte = cursor.byte else {
      report(position, "a value is missing at the end of the file", "write the value")
      return JSON5Node(position: position, content: .invalid)
    }
    let content: JSON5Node.Content
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      content = container(byte)
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      content = string().map(JSON5Node.Content.string) ?? .invalid
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      content = number()
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"):
      report(position, "a value is missing here", "write the value, or remove the key")
      content = .invalid
    default:
      content = word()
    }
    return JSON5Node(position: position, content: content)
  }

  private mutating func container(_ bracket: UInt8) -> JSON5Node.Content {
    let position = cursor.position
    guard openers.count < Self.depthMax else {
      report(
        position,
        "values are nested deeper than \(Self.depthMax) levels",
        "no key is that deep; check the brackets"
      )
      skipBalanced()
      return .invalid
    }
    cursor.advance()
    openers.append((bracket, position))
    defer { openers.removeLast() }
    return bracket == UInt8(ascii: "{") ? .object(members()) : .array(elements())
  }

  private mutating func members() -> [JSON5Member] {
    var members: [JSON5Member] = []
    var places: [String: Position] = [:]
    while !isClosed(by: "}") {
      guard let (key, keyPosition) = key() else { continue }
      let isValue = colon(after: key)
      let position = cursor.position
      let node = isValue ? value() : JSON5Node(position: position, content: .invalid)
      separator(after: node, closing: "}")
      if let first = places[key] {
        report(
          keyPosition,
          "the key \(quoted(key)) is here a second time; the first is at line \(first.line), "
            + "column \(first.column)",
          "remove one of them"
        )
      } else {
        places[key] = keyPosition
        members.append(JSON5Member(key: key, keyPosition: keyPosition, value: node))
      }
    }
    return members
  }

  private mutating func elements() -> [JSON5Node] {
    var elements: [JSON5Node] = []
    while !isClosed(by: "]") {
      if cursor.isNext(",") {
        report(cursor.position, "a value is missing before this comma", "remove the comma")
        cursor.advance()
        continue
      }
      let node = value()
      elements.append(node)
      separator(after: node, closing: "]")
    }
    return elements
  }

  /// Whether the innermost container ends here, rightly or not.
  private mutating func isClosed(by bracket: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard let opener = openers.last else { return true }
    if cursor.take(bracket) { return true }
    let what = bracket == "}" ? "object" : "list"
    if cursor.isAtEnd {
      report(opener.position, "this \(what) is not closed", "write \(bracket) where it ends")
      return true
    }
    let wrong: Unicode.Scalar = bracket == "}" ? "]" : "}"
    guard cursor.isNext(wrong) else { return false }
    report(
      cursor.position,
      "\(wrong) does not close the \(what) that begins at line \(opener.position.line), "
        + "column \(opener.position.column)",
      "write \(bracket) before it, or in its place"
    )
    // It closes a container further out, or was written in place of the right one.
    let counterpart = wrong == "}" ? UInt8(ascii: "{") : UInt8(ascii: "[")
    if !openers.contains(where: { $0.bracket == counterpart }) { cursor.advance() }
    return true
  }

  /// Passes the colon; false when there is no value either.
  private mutating func colon(after key: String) -> Bool {
    skipBlanks()
    if cursor.take(":") {
      skipBlanks()
      return true
    }
    let position = cursor.position
    if cursor.take("=") {
      report(position, "a key and its value are separated by a colon", "write : instead of =")
      skipBlanks()
      return true
    }
    report(position, "the key \(quoted(key)) has no colon", "write \(quoted(key)): and its value")
    return !(cursor.isNext(",") || cursor.isNext("}") || cursor.isNext("]") || cursor.isAtEnd)
  }

  /// Passes the comma, or what is wrong in its place.
  private mutating func separator(after node: JSON5Node, closing bracket: Unicode.Scalar) {
    let end = cursor.position
    if case .invalid = node.content {
      skipToSeparator()
      _ = cursor.take(",")
      return
    }
    skipBlanks()
    if cursor.isAtEnd || cursor.isNext("}") || cursor.isNext("]") || cursor.take(",") { return }
    report(end, "a comma is missing after this value", "write a comma, or \(bracket)")
    // A key or a value that begins here is read; anything else would only be reported again.
    let canGoOn = cursor.scalar.map {
      Self.isIdentifierStart($0) || "\"'{[".unicodeScalars.contains($0)
    }
    if canGoOn != true {
      skipToSeparator()
      _ = cursor.take(",")
    }
  }

  mutating func report(_ position: Position, _ message: String, _ suggestion: String) {
    problems.append(
      SyntaxProblem(position: position, message: message, suggestion: suggestion)
    )
  }
}
