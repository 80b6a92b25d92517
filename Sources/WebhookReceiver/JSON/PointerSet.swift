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
  private var hits = [16 of JSONHit?](repeating: nil)

  fileprivate init(count: Int) {
    self.count = count
  }

  /// The hit of the pointer at `index` of the set; nil when the document has no such value.
  package subscript(index: Int) -> JSONHit? { hits[index] }
}

extension PointerHits: JSONSink {
  func open(level: Int) {}

  /// What an earlier member of the same name held no longer counts.
  mutating func enter(_ paths: JSONPaths.Mask, level: Int) {
    set(paths, nil)
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
