/// Builds a filter: each hash is to have a place that no other hash needs once those behind it in
/// the order of peeling have theirs.
enum FuseFilterBuilder {
  /// One seed in a hundred or fewer fails; that all of these do is out of the question.
  private static let attemptsMax = 64
  /// Equal hashes can never be told apart by a seed: after so many failures they are looked for.
  private static let attemptsBeforeUnique = 3

  static func build(_ hashes: [UInt64]) -> FuseFilter? {
    precondition(hashes.count <= FuseFilter.hashesMax, "a filter is built over parts of a set")
    var hashes = hashes
    var seed: UInt64 = 0x726B_2B9D_438B_9D4D
    for attempt in 0..<attemptsMax {
      if attempt == attemptsBeforeUnique { hashes = unique(hashes) }
      let shape = FuseShape(hashCount: hashes.count)
      var peeling = Peeling(shape)
      if peeling.peel(hashes, seed) {
        return FuseFilter(
          shape: shape,
          seed: seed,
          fingerprints: peeling.fingerprints(),
          hashCount: hashes.count
        )
      }
      seed = FuseFilter.mix(seed, 0x9E37_79B9_7F4A_7C15)
    }
    return nil
  }

  private static func unique(_ hashes: [UInt64]) -> [UInt64] {
    let sorted = hashes.sorted()
    var result: [UInt64] = []
    result.reserveCapacity(sorted.count)
    for hash in sorted where hash != result.last { result.append(hash) }
    return result
  }
}

/// One attempt with one seed.
private struct Peeling {
  private let shape: FuseShape
  /// How many hashes have this place, times 4, and the exclusive or of which place of theirs it is:
  /// when one is left, that is its number.
  private var counts: [UInt8]
  /// The exclusive or of the hashes that have this place.
  private var hashes: [UInt64]
  /// The hashes with the place that is theirs alone, in the order in which they were found.
  private var order: [UInt64] = []
  private var found: [UInt8] = []

  init(_ shape: FuseShape) {
    self.shape = shape
    counts = [UInt8](repeating: 0, count: shape.fingerprintCount)
    hashes = [UInt64](repeating: 0, count: shape.fingerprintCount)
  }

  mutating func peel(_ members: [UInt64], _ seed: UInt64) -> Bool {
    for member in members {
      let mixed = FuseFilter.mix(member, seed)
      let (first, second, third) = shape.places(of: mixed)
      guard add(mixed, first, 0), add(mixed, second, 1), add(mixed, third, 2) else { return false }
    }
    order.reserveCapacity(members.count)
    found.reserveCapacity(members.count)
    var alone: [UInt32] = []
    for place in counts.indices where counts[place] >> 2 == 1 { alone.append(UInt32(place)) }
    while let next = alone.popLast() {
      let place = Int(next)
      guard counts[place] >> 2 == 1 else { continue }
      let mixed = hashes[place]
      let number = counts[place] & 3
      order.append(mixed)
      found.append(number)
      let (first, second, third) = shape.places(of: mixed)
      if number != 0, take(mixed, first, 0) { alone.append(UInt32(first)) }
      if number != 1, take(mixed, second, 1) { alone.append(UInt32(second)) }
      if number != 2, take(mixed, third, 2) { alone.append(UInt32(third)) }
    }
    return order.count == members.count
  }

  /// False when the count ran over: far more than a good seed leads to.
  private mutating func add(_ mixed: UInt64, _ place: Int, _ number: UInt8) -> Bool {
    let (count, isOver) = counts[place].addingReportingOverflow(4)
    counts[place] = count ^ number
    hashes[place] ^= mixed
    return !isOver
  }

  /// Returns whether one hash is left.
  private mutating func take(_ mixed: UInt64, _ place: Int, _ number: UInt8) -> Bool {
    counts[place] = (counts[place] - 4) ^ number
    hashes[place] ^= mixed
    return counts[place] >> 2 == 1
  }

  /// Backwards, so that the place that is set for one hash is of no hash that was set before.
  func fingerprints() -> [UInt16] {
    var result = [UInt16](repeating: 0, count: shape.fingerprintCount)
    for index in order.indices.reversed() {
      let mixed = order[index]
      let (first, second, third) = shape.places(of: mixed)
      let own = [first, second, third][Int(found[index])]
      result[own] = 0
      let others = result[first] ^ result[second] ^ result[third]
      result[own] = FuseFilter.fingerprint(mixed) ^ others
    }
    return result
  }
}
