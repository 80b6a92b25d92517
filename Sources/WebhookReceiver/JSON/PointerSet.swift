/// Pointers that are looked for together, made once and used for any number of documents.
package struct PointerSet: Sendable {
  /// Places of ids and types are two or three; sixteen fit a machine word of bits, and their hits
  /// on the stack.
  package static let countMax = JSONPaths.countMax

  package let pointers: [JSONPointer]
  private let paths: JSONPaths

  /// Nil for more than `countMax` pointers.
  package init?(_ pointers: [JSONPointer]) {
    guard pointers.count <= Self.countMax else { return nil }
    self.pointers = pointers
    paths = JSONPaths(pointers.map { $0.tokens.map { $0 } })
  }

  package init(_ pointer: JSONPointer) {
    pointers = [pointer]
    paths = JSONPaths([pointer.tokens.map { $0 }])
  }

  /// Finds the values that the pointers name, in one pass; nil when the text is not one JSON
  /// document to its last byte.
  ///
  /// A repeated key means its last value. Nothing is allocated.
  package func locate(in text: Span<UInt8>) -> PointerHits? {
    var hits = PointerHits(count: pointers.count)
    return JSONWalk.run(text, paths, into: &hits) ? hits : nil
  }
}

/// Where the values of a `PointerSet` stand in a document, in the order of its pointers.
package struct PointerHits: Sendable {
  package let count: Int
  // As long as `countMax`, which the length of an inline array cannot name.
  private var hits = [16 of JSONHit?](repeating: nil)
  /// By path: the levels that it has been entered at, one bit each of `JSONPointer.tokensMax`.
  private var entered = [16 of UInt64](repeating: 0)
  private var repeated: JSONPaths.Mask = 0

  fileprivate init(count: Int) {
    self.count = count
  }

  /// The hit of the pointer at `index` of the set; nil when the document has no such value.
  package subscript(index: Int) -> JSONHit? { hits[index] }

  /// Whether a key of the pointer at `index` occurs twice: two parsers may take different values.
  package func isRepeated(_ index: Int) -> Bool { repeated >> JSONPaths.Mask(index) & 1 == 1 }
}

extension PointerHits: JSONSink {
  func open(level: Int) {}

  /// What an earlier member of the same name held no longer counts.
  mutating func enter(_ paths: JSONPaths.Mask, level: Int) {
    set(paths, nil)
    guard level > 0 else { return }
    // Every step is a name or an index, so a second time is a second member of one name.
    let bit = UInt64(1) << UInt64(level - 1)
    var rest = paths
    while rest != 0 {
      let path = rest.trailingZeroBitCount
      rest &= rest - 1
      if entered[path] & bit != 0 { repeated |= 1 << JSONPaths.Mask(path) }
      entered[path] |= bit
    }
  }

  mutating func find(_ paths: JSONPaths.Mask, _ hit: JSONHit) {
    set(paths, hit)
  }

  private mutating func set(_ paths: JSONPaths.Mask, _ hit: JSONHit?) {
    var rest = paths
    while rest != 0 {
      hits[rest.trailingZeroBitCount] = hit
      rest &= rest - 1
    }
  }
}
