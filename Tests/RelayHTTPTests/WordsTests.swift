import RelayHTTP
import Testing

/// Eight bytes at once have to be told apart as each of them is alone.
@Suite struct WordsTests {
  /// What every lane around the byte in question holds: all that is harmless, at both ends.
  private static let fillers: [UInt8] = [
    0x61, 0x7A, 0x41, 0x5A, 0x2D, 0x80, 0xFF, 0x20, 0x7E, 0x30,
  ]

  private static func word(_ bytes: [UInt8]) -> UInt64 { Words.word(bytes.span, at: 0) }

  /// How many from the first on are as they should be.
  private static func count(_ bytes: [UInt8], _ isGood: (UInt8) -> Bool) -> Int {
    bytes.firstIndex { !isGood($0) } ?? bytes.count
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
  }

  private static func check(_ bytes: [UInt8]) {
    let word = word(bytes)
    #expect(Words.bytesAboveControls(word) == count(bytes) { $0 >= 0x20 }, "\(bytes)")
    #expect(
      Words.fieldBytes(word) == count(bytes) { $0 != 0x09 && Words.isFieldByte($0) },
      "\(bytes)"
    )
    #expect(Words.nameBytes(word) == count(bytes, isName), "\(bytes)")
  }

  @Test func `every byte in every lane, among all kinds of others`() {
    for filler in Self.fillers {
      for lane in 0..<8 {
        for byte in UInt8.min...UInt8.max {
          var bytes = [UInt8](repeating: filler, count: 8)
          bytes[lane] = byte
          Self.check(bytes)
        }
      }
    }
  }

  @Test func `pairs of neighbours: a lane must not change what is said of the next`() {
    for left in UInt8.min...UInt8.max {
      for right in UInt8.min...UInt8.max {
        Self.check([0x61, 0x62, left, right, 0x63, 0x64, 0x65, 0x66])
      }
    }
  }

  @Test func `all that a name may be made of is a token`() {
    for byte in UInt8.min...UInt8.max where Self.isName(byte) { #expect(Words.isToken(byte)) }
  }
}
