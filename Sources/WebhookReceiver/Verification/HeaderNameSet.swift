/// Names of headers that are looked for together, made once and used for any number of requests.
///
/// A class, so that no request copies it on its way.
final class HeaderNameSet: Sendable {
  /// Twice what the scheme with the most has; their hits lie on the stack.
  static let countMax = 24

  private struct Entry: Sendable {
    let start: Int
    let byteCount: Int
  }

  /// As they are written in the profile.
  let names: [String]
  /// All of them in lower case, each in words of its own.
  private let letters: [UInt64]
  /// For each letter the bit that its case is, and 0 for what has no case.
  private let cases: [UInt64]
  private let entries: [Entry]
  /// A bit for each length that a name has: most fields are passed over by their length alone.
  private let lengths: UInt64

  /// Makes a set of at most `countMax` names, each once.
  init(_ names: [String]) {
    precondition(names.count <= Self.countMax, "a search list takes no more")
    var (letters, cases, entries): ([UInt64], [UInt64], [Entry]) = ([], [], [])
    var lengths: UInt64 = 0
    for name in names {
      let lowercase = name.utf8.map(HeaderFields.lowercased)
      let bits = lowercase.map { byte -> UInt8 in
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? 0x20 : 0
      }
      entries.append(Entry(start: letters.count, byteCount: lowercase.count))
      lengths |= Self.bit(ofLength: lowercase.count)
      for position in stride(from: 0, to: lowercase.count, by: 8) {
        letters.append(lowercase.span.word(at: position))
        cases.append(bits.span.word(at: position))
      }
    }
    self.names = names
    self.letters = letters
    self.cases = cases
    self.entries = entries
    self.lengths = lengths
  }

  /// Finds the fields of these names, in one pass; nothing is allocated.
  func locate(in headers: HeaderFields) -> HeaderHits {
    var hits = HeaderHits()
    let storage = headers.storage.span
    let fields = headers.fields.span
    for index in fields.indices {
      let field = fields[index]
      guard lengths & Self.bit(ofLength: field.name.count) != 0,
        let found = self.index(of: field.name, in: storage)
      else { continue }
      hits.add(field: index, at: found)
    }
    return hits
  }

  private func index(of name: Range<Int>, in storage: Span<UInt8>) -> Int? {
    for index in entries.indices where entries[index].byteCount == name.count {
      if isSame(name, entries[index].start, in: storage) { return index }
    }
    return nil
  }

  private func isSame(
    _ name: Range<Int>,
    _ start: Int,
    in storage: Span<UInt8>
  ) -> Bool {
    var difference: UInt64 = 0
    var position = name.lowerBound
    var index = start
    while position < name.upperBound {
      let word = storage.word(at: position) & Lanes.first(name.upperBound - position)
      difference |= (word ^ letters[index]) & ~cases[index]
      position += 8
      index += 1
    }
    return difference == 0
  }

  /// Names of 63 bytes and more share a bit.
  private static func bit(ofLength length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }
}

/// Which fields the names of a `HeaderNameSet` are, in their order.
struct HeaderHits: Sendable {
  /// Numbers of fields, small enough to lie in a few registers: no head has so many.
  private var fields = [24 of UInt32](repeating: 0)
  private var present: UInt32 = 0
  private var repeated: UInt32 = 0

  fileprivate mutating func add(field: Int, at index: Int) {
    let bit = UInt32(1) << UInt32(index)
    // Repeated is also what a field is that has no number.
    if present & bit != 0 || field > Int(UInt32.max) { repeated |= bit }
    present |= bit
    fields[index] = UInt32(truncatingIfNeeded: field)
  }

  /// The number of the field of a name; nil when there is none.
  subscript(index: Int) -> Int? {
    present >> UInt32(index) & 1 == 1 ? Int(fields[index]) : nil
  }

  /// Whether there are two fields of a name: two readers could take different ones.
  func isRepeated(_ index: Int) -> Bool { repeated >> UInt32(index) & 1 == 1 }
}
