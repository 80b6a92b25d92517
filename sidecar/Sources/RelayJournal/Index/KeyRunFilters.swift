/// The filters of a run, each over a part of its keys: a run of any size is written and merged with
/// the memory of one part.
///
///     0                   16          24
///     | first key of part | byte count | filter … | next part …
///
/// Little-endian, parts in the order of their keys, one stream over the contents of the run's last
/// pages; see `FuseFilter` for a filter's bytes.
package struct KeyRunFilters: Sendable {
  /// Keys of one part: about 40 MB while its filter is built.
  package static let partKeys = 1 << 20
  /// Beyond what the keys that an index may hold need.
  static let bytesMax = 1 << 30

  private static let headBytes = 24
  /// A filter of `partKeys` has 2.25 MiB; a small one may have more for each key.
  private static let filterBytesMax = 16 << 20

  struct Part: Sendable {
    let first: Key128
    let filter: FuseFilter
  }

  private(set) var parts: [Part] = []

  /// What the filters keep in memory.
  var bytes: Int { parts.reduce(0) { $0 + $1.filter.byteCount } }

  mutating func append(first: Key128, _ filter: FuseFilter) {
    parts.append(Part(first: first, filter: filter))
  }

  /// The bytes of one part, to be written and let go before the next.
  var encodedParts: some Sequence<[UInt8]> {
    parts.lazy.map { part in
      let filter = part.filter.encode()
      var bytes = [UInt8](repeating: 0, count: Self.headBytes)
      bytes.store(part.first.high, at: 0)
      bytes.store(part.first.low, at: 8)
      bytes.store(UInt64(filter.count), at: 16)
      return bytes + filter
    }
  }

  var encodedBytes: Int { parts.reduce(0) { $0 + Self.headBytes + $1.filter.byteCount } }

  /// Takes whole parts from the front of `stream`.
  ///
  /// Returns false when it is not what `encodedParts` gives.
  mutating func decode(_ stream: inout [UInt8]) -> Bool {
    var at = 0
    while at + Self.headBytes <= stream.count {
      let count = stream.load(UInt64.self, at: at + 16)
      guard count <= UInt64(Self.filterBytesMax) else { return false }
      let start = at + Self.headBytes
      let end = start + Int(count)
      guard end <= stream.count else { break }
      let first = Key128(high: stream.load(at: at), low: stream.load(at: at + 8))
      if let last = parts.last, first <= last.first { return false }
      guard let filter = FuseFilter(decoding: Array(stream[start..<end])) else { return false }
      append(first: first, filter)
      at = end
    }
    stream.removeFirst(at)
    return true
  }
}
