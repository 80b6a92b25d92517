/// One JSON object of a profile while it is read.
///
/// Every member is asked for by name; what nobody asked for is a mistake that somebody should hear
/// of, because a misspelt check is a check that is not made.
struct ProfileObject {
  /// Where the object is, as a JSON Pointer.
  let path: String
  private let members: [JSONValue.Member]
  private var used: Set<String> = []

  init(_ value: JSONValue, at path: String) throws(ProfileError) {
    guard let members = value.object else { throw ProfileError(path, "write an object: { … }") }
    self.path = path
    self.members = members
  }

  mutating func value(_ key: String) -> JSONValue? {
    used.insert(key)
    guard let value = members.first(where: { $0.key == key })?.value, !value.isNull else {
      return nil
    }
    return value
  }

  func mistake(_ key: String, _ what: String) -> ProfileError {
    ProfileError("\(path)/\(key)", what)
  }

  mutating func text(_ key: String) throws(ProfileError) -> String? {
    guard let value = value(key) else { return nil }
    return try text(value, key)
  }

  /// A value that is a text; `key` is for the mistake.
  private func text(_ value: JSONValue, _ key: String) throws(ProfileError) -> String {
    guard let text = value.string else { throw mistake(key, "write a text in quotes") }
    guard text.utf8.count <= ProfileError.textBytesMax else {
      throw mistake(key, "write at most \(ProfileError.textBytesMax) bytes")
    }
    return text
  }

  mutating func requiredText(_ key: String) throws(ProfileError) -> String {
    guard let text = try text(key), !text.isEmpty else { throw mistake(key, "write a text here") }
    return text
  }

  mutating func texts(_ key: String) throws(ProfileError) -> [String] {
    guard let value = value(key) else { return [] }
    guard let array = value.array, array.count <= ProfileError.elementsMax else {
      throw mistake(key, "write a list of at most \(ProfileError.elementsMax) texts: [\"…\"]")
    }
    var texts: [String] = []
    for (index, element) in array.enumerated() {
      texts.append(try text(element, "\(key)/\(index)"))
    }
    return texts
  }

  mutating func flag(_ key: String) throws(ProfileError) -> Bool {
    guard let value = value(key) else { return false }
    guard let flag = value.bool else { throw mistake(key, "write true or false") }
    return flag
  }

  mutating func int(_ key: String) throws(ProfileError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.int else { throw mistake(key, "write a whole number") }
    return number
  }

  mutating func duration(_ key: String) throws(ProfileError) -> Duration? {
    guard let text = try text(key) else { return nil }
    guard let duration = Duration(configurationText: text), duration <= ProfileError.durationMax
    else { throw mistake(key, "write a duration up to 400d: 250ms, 30s, 5m, 8h or 7d") }
    return duration
  }

  /// One of the words of an enumeration.
  mutating func word<Word: RawRepresentable & CaseIterable>(
    _ key: String,
    as type: Word.Type
  ) throws(ProfileError) -> Word? where Word.RawValue == String {
    guard let text = try text(key) else { return nil }
    if let word = Word(rawValue: text) { return word }
    throw mistake(key, "write one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
  }

  /// A single character, such as the separator of a list.
  mutating func character(_ key: String) throws(ProfileError) -> Unicode.Scalar? {
    guard let text = try text(key) else { return nil }
    guard let scalar = text.unicodeScalars.first, scalar.isASCII, text.utf8.count == 1 else {
      throw mistake(key, "write one ASCII character")
    }
    return scalar
  }

  mutating func place(_ key: String) throws(ProfileError) -> Profile.Place? {
    guard let text = try text(key) else { return nil }
    return try Self.place(text, at: "\(path)/\(key)")
  }

  mutating func places(_ key: String) throws(ProfileError) -> [Profile.Place] {
    var places: [Profile.Place] = []
    for (index, text) in try texts(key).enumerated() {
      places.append(try Self.place(text, at: "\(path)/\(key)/\(index)"))
    }
    return places
  }

  mutating func object(_ key: String) throws(ProfileError) -> ProfileObject? {
    guard let value = value(key) else { return nil }
    return try ProfileObject(value, at: "\(path)/\(key)")
  }

  mutating func objects(_ key: String) throws(ProfileError) -> [ProfileObject] {
    guard let value = value(key) else { return [] }
    guard let array = value.array, array.count <= ProfileError.elementsMax else {
      throw mistake(key, "write a list of at most \(ProfileError.elementsMax) objects")
    }
    var objects: [ProfileObject] = []
    for (index, element) in array.enumerated() {
      objects.append(try ProfileObject(element, at: "\(path)/\(key)/\(index)"))
    }
    return objects
  }

  /// The members of an object that maps names of the author's choice to texts.
  mutating func pairs(_ key: String) throws(ProfileError) -> [(name: String, text: String)] {
    guard let value = value(key) else { return [] }
    guard let members = value.object, members.count <= ProfileError.elementsMax else {
      throw mistake(
        key,
        "write an object of at most \(ProfileError.elementsMax) texts: {\"name\": \"…\"}"
      )
    }
    var pairs: [(name: String, text: String)] = []
    for member in members {
      guard member.key.utf8.count <= ProfileError.textBytesMax else {
        throw mistake(key, "write names of at most \(ProfileError.textBytesMax) bytes")
      }
      pairs.append((member.key, try text(member.value, "\(key)/\(member.key)")))
    }
    return pairs
  }

  /// Refuses members that nobody asked for.
  func finish() throws(ProfileError) {
    guard let unknown = members.first(where: { !used.contains($0.key) }) else { return }
    let known = used.sorted().joined(separator: ", ")
    throw mistake(unknown.key, "there is no such key; the keys here are \(known)")
  }

  private static func place(_ text: String, at path: String) throws(ProfileError) -> Profile.Place {
    do throws(PlaceError) {
      return try Profile.Place(text)
    } catch {
      throw ProfileError(path, error.description)
    }
  }
}

/// What is wrong with a profile, and what to write instead.
public struct ProfileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The key in question, as a JSON Pointer from the root of the profile; empty: all of it.
  public let path: String
  /// What is wrong, and what to write.
  public let problem: String

  init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// Longer than any profile of the catalogue several times over.
  public static let documentBytesMax = 64 << 10
  /// A text in a profile is a name, a header, a URL or a sentence.
  static let textBytesMax = 1024
  /// An id is a word: it is typed on command lines, and stands in logs and in every event.
  static let idBytesMax = 64
  /// Eight blocks of SHA-512: an HMAC makes a digest of any key longer than one (RFC 2104).
  static let keyBytesMax = 1024
  /// Lists in a profile are of places, parts, addresses.
  static let elementsMax = 128
  /// The longest redelivery horizon of any provider is a year.
  static let durationMax = Duration.seconds(400 * 86400)

  /// Where and what.
  public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
