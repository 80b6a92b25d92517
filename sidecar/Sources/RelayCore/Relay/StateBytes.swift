/// Writes little-endian integers and counted texts.
struct StateWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func append(_ bytes: some Sequence<UInt8>) { self.bytes += bytes }

  /// Elapsed time, in nanoseconds.
  mutating func elapsed(_ value: Duration) { integer(value.wholeNanoseconds) }

  /// At most 65 535 bytes; what is longer was refused by whoever made it.
  mutating func text(_ value: String) {
    let bytes = Array(value.utf8.prefix(Int(UInt16.max)))
    integer(UInt16(bytes.count))
    self.bytes += bytes
  }
}

/// Reads what `StateWriter` wrote; nil where bytes are missing or are none of its.
struct StateReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value? {
    let count = Value.bitWidth / 8
    guard bytes.count - position >= count else { return nil }
    var value: Value = 0
    for index in (0..<count).reversed() {
      value = value << 8 | Value(truncatingIfNeeded: bytes[position + index])
    }
    position += count
    return value
  }

  /// Never negative: the clock that it was read from began at zero.
  mutating func elapsed() -> Duration? {
    guard let value = integer(Int64.self), value >= 0 else { return nil }
    return .nanoseconds(value)
  }

  mutating func text() -> String? {
    guard let count = integer(UInt16.self), let bytes = take(Int(count)) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  mutating func take(_ count: Int) -> [UInt8]? {
    guard bytes.count - position >= count else { return nil }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }
}

extension Duration {
  /// Whole nanoseconds, held at the ends of the range.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, isOverflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !isOverflow else { return seconds < 0 ? .min : .max }
    return whole.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
  }

  /// Whole milliseconds, held at the ends of the range.
  package var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }
}
