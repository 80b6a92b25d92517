import Glibc

/// A disk with a write cache, as a kernel shows it to one process.
///
/// What it must survive: a power cut keeps any subset of the sectors that were not synchronized,
/// in any order, and may leave garbage in the others; a name that was created, renamed or removed
/// and whose folder was not synchronized may or may not be there; a failed synchronization drops
/// the dirty pages, and the next one says that all is well (what Linux does).
/// What it does not do: damage what was synchronized. Flips are the business of other tests.
struct DiskModel {
  static let sector = 512

  struct Node {
    var durable: [UInt8] = []
    var current: [UInt8] = []
    /// First bytes of the sectors that a power cut may lose.
    var dirty: Set<Int> = []
  }

  /// A change of a folder that is not durable yet.
  struct NameChange {
    let name: String
    let node: Int?
    /// For the two halves of a rename: they are kept or lost together.
    let group: Int
  }

  private(set) var nodes: [Int: Node] = [:]
  private(set) var names: [String: Int] = [:]
  private(set) var folders: Set<String> = []
  private var durableNames: [String: Int] = [:]
  private var changes: [NameChange] = []
  private var lastNode = 0
  private var lastGroup = 0

  var fileNames: [String] { names.keys.sorted() }

  /// The segments of the events, oldest first.
  var segmentNames: [String] {
    fileNames.filter { $0.contains("/log/0") && $0.hasSuffix(".seg") }
  }

  // MARK: Names

  mutating func makeFolder(_ path: String) { folders.insert(path) }

  func list(_ folder: String) -> [String] {
    let prefix = folder + "/"
    let all = Array(names.keys) + Array(folders)
    return all.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
      .map { String($0.dropFirst(prefix.count)) }.sorted()
  }

  func node(_ path: String) -> Int? { names[path] }

  mutating func create(_ path: String) -> Int {
    if let node = names[path] { return node }
    lastNode += 1
    nodes[lastNode] = Node()
    change([(path, lastNode)])
    return lastNode
  }

  mutating func rename(_ from: String, to: String) -> Bool {
    guard let node = names[from] else { return false }
    change([(from, nil), (to, node)])
    return true
  }

  mutating func remove(_ path: String) -> Bool {
    guard names[path] != nil else { return false }
    change([(path, nil)])
    return true
  }

  private mutating func change(_ pairs: [(String, Int?)]) {
    lastGroup += 1
    for (name, node) in pairs {
      names[name] = node
      changes.append(NameChange(name: name, node: node, group: lastGroup))
    }
  }

  mutating func synchronizeFolder(_ path: String) {
    let prefix = path + "/"
    for change in changes where change.name.hasPrefix(prefix) {
      durableNames[change.name] = change.node
    }
    changes.removeAll { $0.name.hasPrefix(prefix) }
  }

  // MARK: Bytes

  func size(_ node: Int) -> Int { nodes[node]?.current.count ?? 0 }

  func read(_ node: Int, _ count: Int, at offset: Int) -> [UInt8] {
    slice(nodes[node]?.current ?? [], count, at: offset)
  }

  /// What the disk itself holds, past a cache that may show what was lost.
  func readDirect(_ node: Int, _ count: Int, at offset: Int) -> [UInt8] {
    guard let node = nodes[node] else { return [] }
    var bytes = node.durable
    if bytes.count < node.current.count {
      bytes += [UInt8](repeating: 0, count: node.current.count - bytes.count)
    }
    // A direct read writes dirty pages back first; only what a failed synchronization dropped from
    // the set of dirty pages differs from the cache.
    for start in node.dirty {
      let range = start..<min(start + Self.sector, bytes.count)
      if !range.isEmpty { bytes.replaceSubrange(range, with: node.current[range]) }
    }
    return slice(bytes, count, at: offset)
  }

  private func slice(_ bytes: [UInt8], _ count: Int, at offset: Int) -> [UInt8] {
    guard offset < bytes.count else { return [] }
    return Array(bytes[offset..<min(bytes.count, offset + count)])
  }

  mutating func resize(_ node: Int, _ size: Int) {
    guard var value = nodes.removeValue(forKey: node) else { return }
    if value.current.count > size {
      value.current.removeLast(value.current.count - size)
      value.dirty = value.dirty.filter { $0 < size }
    } else {
      value.current += [UInt8](repeating: 0, count: size - value.current.count)
    }
    nodes[node] = value
  }

  mutating func write(_ node: Int, _ bytes: [UInt8], at offset: Int) {
    guard !bytes.isEmpty, var value = nodes.removeValue(forKey: node) else { return }
    let end = offset + bytes.count
    if value.current.count < end {
      value.current += [UInt8](repeating: 0, count: end - value.current.count)
    }
    value.current.replaceSubrange(offset..<end, with: bytes)
    let first = offset / Self.sector * Self.sector
    for sector in stride(from: first, to: end, by: Self.sector) { value.dirty.insert(sector) }
    nodes[node] = value
  }

