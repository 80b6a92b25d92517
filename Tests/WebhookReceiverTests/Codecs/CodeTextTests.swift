import Testing
import WebhookReceiver

/// The text of a code is written eight bytes at a time.
@Suite struct CodeTextTests {
  private func bytes(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
  }

  private func text(_ words: SIMD2<UInt64>) -> [UInt8] { bytes(words[0]) + bytes(words[1]) }

  @Test func `hex, as one byte after the other`() {
    var generator = SeededGenerator(seed: 91)
    for round in 0..<20_000 {
      let repeated = UInt64(round % 256) &* 0x0101_0101_0101_0101
      let word = round < 256 ? repeated : generator.next()
      #expect(text(Hex.digits(of: word)) == Array(Hex.encode(bytes(word).span).utf8))
    }
  }

  @Test func `base 64, as six bytes after the other`() {
    var generator = SeededGenerator(seed: 92)
    for round in 0..<20_000 {
      let repeated = UInt64(round % 256) &* 0x0101_0101_0101_0101
      let (first, second) =
        round < 256 ? (repeated, ~repeated) : (generator.next(), generator.next())
      let six = Array(bytes(first)[..<6]) + Array(bytes(second)[..<6])
      let characters = Base64.characters(of: SIMD2(first, second))
      #expect(text(characters) == Array(Base64.encode(six.span).utf8))
    }
  }
}
