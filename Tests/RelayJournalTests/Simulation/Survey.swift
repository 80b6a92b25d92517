import RelayJournal

/// Everything that a journal gives back.
struct Survey: Equatable {
  var bodies: [UInt64: [UInt8]] = [:]
  var state: [String: [UInt8]] = [:]
  var gaps: [ClosedRange<UInt64>] = []
  var first: UInt64 = 1
  var durable: UInt64 = 0

  /// The entries that were asked for; the journal keeps some of its own.
  var ownState: [String: [UInt8]] { state.filter { !$0.key.hasPrefix("journal/") } }

  init(_ journal: Journal) throws {
    self = try Self(journal.reader)
    state = journal.state
  }

  init(_ reader: JournalReader) throws {
    (first, durable) = reader.bounds
    var next = first
    var isAtEnd = false
    while !isAtEnd {
      let page = try reader.read(
        from: next,
        order: .ascending,
        limit: ReadLimit(events: 50, bytes: 1 << 20, scanned: 100),
        body: true
      ) { _ in true }
      for entry in page.entries {
        switch entry {
        case .event(let event): bodies[event.sequence] = event.body
        case .gap(let from, let to, _): gaps.append(from...to)
        }
      }
      isAtEnd = page.reachedEnd
      next = page.next
    }
  }

  /// Sequences that are neither read nor shown as lost, or both, up to the durable end.
  var unexplained: [UInt64] {
    guard durable > 0 else { return [] }
    var wanted = first
    var problems: [UInt64] = []
    let known = bodies.keys.map { $0...$0 } + gaps
    for range in known.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound != wanted { problems.append(wanted) }
      wanted = range.upperBound + 1
    }
    if wanted != durable + 1 { problems.append(wanted) }
    return problems
  }
}

/// The options of the simulated journals: the smallest segments, and no second thread, so that one
/// seed is one run.
func simulatedOptions(_ onDamage: JournalOptions.OnDamage = .continue) -> JournalOptions {
  JournalOptions(
    directory: "/disk/journal",
    segmentBytes: 64 << 10,
    stateSegmentBytes: 64 << 10,
    reserveBytes: 0,
    onDamage: onDamage,
    preparesSegments: false
  )
}