  mutating func synchronize(_ node: Int) {
    guard var value = nodes.removeValue(forKey: node) else { return }
    let size = value.current.count
    if value.durable.count > size { value.durable.removeLast(value.durable.count - size) }
    value.durable += [UInt8](repeating: 0, count: size - value.durable.count)
    for start in value.dirty {
      let range = start..<min(start + Self.sector, size)
      value.durable.replaceSubrange(range, with: value.current[range])
    }
    value.dirty = []
    nodes[node] = value
  }

  /// The pages are clean from now on, and nowhere but in the cache.
  mutating func failSynchronization(_ node: Int) { nodes[node]?.dirty = [] }

  /// Clean pages are read from the disk again.
  mutating func dropCache(_ node: Int) {
    let seen = readDirect(node, size(node), at: 0)
    nodes[node]?.current = seen
  }

  // MARK: Power cuts

  enum Cut: CaseIterable { case nothingKept, allKept, someKept, someGarbage, oneKept, oneLost }

  /// What the next start finds after the power went away.
  func afterPowerCut(_ cut: Cut, using random: inout SeededGenerator) -> DiskModel {
    var next = DiskModel()
    next.folders = folders
    next.lastNode = lastNode
    next.names = namesAfter(cut, using: &random)
    next.durableNames = next.names
    for node in Set(next.names.values).sorted() {
      guard let value = nodes[node] else { continue }
      let bytes = Self.bytes(of: value, cut, using: &random)
      next.nodes[node] = Node(durable: bytes, current: bytes)
    }
    return next
  }

  private func namesAfter(_ cut: Cut, using random: inout SeededGenerator) -> [String: Int] {
    var result = durableNames
    var isKept: [Int: Bool] = [:]
    for change in changes {
      let roll = random.chance(50)
      let keep =
        isKept[change.group] ?? (cut == .allKept || (cut != .nothingKept && roll))
      isKept[change.group] = keep
      if keep { result[change.name] = change.node }
    }
    return result
  }

  private static func bytes(
    of node: Node,
    _ cut: Cut,
    using random: inout SeededGenerator
  ) -> [UInt8] {
    let dirty = node.dirty.sorted()
    let chosen = dirty.randomElement(using: &random)
    var bytes = node.durable
    // The size is metadata of its own: it may be the old one or the new one.
    let grows = cut != .nothingKept && (cut == .allKept || random.chance(50))
    if grows, bytes.count < node.current.count {
      bytes += [UInt8](repeating: 0, count: node.current.count - bytes.count)
    }
    for start in dirty where start < bytes.count {
      let end = min(start + sector, bytes.count, node.current.count)
      guard start < end else { continue }
      let keep =
        switch cut {
        case .nothingKept: false
        case .allKept: true
        case .someKept, .someGarbage: random.chance(50)
        case .oneKept: start == chosen
        case .oneLost: start != chosen
        }
      if keep {
        bytes.replaceSubrange(start..<end, with: node.current[start..<end])
      } else if cut == .someGarbage, random.chance(50) {
        bytes.replaceSubrange(start..<end, with: random.bytes(end - start))
      }
    }
    return bytes
  }

  // MARK: Every power cut

  /// What a power cut may keep or lose, one by one.
  struct Unsynced {
    let sectors: [(node: Int, start: Int)]
    let groups: [Int]
    var count: Int { sectors.count + groups.count }
  }

  var unsynced: Unsynced {
    Unsynced(
      sectors: nodes.keys.sorted().flatMap { node in
        (nodes[node]?.dirty.sorted() ?? []).map { (node, $0) }
      },
      groups: Set(changes.map(\.group)).sorted()
    )
  }

  /// What the next start finds where exactly the chosen sectors and names were kept: bit n stands
  /// for the n-th of both.
  func afterPowerCut(keeping chosen: UInt64, of unsynced: Unsynced) -> DiskModel {
    var next = DiskModel()
    next.folders = folders
    next.lastNode = lastNode
    next.names = durableNames
    for change in changes {
      let index = unsynced.groups.firstIndex(of: change.group) ?? 0
      if chosen >> UInt64(unsynced.sectors.count + index) & 1 == 1 {
        next.names[change.name] = change.node
      }
    }
    next.durableNames = next.names
    for node in Set(next.names.values) {
      guard let value = nodes[node] else { continue }
      var bytes = value.durable
      for (index, sector) in unsynced.sectors.enumerated()
      where sector.node == node && chosen >> UInt64(index) & 1 == 1 {
        let end = min(sector.start + Self.sector, value.current.count)
        if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(sector.start..<end, with: value.current[sector.start..<end])
      }
      next.nodes[node] = Node(durable: bytes, current: bytes)
    }
    return next
  }

  /// What the next start finds after the process alone ended: all that the kernel still has.
  func afterKill() -> DiskModel {
    var next = self
    // Pages that a failed synchronization dropped fall out of the cache sooner or later.
    for node in nodes.keys { next.dropCache(node) }
    return next
  }

  mutating func flip(_ path: String, byte: Int, mask: UInt8) {
    guard let node = names[path], size(node) > byte else { return }
    nodes[node]?.current[byte] ^= mask
    nodes[node]?.durable[byte] ^= mask
  }
}
