package import RelayCore

/// What the quarantine holds and what it may hold, in memory.
package struct QuarantineBook {
  package struct Item {
    package let summary: QuarantineEntry.Summary
    package let blocks: Range<Int>

    package init(summary: QuarantineEntry.Summary, blocks: Range<Int>) {
      self.summary = summary
      self.blocks = blocks
    }
  }

  /// What a source may have, from its configuration.
  package struct Terms: Equatable {
    package let blocksMax: Int
    /// Its keys are remembered that long.
    ///
    /// Beyond it nobody could tell whether the event has come another way meanwhile.
    package let windowSeconds: Int64

    package init(blocksMax: Int, windowSeconds: Int64) {
      self.blocksMax = blocksMax
      self.windowSeconds = windowSeconds
    }
  }

  /// What happened to deliveries of a source in this run.
  package struct Tally {
    var kept: UInt64 = 0
    var released: UInt64 = 0
    var expired: UInt64 = 0
    var overflow: [QuarantineQuota.Overflow: UInt64] = [:]
  }

  /// One source's part, for people and metrics.
  package struct Standing {
    package let source: String
    let deliveries: Int
    package let bytes: Int
    let bytesMax: Int
    let tally: Tally
  }

  /// A source that left the configuration has no window any more; its deliveries stay this long.
  package static let orphanSeconds: Int64 = 30 * 86_400

  /// By id, which is by the time of receipt.
  private(set) var items: [Item] = []
  private(set) var terms: [String: Terms] = [:]
  private var quotas: [String: QuarantineQuota] = [:]
  private var counts: [String: Int] = [:]
  private(set) var tallies: [String: Tally] = [:]
  private(set) var lastID: UInt64 = 0

  package init() {}

  /// Sources with other terms from now on; what is there stays.
  package mutating func take(_ terms: [String: Terms]) {
    self.terms = terms
    for source in Set(terms.keys).union(quotas.keys) {
      quotas[source, default: QuarantineQuota(blocksMax: 0)].blocksMax =
        terms[source]?.blocksMax ?? 0
    }
  }

  /// Takes blocks for a delivery, or counts why there are none.
  package mutating func reserve(
    _ blocks: Int,
    _ source: String,
    _ address: String
  ) -> QuarantineQuota.Overflow? {
    let key = RefusedDelivery.addressKey(address)
    let refusal = quotas[source, default: QuarantineQuota(blocksMax: 0)].take(blocks, from: key)
    if let refusal { note(refusal, source) }
    return refusal
  }

  /// Gives back what was reserved for a delivery that is not kept after all.
  mutating func cancel(
    _ blocks: Int,
    _ source: String,
    _ address: String,
    _ why: QuarantineQuota.Overflow
  ) {
    quotas[source]?.give(blocks, from: RefusedDelivery.addressKey(address))
    note(why, source)
  }

  /// Blocks that all sources may take, or have; 0 where nobody may.
  var blocksWanted: Int {
    terms.isEmpty ? 0 : quotas.values.reduce(0) { $0 + max($1.used, $1.blocksMax) }
  }

  /// A delivery takes fewer blocks than were reserved for it.
  mutating func settle(_ reserved: Int, _ taken: Int, _ source: String, _ address: String) {
    guard taken < reserved else { return }
    quotas[source]?.give(reserved - taken, from: RefusedDelivery.addressKey(address))
  }

  mutating func note(_ overflow: QuarantineQuota.Overflow, _ source: String) {
    tallies[source, default: Tally()].overflow[overflow, default: 0] += 1
  }

  package mutating func nextID(at receivedAt: Int64) -> UInt64 {
    lastID = max(lastID + 1, UInt64(clamping: receivedAt))
    return lastID
  }

  /// Its blocks were reserved before.
  mutating func add(_ item: Item) {
    tallies[item.summary.source, default: Tally()].kept += 1
    counts[item.summary.source, default: 0] += 1
    items.append(item)
  }

  /// What an earlier run has kept.
  package mutating func restore(_ found: [Item]) {
    items = found.sorted { $0.summary.id < $1.summary.id }
    lastID = items.last?.summary.id ?? 0
    for item in items {
      let summary = item.summary
      counts[summary.source, default: 0] += 1
      quotas[summary.source, default: QuarantineQuota(blocksMax: 0)]
        .hold(item.blocks.count, from: RefusedDelivery.addressKey(summary.address))
    }
  }

  package subscript(id: UInt64) -> Item? { index(of: id).map { items[$0] } }

  package mutating func remove(_ id: UInt64) -> Item? {
    guard let index = index(of: id) else { return nil }
    let item = items.remove(at: index)
    release(item)
    return item
  }

  private mutating func release(_ item: Item) {
    let summary = item.summary
    quotas[summary.source]?
      .give(item.blocks.count, from: RefusedDelivery.addressKey(summary.address))
    let count = counts[summary.source] ?? 1
    counts[summary.source] = count > 1 ? count - 1 : nil
  }

  mutating func noteRelease(_ source: String) { tallies[source, default: Tally()].released += 1 }

  /// Those that are beyond their time at `elapsed` seconds of the quarantine's clock.
  package func expired(at elapsed: Int64) -> [Item] {
    items.filter { isExpired($0.summary, at: elapsed) }
  }

  /// Whether an event that came another way may be forgotten by now: by the window of then, which
  /// is what its keys were remembered for, or by that of today.
  package func isExpired(_ summary: QuarantineEntry.Summary, at elapsed: Int64) -> Bool {
    elapsed - summary.elapsedSeconds
      > min(summary.windowSeconds, windowSeconds(of: summary.source))
  }

  /// Their time was over, and nothing of them is left.
  mutating func noteExpired(_ gone: [Item]) {
    let ids = Set(gone.map(\.summary.id))
    items.removeAll { ids.contains($0.summary.id) }
    for item in gone {
      release(item)
      tallies[item.summary.source, default: Tally()].expired += 1
    }
  }

  func windowSeconds(of source: String) -> Int64 {
    terms[source]?.windowSeconds ?? Self.orphanSeconds
  }

  /// Every source that may have something, or has.
  package var standings: [Standing] {
    Set(terms.keys).union(quotas.keys).sorted().map { source in
      let quota = quotas[source] ?? QuarantineQuota(blocksMax: 0)
      return Standing(
        source: source,
        deliveries: counts[source] ?? 0,
        bytes: quota.used * QuarantineEntry.blockBytes,
        bytesMax: quota.blocksMax * QuarantineEntry.blockBytes,
        tally: tallies[source] ?? Tally()
      )
    }
  }

  private func index(of id: UInt64) -> Int? {
    let index = items.partitioningIndex { $0.summary.id >= id }
    return index < items.count && items[index].summary.id == id ? index : nil
  }
}

extension [QuarantineBook.Item] {
  /// The first place from which on `isBehind` holds; it must hold for all behind one for which it
  /// does.
  func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
