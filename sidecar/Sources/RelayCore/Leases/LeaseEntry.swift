/// One event that was handed out and is not settled.
///
///     0         1       2      4         8              12     20
///     | version | flags | zero | attempt | attempts max | due  |
///
/// 20 bytes, little-endian, as the value in the journal's state map. Flags: 1 returned, 2 dead.
package struct LeaseEntry: Equatable, Sendable {
  /// How often it was handed out; never counted back, so that no lease id is ever given twice.
  package internal(set) var attempt: UInt32
  /// The attempt after which it is given up; a replay raises it.
  package internal(set) var attemptsMax: UInt32
  /// Its worker gave the lease back.
  package internal(set) var isReturned: Bool
  /// Given up.
  package internal(set) var isDead: Bool
  /// When the lease ends, or may be given again, or since when the event is dead: milliseconds of
  /// the journal's elapsed clock.
  package internal(set) var due: Int64

  private static let version: UInt8 = 1
  private static let byteCount = 20

  init(attempt: UInt32, attemptsMax: UInt32, due: Int64) {
    self.attempt = attempt
    self.attemptsMax = attemptsMax
    self.due = due
    isReturned = false
    isDead = false
  }

  /// Returns nil for bytes of another version of this software.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount, bytes[0] == Self.version, bytes[1] < 4 else { return nil }
    attempt = UInt32(truncatingIfNeeded: Self.number(bytes[4..<8]))
    attemptsMax = UInt32(truncatingIfNeeded: Self.number(bytes[8..<12]))
    due = Int64(bitPattern: Self.number(bytes[12..<20]))
    isReturned = bytes[1] & 1 != 0
    isDead = bytes[1] & 2 != 0
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = [Self.version, (isReturned ? 1 : 0) | (isDead ? 2 : 0), 0, 0]
    bytes.reserveCapacity(Self.byteCount)
    for number in [attempt, attemptsMax] {
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
      }
    }
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: due >> Int64(shift)))
    }
    return bytes
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
