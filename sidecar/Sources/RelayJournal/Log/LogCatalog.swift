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
    var losses = AcceptedLosses()
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
    /// See `mayHaveMetErasure`.
    let erasureSteps: UInt64
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

  var losses: AcceptedLosses { state.withLock { $0.losses } }

  func setLosses(_ losses: AcceptedLosses) { state.withLock { $0.losses = losses } }

  func setKeys(_ count: Int) { state.withLock { $0.keys = count } }

  // MARK: Erasing

  func beginErasing(in segmentID: UInt64) { noteErasureStep(in: segmentID) }

  func endErasing(in segmentID: UInt64) { noteErasureStep(in: segmentID) }

  private func noteErasureStep(in segmentID: UInt64) {
    state.withLock { state in
      guard let index = state.segments.lastIndex(where: { $0.header.segmentID == segmentID })
      else { return }
      state.segments[index].erasureSteps += 1
    }
  }

  /// Taken before a read; see `mayHaveMetErasure`.
  func erasureSteps(in segmentID: UInt64) -> UInt64 {
    state.withLock { state in
      state.segments.last { $0.header.segmentID == segmentID }?.erasureSteps ?? 0
    }
  }

  /// Whether a body of the segment is being overwritten now.
  func isErasing(in segmentID: UInt64) -> Bool { erasureSteps(in: segmentID) % 2 == 1 }

  /// Whether a record of the segment that did not verify since `before` may have been one that was
  /// just being overwritten: then it is read again.
  ///
  /// What is erased in other segments excuses nothing.
  func mayHaveMetErasure(in segmentID: UInt64, since before: UInt64) -> Bool {
    before % 2 == 1 || erasureSteps(in: segmentID) != before
  }

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
      nextBase: index + 1 < segments.count ? segments[index + 1].header.baseOffset : nil,
      erasureSteps: segment.erasureSteps
    )
  }

  /// Returns an offset at or before the first record of a batch closed at or after `time`, by two
  /// binary searches: the times of batches never go back.
  func offset(before time: Int64) -> UInt64 {
    state.withLock { state in
      // Behind the last segment that begins before it; one without batches is the newest.
      let begins = state.segments.partitioningIndex { segment in
        segment.sparse.first.map { $0.closeMicroseconds >= time } ?? true
      }
      guard begins > 0 else { return state.segments.first?.header.baseOffset ?? 1 }
      let segment = state.segments[begins - 1]
      let entry = segment.sparse.partitioningIndex { $0.closeMicroseconds >= time }
      return entry > 0 ? segment.sparse[entry - 1].firstOffset : segment.header.baseOffset
    }
  }
}

extension Array {
  /// The first index from which on `isBehind` holds, where it holds for all behind that.
  fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
