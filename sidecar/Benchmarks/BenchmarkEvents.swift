internal import RelayJournal
internal import RelaySystem

/// Events to fill journals with.
enum BenchmarkEvents {
  /// One whose record takes exactly `recordBytes`, its head included.
  static func draft(recordBytes: Int) -> EventDraft {
    var draft = draft(bodyBytes: 0)
    // A head of 64 bytes, and nine entries with 8 bytes before what is in them.
    let meta = 64 + 88 + 9 + 9 + 4 + 13 + 34 + 32 + 32 + 8 + 1 + 3 + 4
    draft.body = [UInt8](repeating: 0x7B, count: max(0, recordBytes - meta))
    return draft
  }

  static func draft(bodyBytes: Int) -> EventDraft {
    EventDraft(
      source: "benchmark",
      origin: .push,
      flags: .verified,
      receivedAt: SystemClock.wallMicroseconds(),
      providerTime: nil,
      remote: "127.0.0.1",
      method: "POST",
      target: Array("/in/benchmark".utf8),
      headerBlock: Array("Content-Type: application/json\r\n\r\n".utf8),
      eventID: Array("evt".utf8),
      eventType: Array("push".utf8),
      idempotencyKey: [UInt8](repeating: 1, count: 32),
      keys: [],
      bodyDigest: [UInt8](repeating: 2, count: 32),
      body: [UInt8](repeating: 0x7B, count: bodyBytes)
    )
  }

  /// As a keyed hash gives them.
  static func key(_ number: Int) -> Key128 {
    Key128(high: mix(UInt64(number) &* 2), low: mix(UInt64(number) &* 2 &+ 1))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
