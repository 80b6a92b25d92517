import RelayJournal

/// Runs of the simulated disk.
enum KeySamples {
  static let directory = "/disk/journal/dedup"
  static let quarantine = "/disk/journal/quarantine"
  static let uuid = [UInt8](1...16)

  static func entries(_ count: Int, seed: UInt64) -> [KeyRunEntry] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { number in
      KeyRunEntry(
        key: Key128(high: random.next(), low: random.next()),
        sequence: UInt64(number + 1),
        seconds: UInt32(1_700_000_000 + number)
      )
    }.sorted { $0.key < $1.key }
  }

  @discardableResult
  static func write(
    _ entries: [KeyRunEntry],
    _ storage: SimulatedStorage,
    generations: ClosedRange<UInt64> = 7...7,
    uuid: [UInt8] = uuid,
    partKeys: Int = KeyRunFilters.partKeys
  ) throws -> KeyRun {
    try KeyRun.write(
      entries,
      storage,
      directory: directory,
      uuid: uuid,
      generations: generations,
      sequences: 1...UInt64(max(1, entries.count)),
      partKeys: partKeys
    )
  }

  static func path(_ generation: UInt64) -> String {
    let digits = String(generation)
    return directory + "/" + String(repeating: "0", count: 20 - digits.count) + digits + ".run"
  }

  static func open(_ storage: SimulatedStorage, _ generation: UInt64 = 7) throws -> KeyRun {
    try KeyRun.open(
      storage,
      directory: directory,
      name: String(path(generation).dropFirst(directory.count + 1)),
      uuid: uuid
    )
  }
}

extension SimulatedStorage {
  func bytes(_ path: String) -> [UInt8] {
    with { state in
      guard let node = state.disk.node(path) else { return [] }
      return state.disk.read(node, state.disk.size(node), at: 0)
    }
  }

  func flip(_ path: String, bit: Int) {
    with { $0.disk.flip(path, byte: bit / 8, mask: 1 << UInt8(bit % 8)) }
  }
}
