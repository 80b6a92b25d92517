/// Header fields in the order they were received, with every repetition.
///
/// Names are compared without regard to ASCII case. Values stay the bytes that came over the
/// wire: a signature covers bytes, and a value that went through a lenient decoder is another
/// value. Nothing is joined or split: a scheme that must see one field can tell that there were
/// two.
public struct HeaderFields: Sendable {
  /// Where one field lies in `storage`.
  package struct FieldRange: Sendable, Hashable {
    package var name: Range<Int>
    /// Without the blanks around the value.
    package var value: Range<Int>

    package init(name: Range<Int>, value: Range<Int>) {
      self.name = name
      self.value = value
    }
  }

  /// The bytes that `fields` point into; may hold more than the fields, such as a whole head.
  package private(set) var storage: [UInt8]
  package private(set) var fields: [FieldRange]

  /// Makes a list without fields.
  public init() {
    storage = []
    fields = []
  }

  /// Makes a list of the given names and values, in this order.
  public init(_ fields: [(String, String)]) {
    self.init()
    for (name, value) in fields {
      append(name, value)
    }
  }

  /// Shares `storage` with whoever received it, so that a request's head is never copied.
  package init(storage: [UInt8], fields: [FieldRange]) {
    for field in fields {
      precondition(
        field.name.upperBound <= storage.count && field.value.upperBound <= storage.count
          && field.name.lowerBound >= 0 && field.value.lowerBound >= 0,
        "a field lies inside the head it was parsed from"
      )
    }
    self.storage = storage
    self.fields = fields
  }

  /// Adds a field after the others; blanks around the value are no part of it.
  public mutating func append(_ name: String, _ value: String) {
    append(name: Array(name.utf8), value: Array(value.utf8))
  }

  /// Adds a field whose value need not be text.
  public mutating func append(name: [UInt8], value: [UInt8]) {
    var start = value.startIndex
    var end = value.endIndex
    while start < end, ASCII.isBlank(value[start]) { start += 1 }
    while end > start, ASCII.isBlank(value[end - 1]) { end -= 1 }
    let nameStart = storage.count
    storage.append(contentsOf: name)
    let valueStart = storage.count
    storage.append(contentsOf: value[start..<end])
    fields.append(FieldRange(name: nameStart..<valueStart, value: valueStart..<storage.count))
  }

  /// The number of fields, repetitions included.
  public var count: Int { fields.count }

  /// Whether there is no field.
  public var isEmpty: Bool { fields.isEmpty }

  /// The name of a field as it was received; bytes that are not UTF-8 become U+FFFD.
  public func name(at index: Int) -> String {
    String(decoding: storage[fields[index].name], as: UTF8.self)
  }

  /// The value of a field; bytes that are not UTF-8 become U+FFFD.
  public func value(at index: Int) -> String {
    String(decoding: storage[fields[index].value], as: UTF8.self)
  }

  /// The values of every field of this name, in the order received.
  public func values(of name: String) -> [String] {
    valueRanges(of: name).map { String(decoding: storage[$0], as: UTF8.self) }
  }

  /// The value of the first field of this name.
  public func first(_ name: String) -> String? {
    guard let range = firstValueRange(of: name) else { return nil }
    return String(decoding: storage[range], as: UTF8.self)
  }

  /// Where the values of this name lie in `storage`: the way to raw bytes without a `String`.
  package func valueRanges(of name: String) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for index in fields.indices where hasName(name, at: index) {
      ranges.append(fields[index].value)
    }
    return ranges
  }

  /// Where the first value of this name lies in `storage`.
  package func firstValueRange(of name: String) -> Range<Int>? {
    for index in fields.indices where hasName(name, at: index) {
      return fields[index].value
    }
    return nil
  }

  /// How many fields have this name: a field that must be single is checked with this.
  package func count(of name: String) -> Int {
    var count = 0
    for index in fields.indices where hasName(name, at: index) {
      count += 1
    }
    return count
  }

  /// Whether the field at `index` has this name, ASCII case apart.
  package func hasName(_ name: String, at index: Int) -> Bool {
    let range = fields[index].name
    let wanted = name.utf8.span
    guard wanted.count == range.count else { return false }
    for offset in wanted.indices {
      let have = storage[range.lowerBound + offset]
      guard Self.lowercased(have) == Self.lowercased(wanted[offset]) else { return false }
    }
    return true
  }

  /// Whether two characters are the same but for ASCII case.
  static func isSame(_ left: UInt8, _ right: UInt8) -> Bool {
    lowercased(left) == lowercased(right)
  }

  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }
}

/// Two lists are equal when they say the same, wherever their bytes lie.
extension HeaderFields: Hashable {
  /// Compares names without ASCII case, values byte by byte, and the order.
  public static func == (left: Self, right: Self) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.fields.indices {
      let (mine, theirs) = (left.fields[index], right.fields[index])
      let sameName = left.storage[mine.name].lazy.map(lowercased)
        .elementsEqual(right.storage[theirs.name].lazy.map(lowercased))
      guard sameName else { return false }
      guard left.storage[mine.value].elementsEqual(right.storage[theirs.value]) else {
        return false
      }
    }
    return true
  }

  /// Hashes what equality compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(fields.count)
    for field in fields {
      hasher.combine(field.name.count)
      for byte in storage[field.name] { hasher.combine(Self.lowercased(byte)) }
      hasher.combine(field.value.count)
      for byte in storage[field.value] { hasher.combine(byte) }
    }
  }
}
