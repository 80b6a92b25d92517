/// Which events are for a destination: decided when they are admitted, and never again
/// (failure 38).
///
///     0         1          3
///     | version | count    | for each:
///     |
///     | source (counted text) | from (8) | to (8) | types (2) | type (counted text) …
///
/// Little-endian; `to` is the first sequence that is not for it, all ones while there is none.
package struct DestinationRoutes: Equatable, Sendable {
  /// Events of one source, from one sequence on and up to another.
  package struct Interval: Equatable, Sendable {
    package let source: String
    package let filter: DeliveryFilter
    package let from: UInt64
    /// Nil: still open.
    package var to: UInt64?

    package init(source: String, filter: DeliveryFilter, from: UInt64, to: UInt64? = nil) {
      self.source = source
      self.filter = filter
      self.from = from
      self.to = to
    }

    package func contains(_ sequence: UInt64) -> Bool {
      sequence >= from && to.map { sequence < $0 } ?? true
    }
  }

  package private(set) var intervals: [Interval]

  package init(_ intervals: [Interval] = []) { self.intervals = intervals }

  package func contains(_ sequence: UInt64, source: String, type: [UInt8]?) -> Bool {
    intervals.contains {
      $0.source == source && $0.contains(sequence) && $0.filter.matches(type: type)
    }
  }

  /// Whether an event like this would be for it today.
  package func takes(source: String, type: [UInt8]?) -> Bool {
    intervals.contains { $0.to == nil && $0.source == source && $0.filter.matches(type: type) }
  }

  package var sources: Set<String> { Set(intervals.map(\.source)) }

  /// The sources whose events of today are for it.
  package var openSources: Set<String> { Set(intervals.filter { $0.to == nil }.map(\.source)) }

  /// The last sequence that may be for it; nil while an interval is open.
  package var lastSequence: UInt64? {
    var last: UInt64 = 0
    for interval in intervals {
      guard let to = interval.to else { return nil }
      last = max(last, to - 1)
    }
    return last
  }

  /// From `next` on, what these sources and this filter say.
  package mutating func change(to sources: [String], filter: DeliveryFilter, next: UInt64) {
    let wanted = Set(sources)
    for index in intervals.indices where intervals[index].to == nil {
      let interval = intervals[index]
      if !wanted.contains(interval.source) || interval.filter != filter {
        intervals[index].to = next
      }
    }
    intervals.removeAll { interval in interval.to.map { interval.from >= $0 } ?? false }
    let open = openSources
    for source in wanted.subtracting(open).sorted() {
      intervals.append(Interval(source: source, filter: filter, from: next))
    }
  }

  /// Forgets what lies behind the frontier; returns whether there was any.
  package mutating func forget(through frontier: UInt64) -> Bool {
    let before = intervals.count
    intervals.removeAll { $0.to.map { $0 <= frontier + 1 } ?? false }
    return intervals.count != before
  }

  // MARK: Bytes

  private static let version: UInt8 = 1
  /// More were never written: each change of the configuration closes at most what was open.
  private static let countMax = Int(UInt16.max)

  package func encode() -> [UInt8] {
    var writer = StateWriter()
    writer.integer(Self.version)
    let kept = intervals.suffix(Self.countMax)
    writer.integer(UInt16(kept.count))
    for interval in kept {
      writer.text(interval.source)
      writer.integer(interval.from)
      writer.integer(interval.to ?? UInt64.max)
      writer.integer(UInt16(clamping: interval.filter.types.count))
      for type in interval.filter.types.prefix(Int(UInt16.max)) { writer.text(type) }
    }
    return writer.bytes
  }

  package init?(decoding bytes: [UInt8]) {
    var reader = StateReader(bytes)
    guard reader.integer(UInt8.self) == Self.version, let count = reader.integer(UInt16.self) else {
      return nil
    }
    var intervals: [Interval] = []
    for _ in 0..<count {
      guard let source = reader.text(), let from = reader.integer(UInt64.self),
        let to = reader.integer(UInt64.self), let typeCount = reader.integer(UInt16.self)
      else { return nil }
      var types: [String] = []
      for _ in 0..<typeCount {
        guard let type = reader.text() else { return nil }
        types.append(type)
      }
      guard from < to else { return nil }
      intervals.append(
        Interval(
          source: source,
          filter: DeliveryFilter(types: types),
          from: from,
          to: to == .max ? nil : to
        )
      )
    }
    guard reader.isAtEnd else { return nil }
    self.intervals = intervals
  }
}
