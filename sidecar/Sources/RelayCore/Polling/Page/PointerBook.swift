internal import WebhookReceiver

/// All the values that a plan takes out of one kind of text, looked for together.
struct PointerBook: Sendable {
  private let sets: [PointerSet]
  private let places: [JSONPointer: (set: Int, index: Int)]

  init(_ pointers: [JSONPointer]) {
    var unique: [JSONPointer] = []
    for pointer in pointers where !unique.contains(pointer) { unique.append(pointer) }
    var sets: [PointerSet] = []
    var places: [JSONPointer: (set: Int, index: Int)] = [:]
    var start = 0
    while start < unique.count || sets.isEmpty {
      let some = Array(unique[start...].prefix(PointerSet.countMax))
      guard let set = PointerSet(some) else { preconditionFailure("a prefix of countMax fits") }
      for (index, pointer) in some.enumerated() { places[pointer] = (sets.count, index) }
      sets.append(set)
      start += max(some.count, 1)
    }
    self.sets = sets
    self.places = places
  }

  /// Where the values stand; nil when the text is no JSON.
  func locate(in text: Span<UInt8>) -> Found? {
    var found: [PointerHits] = []
    for set in sets {
      guard let hits = set.locate(in: text) else { return nil }
      found.append(hits)
    }
    return Found(places: places, hits: found)
  }

  struct Found {
    fileprivate let places: [JSONPointer: (set: Int, index: Int)]
    fileprivate let hits: [PointerHits]

    func hit(_ pointer: JSONPointer) -> JSONHit? {
      guard let place = places[pointer] else { return nil }
      return hits[place.set][place.index]
    }

    /// Whether two readers could take different values.
    func isRepeated(_ pointer: JSONPointer) -> Bool {
      guard let place = places[pointer] else { return false }
      return hits[place.set].isRepeated(place.index)
    }

    /// The text of a string, number or truth value; nil for the others.
    func text(_ pointer: JSONPointer, in text: Span<UInt8>) -> String? {
      guard let bytes = hit(pointer)?.text(in: text) else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }

    func bool(_ pointer: JSONPointer) -> Bool? {
      switch hit(pointer)?.kind {
      case .true: true
      case .false: false
      default: nil
      }
    }
  }
}
