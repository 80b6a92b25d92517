extension Profile {
  /// A place in a request that holds a text: an id, a type, a time, a signature.
  @nonexhaustive
  public enum Place: Sendable, Hashable {
    /// The value of the header of this name.
    case header(String)
    /// The values of every header whose name begins so: `X-DocuSign-Signature-1`, `-2` and on.
    case headers(prefix: String)
    /// The value at this JSON Pointer (RFC 6901) of the body.
    case json(String)
    /// The values at this pattern of the body: a pointer in which a step `*` is every element.
    case jsonEach(String)
    /// The value at this JSON Pointer of the item, in a body of several (`ItemsRule`).
    case item(String)
    /// The parameter of this name in the query of the URL, decoded.
    case query(String)
    /// The field of this name in a body of `application/x-www-form-urlencoded`, decoded.
    case form(String)
    /// The element of this name in the list of signatures: `t` of `t=1700000000,v1=…`.
    case signatureElement(String)
    /// The texts at several places, with a colon between each two: an id made of parts.
    indirect case joined([Place])
  }
}

extension Profile.Place: CustomStringConvertible {
  /// The place in the notation of profiles: `header:X-GitHub-Delivery`, `json:/id`.
  public var description: String {
    switch self {
    case .header(let name): "header:\(name)"
    case .headers(let prefix): "header:\(prefix)*"
    case .json(let pointer), .jsonEach(let pointer): "json:\(pointer)"
    case .item(let pointer): "item:\(pointer)"
    case .query(let name): "query:\(name)"
    case .form(let name): "form:\(name)"
    case .signatureElement(let name): "signature:\(name)"
    case .joined(let places): places.map(\.description).joined(separator: "+")
    }
  }

  /// Reads the notation of profiles and of the configuration.
  ///
  /// - Throws: what is wrong with the text, and what to write.
  public init(_ text: String) throws(PlaceError) {
    let parts = Self.parts(of: text)
    guard parts.count > 1 else {
      self = try Self.single(text)
      return
    }
    guard parts.count <= Self.partsMax else { throw .tooManyParts(text) }
    var places: [Self] = []
    for part in parts { places.append(try Self.single(part)) }
    self = .joined(places)
  }

  /// More parts than any composite id has; each costs a search.
  static let partsMax = 8
  /// Parameters, fields and elements are named by words; this is several times the longest.
  static let nameBytesMax = 128

  private static let kinds = ["header:", "json:", "item:", "query:", "form:", "signature:"]

  /// Cuts at every plus sign that another place follows: names and pointers may hold one too.
  private static func parts(of text: String) -> [String] {
    var parts: [String] = []
    for piece in text.split(separator: "+", omittingEmptySubsequences: false) {
      if parts.isEmpty || kinds.contains(where: { piece.hasPrefix($0) }) {
        parts.append(String(piece))
      } else {
        parts[parts.count - 1] += "+" + piece
      }
    }
    return parts
  }

  /// Whether the id of an event can be read there.
  package var holdsID: Bool { isOneText(inItem: false) }

  /// Whether it names one text of a request: not several, and not a part of a signature.
  ///
  /// `inItem` says that an item is being looked at.
  func isOneText(inItem: Bool) -> Bool {
    switch self {
    case .header, .json, .query, .form: true
    case .item: inItem
    case .joined(let places): places.allSatisfy { $0.isOneText(inItem: inItem) }
    case .headers, .jsonEach, .signatureElement: false
    }
  }

  private static func single(_ text: String) throws(PlaceError) -> Self {
    guard let kind = kinds.first(where: { text.hasPrefix($0) }) else { throw .unknownKind(text) }
    let rest = String(text.dropFirst(kind.count))
    switch kind {
    case "header:":
      let isPrefix = rest.hasSuffix("*")
      let name = isPrefix ? String(rest.dropLast()) : rest
      // Names with a star of their own nobody sends: it means "any".
      let isName = name.utf8.allSatisfy { ASCII.isToken($0) && $0 != UInt8(ascii: "*") }
      guard !name.isEmpty, isName else { throw .invalidHeaderName(rest) }
      return isPrefix ? .headers(prefix: name) : .header(name)
    case "json:":
      guard rest.split(separator: "/").contains("*") else {
        try check(pointer: rest)
        return .json(rest)
      }
      try check(pattern: rest)
      return .jsonEach(rest)
    case "item:":
      try check(pointer: rest)
      return .item(rest)
    default:
      guard !rest.isEmpty, rest.utf8.count <= nameBytesMax else { throw .emptyName(text) }
      if kind == "query:" { return .query(rest) }
      return kind == "form:" ? .form(rest) : .signatureElement(rest)
    }
  }

  private static func check(pointer: String) throws(PlaceError) {
    do throws(JSONPointerError) {
      _ = try JSONPointer(pointer)
    } catch {
      throw .invalidPointer(error.description)
    }
  }

  private static func check(pattern: String) throws(PlaceError) {
    do throws(JSONPatternError) {
      _ = try JSONPattern(pattern)
    } catch {
      throw .invalidPointer(error.description)
    }
  }
}

/// Why a text does not name a place in a request.
@nonexhaustive
public enum PlaceError: Error, Equatable, Sendable {
  /// The text does not begin with a kind of place.
  case unknownKind(String)
  /// What follows `header:` is no header name.
  case invalidHeaderName(String)
  /// What follows `json:` or `item:` is no JSON Pointer; the text says why.
  case invalidPointer(String)
  /// There is no name, or one longer than any real one.
  case emptyName(String)
  /// The id is made of more parts than make sense.
  case tooManyParts(String)
}

extension PlaceError: CustomStringConvertible {
  /// What is wrong, and what to write instead.
  public var description: String {
    switch self {
    case .unknownKind(let text):
      "\"\(Excerpt.of(text))\" names no place; write header:Name or json:/pointer"
    case .invalidHeaderName(let name):
      "\"\(Excerpt.of(name))\" is no header name; write it without colon and blanks"
    case .invalidPointer(let why): why
    case .emptyName(let text):
      "\"\(Excerpt.of(text))\" has no name, or one that is too long; "
        + "write one of up to \(Profile.Place.nameBytesMax) bytes behind the colon"
    case .tooManyParts(let text):
      "\"\(Excerpt.of(text))\" has too many parts; join at most \(Profile.Place.partsMax)"
    }
  }
}
