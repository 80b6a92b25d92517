/// Names one connection of one loop; never reused while the process lives.
struct ConnectionID: Hashable, Sendable {
  let rawValue: UInt64

  init(slot: Int, generation: UInt32) {
    rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
  }

  init(rawValue: UInt64) { self.rawValue = rawValue }

  var slot: Int { Int(UInt32(truncatingIfNeeded: rawValue)) }
}
