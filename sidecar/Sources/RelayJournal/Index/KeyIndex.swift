/// The newest event with a key.
package struct KeyEntry: Equatable, Sendable {
  package let sequence: UInt64
  /// Seconds since 1970.
  package let seconds: UInt32
}

/// Every key of the window, exact, in memory: open addressing with linear probing.
///
/// 28 bytes a slot at a load of at most 3/4. Keys are hashes already, so their low bits place them.
package final class KeyIndex {
  /// More keys than this are refused rather than forgotten: about 250 MB.
  package static let keysMax = 6 << 20

  private var highs: [UInt64]
  private var lows: [UInt64]
  /// 0 marks an empty slot: sequences begin at 1.
  private var sequences: [UInt64]
  private var seconds: [UInt32]
  package private(set) var count = 0
  private let keysMax: Int

  package init(keysMax: Int = KeyIndex.keysMax) {
    self.keysMax = keysMax
    let slots = 1024
    highs = Array(repeating: 0, count: slots)
    lows = Array(repeating: 0, count: slots)
    sequences = Array(repeating: 0, count: slots)
    seconds = Array(repeating: 0, count: slots)
  }

  package func hasRoom(for new: Int) -> Bool { count + new <= keysMax }

  package func find(_ key: Key128) -> KeyEntry? {
    let slot = slot(of: key)
    guard sequences[slot] != 0 else { return nil }
    return KeyEntry(sequence: sequences[slot], seconds: seconds[slot])
  }

  /// Remembers a key, or moves it to a newer event.
  package func insert(_ key: Key128, sequence: UInt64, seconds newSeconds: UInt32) {
    precondition(sequence != 0, "sequences begin at 1")
    if (count + 1) * 4 > highs.count * 3 { rebuild(slots: highs.count * 2) { _ in true } }
    let slot = slot(of: key)
    if sequences[slot] == 0 {
      count += 1
      highs[slot] = key.high
      lows[slot] = key.low
    }
    sequences[slot] = sequence
    seconds[slot] = newSeconds
  }

  /// Forgets what is older than `limit`; O(n), for when there is no room.
  package func removeAll(before limit: UInt32) {
    rebuild(slots: highs.count) { $0 >= limit }
  }

  /// Returns the slot that holds `key`, or the empty one where it belongs.
  private func slot(of key: Key128) -> Int {
    let mask = highs.count - 1
    var slot = Int(truncatingIfNeeded: key.low) & mask
    while sequences[slot] != 0, highs[slot] != key.high || lows[slot] != key.low {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func rebuild(slots: Int, keeping isKept: (UInt32) -> Bool) {
    let old = (highs, lows, sequences, seconds)
    highs = Array(repeating: 0, count: slots)
    lows = Array(repeating: 0, count: slots)
    sequences = Array(repeating: 0, count: slots)
    seconds = Array(repeating: 0, count: slots)
    count = 0
    for index in old.2.indices where old.2[index] != 0 && isKept(old.3[index]) {
      let slot = slot(of: Key128(high: old.0[index], low: old.1[index]))
      highs[slot] = old.0[index]
      lows[slot] = old.1[index]
      sequences[slot] = old.2[index]
      seconds[slot] = old.3[index]
      count += 1
    }
  }
}
