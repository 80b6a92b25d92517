/// Where the headers of a few names are, in registers.
struct FewHeaders {
  /// As many fields as a byte can number, and far more than a provider sends.
  static let fieldsMax = 256

  /// A byte for each name: the number of its field.
  private var numbers: UInt64 = 0
  /// A bit for each name.
  private var present: UInt64 = 0
  /// Whether there are two fields of any name, or more fields than can be numbered.
  private(set) var isUnclear: Bool

  fileprivate init(fieldCount: Int) {
    isUnclear = fieldCount > Self.fieldsMax
  }

  @inline(__always) fileprivate mutating func add(field: Int, at index: Int) {
    let name = UInt64(truncatingIfNeeded: index)
    if present &>> name & 1 != 0 { isUnclear = true }
    present |= 1 &<< name
    numbers |= UInt64(truncatingIfNeeded: field) &<< (name &<< 3)
  }

  /// The number of the field of the first of several names that is present.
  @inline(__always) func first(of names: Names) -> Int? {
    let found = present & names.bits
    guard found != 0 else { return nil }
    let shift = UInt64(truncatingIfNeeded: found.trailingZeroBitCount) &<< 3
    return Int(truncatingIfNeeded: numbers &>> shift & 0xff)
  }

  /// Which of several names it is that is present first.
  func position(among names: Names) -> Int {
    let found = present & names.bits
    return (names.bits & ((found & (0 &- found)) &- 1)).nonzeroBitCount
  }

  /// Several names of the set, of which the first that is present counts.
  struct Names: Sendable, Equatable {
    static let none = Names(bits: 0)

    fileprivate let bits: UInt64

    fileprivate init(bits: UInt64) { self.bits = bits }

    /// Nil where they are not in the order of the set, each once.
    init?(_ indices: [Int]) {
      guard zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 }),
        indices.allSatisfy({ $0 < FewHeaderNames.namesMax })
      else { return nil }
      bits = indices.reduce(0) { $0 | 1 << UInt64($1) }
    }

    var isEmpty: Bool { bits == 0 }
  }
}

/// A few names of headers that are looked for together.
///
/// As `HeaderNameSet`, without a loop over the words of a name: names are so short that setting one
/// up costs more than it does.
struct FewHeaderNames: ~Copyable, Sendable {
  /// As many names as there are bytes in a word.
  static let namesMax = 8
  /// Four words; longer than any provider's.
  static let bytesMax = 32

  /// Eight characters of a name.
  private struct Word: Sendable {
    /// Without the bits that say in which case a letter is.
    let letters: UInt64
    /// For each letter the bits that its case is not, and all for what has no case.
    let caseless: UInt64

    init(_ name: Span<UInt8>, at position: Int) {
      let word = name.word(at: position)
      var caseless = UInt64.max
      for lane in 0..<UInt64(8) where ASCII.isLetter(UInt8(word >> (lane * 8) & 0xff)) {
        caseless &= ~(0x20 << (lane * 8))
      }
      self.caseless = caseless
      letters = word & caseless
    }

    @inline(__always) func difference(_ word: UInt64) -> UInt64 {
      word & caseless ^ letters
    }
  }

  private struct Entry: Sendable {
    let byteCount: Int
    let first: Word
    /// The last eight bytes, which may be some of the first.
    let last: Word
    let second: Word
    let third: Word
  }

  private let entries: [Entry]
  /// A bit for each length that a name has: most fields are passed over by their length alone.
  private let lengths: UInt64

  /// Nil where there are more of them, or one is longer or empty.
  init?(_ names: [String]) {
    guard names.count <= Self.namesMax else { return nil }
    var entries: [Entry] = []
    var lengths: UInt64 = 0
    for name in names {
      let bytes = Array(name.utf8)
      let count = bytes.count
      guard count > 0, count <= Self.bytesMax else { return nil }
      lengths |= 1 << UInt64(count)
      entries.append(
        Entry(
          byteCount: count,
          first: Word(bytes.span, at: 0),
          last: Word(bytes.span, at: max(0, count - 8)),
          second: Word(bytes.span, at: 8),
          third: Word(bytes.span, at: 16)
        )
      )
    }
    self.entries = entries
    self.lengths = lengths
  }

  /// Finds the fields of these names, in one pass; nothing is allocated.
  @inline(__always) func locate(
    _ storage: Span<UInt8>,
    _ fields: Span<HeaderFields.FieldRange>
  ) -> FewHeaders {
    var found = FewHeaders(fieldCount: fields.count)
    let entries = self.entries.span
    for index in fields.indices {
      let name = fields[index].name
      let count = name.upperBound &- name.lowerBound
      guard count <= Self.bytesMax, lengths &>> UInt64(truncatingIfNeeded: count) & 1 != 0 else {
        continue
      }
      for entry in entries.indices where entries[entry].byteCount == count {
        guard Self.isSame(entries[entry], name, count, in: storage) else { continue }
        found.add(field: index, at: entry)
        break
      }
    }
    return found
  }

  @inline(__always) private static func isSame(
    _ entry: Entry,
    _ name: Range<Int>,
    _ count: Int,
    in storage: Span<UInt8>
  ) -> Bool {
    let start = name.lowerBound
    guard count >= 8 else {
      return entry.first.difference(storage.word(at: start) & Lanes.first(count)) == 0
    }
    precondition(start >= 0 && name.upperBound <= storage.count, "a field lies in its head")
    // Each word lies in the name, which was just compared with the bounds; the same below.
    var difference = unsafe entry.first.difference(storage.uncheckedWord(at: start))
    difference |= unsafe entry.last.difference(
      storage.uncheckedWord(at: name.upperBound &- 8)
    )
    if count > 16 {
      difference |= unsafe entry.second.difference(storage.uncheckedWord(at: start &+ 8))
      if count > 24 {
        difference |= unsafe entry.third.difference(storage.uncheckedWord(at: start &+ 16))
      }
    }
    return difference == 0
  }
}
