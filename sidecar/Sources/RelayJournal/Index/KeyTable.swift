/// The keys of one generation, exact, in memory: open addressing with linear probing.
///
/// 24 bytes a slot at a load of at most 4/5. Keys are hashes already, so their bits place them. The
/// table is made of 64 parts that grow on their own: when a million keys are in it, one growth
/// moves 10 000 of them and not a million, and nobody waits for it.
struct KeyTable: Sendable {
  private static let parts = 64
  /// Doubled ten times, 64 parts of it hold a million keys in 31.5 MiB.
  private static let firstSlots = 21

  private struct Slot {
    var high: UInt64 = 0
    var low: UInt64 = 0
    /// How far behind `base`; 0 marks an empty slot.
    var distance: UInt32 = 0
    var seconds: UInt32 = 0
  }

  private struct Part {
    var slots: [Slot] = []
    var count = 0
  }

  private var parts = [Part](repeating: Part(), count: KeyTable.parts)
  private(set) var count = 0
  /// The sequence before the first that came.
  private var base: UInt64 = 0
  private(set) var oldestSeconds: UInt32 = .max
  private(set) var newestSeconds: UInt32 = 0

  var isEmpty: Bool { count == 0 }

  /// The first sequence that came; of an empty table, 1.
  var firstSequence: UInt64 { base + 1 }

  /// Whether a sequence this high still has its distance in 32 bits.
  func canHold(_ sequence: UInt64) -> Bool {
    isEmpty || sequence <= base + UInt64(UInt32.max)
  }

  func find(_ key: Key128) -> KeyEntry? {
    let part = parts[Self.part(of: key)]
    guard part.count > 0 else { return nil }
    let slot = part.slots[Self.slot(of: key, in: part.slots)]
    guard slot.distance != 0 else { return nil }
    return KeyEntry(sequence: base + UInt64(slot.distance), seconds: slot.seconds)
  }

  /// Remembers a key, or moves it to a newer event; sequences never go back.
  mutating func insert(_ key: Key128, sequence: UInt64, seconds: UInt32) {
    if isEmpty { base = sequence - 1 }
    precondition(sequence > base && canHold(sequence), "sequences go on, and a table is sealed")
    let index = Self.part(of: key)
    if (parts[index].count + 1) * 5 > parts[index].slots.count * 4 { grow(index) }
    let slot = Self.slot(of: key, in: parts[index].slots)
    if parts[index].slots[slot].distance == 0 {
      parts[index].count += 1
      count += 1
    }
    parts[index].slots[slot] = Slot(
      high: key.high,
      low: key.low,
      distance: UInt32(sequence - base),
      seconds: seconds
    )
    oldestSeconds = min(oldestSeconds, seconds)
    newestSeconds = max(newestSeconds, seconds)
  }

  /// Every key, in order.
  ///
  /// Keys have their places by their highest bits, so they lie in order already, but for those that
  /// found their place taken: moving each of them down a little is a twentieth of the work of
  /// sorting a million.
  func sorted() -> [KeyRunEntry] {
    var entries: [KeyRunEntry] = []
    entries.reserveCapacity(count)
    for part in parts {
      let start = entries.count
      // Who was pushed over the end of the part lies at its beginning, and comes last.
      var wrapped: [KeyRunEntry] = []
      for (index, slot) in part.slots.enumerated() where slot.distance != 0 {
        let key = Key128(high: slot.high, low: slot.low)
        let entry = KeyRunEntry(
          key: key,
          sequence: base + UInt64(slot.distance),
          seconds: slot.seconds
        )
        if Self.home(of: key, among: part.slots.count) > index {
          wrapped.append(entry)
        } else {
          entries.append(entry)
        }
      }
      entries += wrapped
      Self.settle(&entries, from: start)
    }
    return entries
  }

  /// Sorts what nearly is sorted, by insertion.
  private static func settle(_ entries: inout [KeyRunEntry], from start: Int) {
    for index in start..<entries.count {
      let entry = entries[index]
      var place = index
      while place > start, entry.key < entries[place - 1].key {
        entries[place] = entries[place - 1]
        place -= 1
      }
      if place < index { entries[place] = entry }
    }
  }

  /// By the six highest bits, the next ones say where in the part.
  private static func part(of key: Key128) -> Int { Int(key.high >> 58) }

  /// The slot where a key is looked for first.
  private static func home(of key: Key128, among slots: Int) -> Int {
    Int((key.high << 6).multipliedFullWidth(by: UInt64(slots)).high)
  }

  /// Returns the slot that holds `key`, or the empty one where it belongs.
  private static func slot(of key: Key128, in slots: [Slot]) -> Int {
    var slot = home(of: key, among: slots.count)
    while slots[slot].distance != 0, slots[slot].high != key.high || slots[slot].low != key.low {
      slot += 1
      if slot == slots.count { slot = 0 }
    }
    return slot
  }

  private mutating func grow(_ index: Int) {
    let old = parts[index].slots
    var slots = [Slot](repeating: Slot(), count: max(Self.firstSlots, old.count * 2))
    for slot in old where slot.distance != 0 {
      slots[Self.slot(of: Key128(high: slot.high, low: slot.low), in: slots)] = slot
    }
    parts[index].slots = slots
  }
}

/// A table that takes nothing more: it answers from memory until its run is durable.
final class FrozenKeys: Sendable {
  let table: KeyTable
  let generation: UInt64
  /// All keys of events with these sequences are in it.
  let sequences: ClosedRange<UInt64>

  init(_ table: KeyTable, generation: UInt64, sequences: ClosedRange<UInt64>) {
    self.table = table
    self.generation = generation
    self.sequences = sequences
  }
}
