internal import RelaySystem

/// A change of the state map as a record: the meta is the key, the body the value.
enum StateCodec {
  static func bytes(key: String, value: [UInt8]?) -> Int {
    RecordHeader.totalBytes(meta: key.utf8.count, body: value?.count ?? 0)
  }

  static func append(
    key: String,
    value: [UInt8]?,
    to batch: inout [UInt8],
    offset: UInt64,
    receivedMicroseconds: Int64
  ) {
    let start = batch.count
    let total = bytes(key: key, value: value)
    batch.appendZeros(Layout.recordHeaderBytes)
    batch.append(contentsOf: key.utf8)
    batch.append(contentsOf: value ?? [])
    batch.appendZeros(start + total - batch.count)
    RecordHeader(
      totalBytes: UInt32(total),
      offset: offset,
      receivedMicroseconds: receivedMicroseconds,
      key: .none,
      bodyBytes: UInt32(value?.count ?? 0),
      metaBytes: UInt32(key.utf8.count),
      sourceID: 0,
      kind: value == nil ? .stateRemoval : .state,
      flags: 0
    ).encode(into: &batch, at: start)
  }

  static func apply(
    _ bytes: [UInt8],
    at start: Int,
    _ header: RecordHeader,
    to state: inout [String: [UInt8]]
  ) {
    let meta = start + header.metaRange.lowerBound..<start + header.metaRange.upperBound
    let key = String(decoding: bytes[meta], as: UTF8.self)
    state[key] = header.kind == .state ? EventCodec.body(bytes, at: start, header) : nil
  }
}
