/// Says of a 64-bit hash whether it may be in a fixed set: always right about a member, and wrong
/// about one in 65 536 of all others.
///
/// A 3-wise binary fuse filter with fingerprints of 16 bits (Graf and Lemire, "Binary Fuse Filters:
/// Fast and Smaller Than Xor Filters", 2022): the fingerprint of a member is the exclusive or of
/// three places, which lie in three segments that follow each other. 2.25 bytes for each member of
/// a set of a million, more in small ones.
///
///     0      8                16              20             24                 28     32
///     | seed | segment length | segment count | fingerprints | number of hashes | zero | 16 bits …
///
/// Little-endian. The fingerprints are (segment count + 2) segments long.
package struct FuseFilter: Equatable, Sendable {
  static let headBytes = 32
  /// Longer segments only cost cache misses (the paper's bound for 3-wise filters).
  static let segmentLengthMax = 1 << 18
  /// What a filter is built over at once: the work of one build, and the bytes of one filter.
  package static let hashesMax = 4 << 20

  let shape: FuseShape
  let seed: UInt64
  let fingerprints: [UInt16]
  package let hashCount: Int

  init(shape: FuseShape, seed: UInt64, fingerprints: [UInt16], hashCount: Int) {
    self.shape = shape
    self.seed = seed
    self.fingerprints = fingerprints
    self.hashCount = hashCount
  }

  /// Nil when no seed led to a filter, which does not happen to hashes that nobody aimed.
  package init?(_ hashes: [UInt64]) {
    guard let built = FuseFilterBuilder.build(hashes) else { return nil }
    self = built
  }

  package func contains(_ hash: UInt64) -> Bool {
    let mixed = Self.mix(hash, seed)
    let (first, second, third) = shape.places(of: mixed)
    let found = fingerprints[first] ^ fingerprints[second] ^ fingerprints[third]
    return found == Self.fingerprint(mixed)
  }

  package var byteCount: Int { Self.headBytes + 2 * fingerprints.count }

  /// The last step of MurmurHash3: a bijection for each seed.
  static func mix(_ hash: UInt64, _ seed: UInt64) -> UInt64 {
    var mixed = hash &+ seed
    mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return mixed ^ (mixed >> 33)
  }

  static func fingerprint(_ mixed: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: mixed ^ (mixed >> 32))
  }

  // MARK: Bytes

  package func encode() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    bytes.store(seed, at: 0)
    bytes.store(UInt32(shape.segmentLength), at: 8)
    bytes.store(UInt32(shape.segmentCount), at: 12)
    bytes.store(UInt32(fingerprints.count), at: 16)
    bytes.store(UInt32(hashCount), at: 20)
    for (index, fingerprint) in fingerprints.enumerated() {
      bytes.store(fingerprint, at: Self.headBytes + 2 * index)
    }
    return bytes
  }

  /// Nil for anything whose lengths do not fit each other: a lookup in it could leave its bounds.
  package init?(decoding bytes: [UInt8]) {
    guard bytes.count >= Self.headBytes else { return nil }
    let length = Int(bytes.load(UInt32.self, at: 8))
    let segments = Int(bytes.load(UInt32.self, at: 12))
    let count = Int(bytes.load(UInt32.self, at: 16))
    let hashes = Int(bytes.load(UInt32.self, at: 20))
    guard let shape = FuseShape(segmentLength: length, segmentCount: segments),
      count == shape.fingerprintCount, bytes.count == Self.headBytes + 2 * count,
      hashes <= Self.hashesMax, bytes.load(UInt64.self, at: 24) == 0
    else { return nil }
    var fingerprints = [UInt16](repeating: 0, count: count)
    for index in fingerprints.indices {
      fingerprints[index] = bytes.load(at: Self.headBytes + 2 * index)
    }
    self.init(
      shape: shape,
      seed: bytes.load(at: 0),
      fingerprints: fingerprints,
      hashCount: hashes
    )
  }
}

/// How long a filter's segments are, and how many of them a hash can begin in.
struct FuseShape: Equatable, Sendable {
  let segmentLength: Int
  let segmentCount: Int

  var fingerprintCount: Int { (segmentCount + 2) * segmentLength }

  init?(segmentLength: Int, segmentCount: Int) {
    guard segmentLength > 0, segmentLength <= FuseFilter.segmentLengthMax,
      segmentLength & (segmentLength - 1) == 0,
      segmentCount > 0, segmentCount <= 8 * FuseFilter.hashesMax / segmentLength
    else { return nil }
    self.segmentLength = segmentLength
    self.segmentCount = segmentCount
  }

  /// The paper's choice for so many hashes: segments of 2^⌊log 3.33 (n) + 2.25⌋, and 9/8 of a place
  /// for each hash, more for fewer than a million.
  init(hashCount: Int) {
    var length = 4
    // 3.33^0.75: from here on log 3.33 (n) + 2.25 is 3.
    var limit = 2.465
    while Double(hashCount) >= limit, length < FuseFilter.segmentLengthMax {
      length *= 2
      limit *= 3.33
    }
    let logarithm = max(1, Self.binaryLogarithm(Double(max(2, hashCount))))
    // 0.25 · log2(1 000 000)
    let factor = max(1.125, 0.875 + 4.983 / logarithm)
    let places = Int((Double(hashCount) * factor).rounded())
    segmentLength = length
    segmentCount = max(1, (places + length - 1) / length - 2)
  }

  func places(of mixed: UInt64) -> (Int, Int, Int) {
    // Nothing here can overflow: both are bounded above, and their product by `hashesMax`.
    let length = UInt64(truncatingIfNeeded: segmentLength)
    let mask = length &- 1
    let span = UInt64(truncatingIfNeeded: segmentCount) &* length
    let first = mixed.multipliedFullWidth(by: span).high
    let second = (first &+ length) ^ ((mixed >> 18) & mask)
    let third = (first &+ length &+ length) ^ (mixed & mask)
    return (
      Int(truncatingIfNeeded: first), Int(truncatingIfNeeded: second),
      Int(truncatingIfNeeded: third)
    )
  }

  /// Bit by bit: this room has no mathematics library, and needs no more than this.
  private static func binaryLogarithm(_ value: Double) -> Double {
    var result = Double(value.exponent)
    var rest = value.significand
    var bit = 0.5
    for _ in 0..<16 {
      rest *= rest
      if rest >= 2 {
        rest /= 2
        result += bit
      }
      bit /= 2
    }
    return result
  }
}
