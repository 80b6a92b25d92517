internal import Synchronization

/// What of a log can be read, shared between the thread that writes and those that read.
///
/// The writer publishes here after each sync, so a reader sees only what is durable.
final class LogCatalog: Sendable {
  private struct State {
    var segments: [SegmentEntry] = []
    /// Where the log begins, whether or not that segment is still there; nil for that of its first.
    var first: UInt64?
    /// The last durable offset; 0 for an empty log.
    var durable: UInt64 = 0
    var keys = 0
  }

  /// Where reading begins for a wanted offset.
  struct Place {
    let path: String
    let header: SegmentHeader
    let position: Int64
    let firstOffset: UInt64
    let dataEnd: Int64
    /// The first offset of the segment after it; nil for the last.
    let nextBase: UInt64?
  }

  private let state: Mutex<State>

  init(firstOffset: UInt64?) { state = Mutex(State(first: firstOffset)) }

  func replace(_ segments: [SegmentEntry], durable: UInt64) {
    state.withLock {
      $0.segments = segments
      $0.durable = durable
    }
  }

  func append(_ segment: SegmentEntry) { state.withLock { $0.segments.append(segment) } }

  func removeFirst(_ count: Int) { state.withLock { $0.segments.removeFirst(count) } }

  /// Forgets the oldest segments: from now on the log begins at the one behind them.
  func retire(_ count: Int) {
    state.withLock { state in
      state.segments.removeFirst(count)
      state.first = state.segments.first?.header.baseOffset
    }
  }

  /// Publishes a batch that is durable now.
  func publish(_ header: BatchHeader, at position: Int64) {
    state.withLock { state in
      let last = state.segments.count - 1
      state.segments[last].note(header, at: position)
      state.segments[last].dataEnd = position + Int64(header.alignedBytes)
      state.segments[last].endOffset = header.firstOffset + UInt64(header.recordCount)
      state.durable = state.segments[last].endOffset - 1
    }
  }

  var segments: [SegmentEntry] { state.withLock { $0.segments } }

  /// The first offset that a segment is there for.
  var firstBase: UInt64? { state.withLock { $0.segments.first?.header.baseOffset } }

  var bounds: (first: UInt64, durable: UInt64) {
    state.withLock { ($0.first ?? $0.segments.first?.header.baseOffset ?? 1, $0.durable) }
  }

  var usage: (bytes: Int, segments: Int, keys: Int) {
    state.withLock { state in
      (state.segments.reduce(0) { $0 + Int($1.dataEnd) }, state.segments.count, state.keys)
    }
  }

  func setKeys(_ count: Int) { state.withLock { $0.keys = count } }

  /// Finds the segment and a batch at or before `offset`, by two binary searches.
  func place(of offset: UInt64) -> Place? {
    state.withLock { state in
      var low = 0
      var high = state.segments.count
      while low < high {
        let middle = (low + high) / 2
        if state.segments[middle].header.baseOffset <= offset {
          low = middle + 1
        } else {
          high = middle
        }
      }
      guard low > 0 else { return nil }
      return Self.place(state.segments, low - 1, offset)
    }
  }

  private static func place(
    _ segments: [SegmentEntry],
    _ index: Int,
    _ offset: UInt64
  ) -> Place {
    let segment = segments[index]
    var low = 0
    var high = segment.sparse.count
    while low < high {
      let middle = (low + high) / 2
      if segment.sparse[middle].firstOffset <= offset { low = middle + 1 } else { high = middle }
    }
    let entry = low > 0 ? segment.sparse[low - 1] : nil
    return Place(
      path: segment.path,
      header: segment.header,
      position: entry?.position ?? Int64(Layout.segmentHeaderBytes),
      firstOffset: entry?.firstOffset ?? segment.header.baseOffset,
      dataEnd: segment.dataEnd,
      nextBase: index + 1 < segments.count ? segments[index + 1].header.baseOffset : nil
    )
  }

  /// Returns an offset at or before the first record of a batch closed at or after `time`.
  func offset(before time: Int64) -> UInt64 {
    state.withLock { state in
      var found = state.segments.first?.header.baseOffset ?? 1
      for segment in state.segments {
        guard let first = segment.sparse.first, first.closeMicroseconds < time else { break }
        let entry = segment.sparse.last { $0.closeMicroseconds < time }
        found = entry?.firstOffset ?? segment.header.baseOffset
      }
      return found
    }
  }
}
