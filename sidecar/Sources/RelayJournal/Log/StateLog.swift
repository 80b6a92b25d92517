internal import RelaySystem

/// The log behind the state map.
///
/// A new segment begins with a snapshot of the whole map; when that is durable, the segments before
/// it are removed: the log stays as small as the map.
final class StateLog {
  private let storage: any Storage
  private let log: SegmentedLog
  /// The segment in which the newest snapshot began; a later one asks for a snapshot of its own.
  private var lastSegmentID: UInt64

  init(_ storage: any Storage, _ log: SegmentedLog) {
    self.storage = storage
    self.log = log
    lastSegmentID = log.segmentID
  }

  var needsMark: Bool { log.needsMark }

  var lacksSpare: Bool { log.lacksSpare }

  var shortage: String? { log.shortage }

  var isReadOnly: Bool { log.isReadOnly }

  var isWhole: Bool { log.isWhole }

  var end: Epoch.LogEnd {
    log.end
  }

  /// Takes a change; `state` is the map with the change in it.
  func stage(key: String, value: [UInt8]?, state: [String: [UInt8]]) throws(JournalError) {
    try log.reserve(StateCodec.bytes(key: key, value: value))
    guard log.segmentID != lastSegmentID else { return append(key, value) }
    // A snapshot says what is there, not what is gone: while the segments before it wait for their
    // removal, a start would find the removed entry in one of them.
    if value == nil { append(key, nil) }
    try snapshot(state)
  }

  /// Writes the whole map and removes what came before it.
  func snapshot(_ state: [String: [UInt8]]) throws(JournalError) {
    let first = log.segmentID
    for (key, value) in state.sorted(by: { $0.key < $1.key }) {
      try log.reserve(StateCodec.bytes(key: key, value: value))
      append(key, value)
    }
    try log.commit()
    // A map larger than a segment goes on in the next: all of them hold the snapshot.
    let old = log.catalog.segments.prefix { $0.header.segmentID < first }
    log.catalog.removeFirst(old.count)
    // Oldest first: a power cut must never leave a hole between two that remain, or a removed entry
    // would come back. One of them is the next segment, so that a full disk stops no consumer.
    log.remove(old.map(\.path))
    lastSegmentID = log.segmentID
  }

  private func append(_ key: String, _ value: [UInt8]?) {
    let now = storage.wallMicroseconds()
    _ = log.append(receivedAt: now) { batch, offset in
      StateCodec.append(
        key: key,
        value: value,
        to: &batch,
        offset: offset,
        receivedMicroseconds: now
      )
    }
  }

  func commit() throws(JournalError) { try log.commit() }

  func mark(_ flags: BatchHeader.Flags) throws(JournalError) { try log.mark(flags) }
}
