/// Names of headers that are looked for together, made once and used for any number of requests.
///
/// It cannot be copied: its owner lends it, and no request counts its arrays.
struct HeaderNameSet: ~Copyable, Sendable {
  /// Twice what the scheme with the most has; their hits lie on the stack.
  static let countMax = 24

  /// Eight characters of a name.
  private struct Word: Sendable {
    /// In lower case.
    let letters: UInt64
    /// For each letter the bits that its case is not, and all for what has no case.
    let caseless: UInt64
  }

  private struct Entry: Sendable {
    let start: Int
    let byteCount: Int
  }

  /// As they are written in the profile.
  let names: [String]
  /// All of them, each in words of its own.
  private let words: [Word]
  private let entries: [Entry]
  /// A bit for each length that a name has: most fields are passed over by their length alone.
  private let lengths: UInt64

  /// Makes a set of at most `countMax` names, each once.
  init(_ names: [String]) {
    precondition(names.count <= Self.countMax, "a search list takes no more")
    var (words, entries): ([Word], [Entry]) = ([], [])
    var lengths: UInt64 = 0
    for name in names {
      let lowercase = name.utf8.map(HeaderFields.lowercased)
      let bits = lowercase.map { byte -> UInt8 in
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? 0x20 : 0
      }
      entries.append(Entry(start: words.count, byteCount: lowercase.count))
      lengths |= Self.bit(ofLength: lowercase.count)
      for position in stride(from: 0, to: lowercase.count, by: 8) {
        let caseless = ~bits.span.word(at: position)
        words.append(Word(letters: lowercase.span.word(at: position), caseless: caseless))
      }
    }
    self.names = names
    self.words = words
    self.entries = entries
    self.lengths = lengths
  }

  /// Finds the fields of these names, in one pass; nothing is allocated.
  func locate(
    _ storage: Span<UInt8>,
    _ fields: Span<HeaderFields.FieldRange>
  ) -> HeaderHits {
    var hits = HeaderHits()
    let entries = self.entries.span
    let words = self.words.span
    for index in fields.indices {
      let name = fields[index].name
      let count = name.upperBound &- name.lowerBound
      guard lengths & Self.bit(ofLength: count) != 0 else { continue }
      for entry in entries.indices where entries[entry].byteCount == count {
        guard Self.isSame(name, words, entries[entry].start, in: storage) else { continue }
        hits.add(field: index, at: entry)
        break
      }
    }
    return hits
  }

  @inline(__always) private static func isSame(
    _ name: Range<Int>,
    _ words: Span<Word>,
    _ start: Int,
    in storage: Span<UInt8>
  ) -> Bool {
    var difference: UInt64 = 0
    var position = name.lowerBound
    var index = start
    while name.upperBound &- position > 8 {
      let word = words[index]
      difference |= (storage.word(at: position) ^ word.letters) & word.caseless
      position &+= 8
      index &+= 1
    }
    let (word, last) = (words[index], Lanes.first(name.upperBound &- position))
    return difference | (storage.word(at: position) & last ^ word.letters) & word.caseless == 0
  }

  /// Names of 63 bytes and more share a bit.
  @inline(__always) private static func bit(ofLength length: Int) -> UInt64 {
    1 &<< UInt64(truncatingIfNeeded: min(length, 63))
  }
}

/// Which fields the names of a `HeaderNameSet` are, in their order.
struct HeaderHits: Sendable {
  /// Numbers of fields, small enough to lie in a few registers: no head has so many.
  private var fields = [24 of UInt32](repeating: 0)
  private var present: UInt32 = 0
  private var repeated: UInt32 = 0

  fileprivate mutating func add(field: Int, at index: Int) {
    let bit = Self.bit(index)
    // Repeated is also what a field is that has no number.
    if present & bit != 0 || field > Int(UInt32.max) { repeated |= bit }
    present |= bit
    fields[index] = UInt32(truncatingIfNeeded: field)
  }

  /// The number of the field of a name; nil when there is none.
  subscript(index: Int) -> Int? {
    // Through a span: the array itself would be copied.
    present & Self.bit(index) != 0 ? Int(fields.span[index]) : nil
  }

  /// Whether there are two fields of a name: two readers could take different ones.
  func isRepeated(_ index: Int) -> Bool { repeated & Self.bit(index) != 0 }

  /// Indices are below `HeaderNameSet.countMax`, and so the shift needs no check.
  @inline(__always) private static func bit(_ index: Int) -> UInt32 {
    1 &<< UInt32(truncatingIfNeeded: index)
  }
}
