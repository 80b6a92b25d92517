/// A JSON Pointer in which a step may be a star: `/events/*/webhookEventId`.
///
/// The step `*` takes every element of an array and every member of an object. A star that is
/// meant as it stands, alone or within a key, is written `~2`; `~0` and `~1` are as in a
/// `JSONPointer`, to which a star is a character like any other.
package struct JSONPattern: Sendable {
  /// Events in batches nest one list in another (`/entry/*/changes/*/value`), and no further.
  package static let starsMax = 2

  /// The text it was made from.
  package let text: String
  let paths: JSONPaths
  /// Bit n: step n is a star.
  let stars: UInt64

  package init(_ text: String) throws(JSONPatternError) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts[0].isEmpty else { throw .noLeadingSlash(text) }
    guard parts.count <= JSONPointer.tokensMax + 1 else { throw .tooManySteps(text) }
    var tokens: [JSONPointer.Token?] = []
    var stars: UInt64 = 0
    for (step, part) in parts.dropFirst().enumerated() {
      if part.elementsEqual("*".utf8) {
        stars |= 1 << UInt64(step)
        tokens.append(nil)
      } else {
        tokens.append(JSONPointer.Token(try Self.key(part, of: text)))
      }
    }
    guard stars.nonzeroBitCount <= Self.starsMax else { throw .tooManyStars(text) }
    self.text = text
    self.stars = stars
    paths = JSONPaths([tokens])
  }

  private static func key(
    _ escaped: Substring.UTF8View,
    of text: String
  ) throws(JSONPatternError) -> [UInt8] {
    var key: [UInt8] = []
    var rest = escaped
    while let byte = rest.popFirst() {
      guard byte != UInt8(ascii: "*") else { throw .starWithinKey(text) }
      guard byte == UInt8(ascii: "~") else {
        key.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): key.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): key.append(UInt8(ascii: "/"))
      case UInt8(ascii: "2"): key.append(UInt8(ascii: "*"))
      default: throw .badEscape(text)
      }
    }
    return key
  }
}

extension JSONPattern: CustomStringConvertible {
  package var description: String { text }
}

extension JSONPattern: Hashable {
  package static func == (left: JSONPattern, right: JSONPattern) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

/// Why a text is not a pattern.
package enum JSONPatternError: Error, Equatable, Sendable {
  case noLeadingSlash(String)
  case badEscape(String)
  case starWithinKey(String)
  case tooManySteps(String)
  case tooManyStars(String)
}

extension JSONPatternError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noLeadingSlash(let text):
      "the JSON pattern \"\(text)\" does not start with a slash; write \"/\(text)\""
    case .badEscape(let text):
      "the JSON pattern \"\(text)\" has a ~ that is not ~0, ~1 or ~2; write ~0 for ~, ~1 for / "
        + "and ~2 for *"
    case .starWithinKey(let text):
      "the JSON pattern \"\(text)\" has a * within a step; write * alone for every member or "
        + "element, and ~2 for the character"
    case .tooManySteps(let text):
      "the JSON pattern \"\(text.prefix(32))…\" has more than \(JSONPointer.tokensMax) steps; "
        + "name values nearer to the root"
    case .tooManyStars(let text):
      "the JSON pattern \"\(text.prefix(32))\" has more than \(JSONPattern.starsMax) stars; name "
        + "the values with fewer"
    }
  }
}
