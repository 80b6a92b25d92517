import RelayHTTP
import Testing

/// Random damage from one seed each: nothing may trap, and nothing may depend on how bytes are cut.
@Suite("Damaged answers") struct ResponseMutationTests {
  private static let rounds = 300
  /// Bytes at which the grammar turns.
  private static let turning = Array("\r\n :;,\t0129aAHT/.\0\u{7F}".utf8) + [0x80, 0xFF]

  private static let originals = (Answers.good + Answers.open).map(\.text).enumerated()
    .map { ($0.offset, $0.element) }

  private func damaged(_ original: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      let byte = Self.turning.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: bytes[index] = byte
      case 1: bytes.insert(byte, at: index)
      case 2: bytes.remove(at: index)
      case 3: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      default:
        let end = min(bytes.count, index + Int.random(in: 1...40, using: &generator))
        bytes.insert(contentsOf: bytes[index..<end], at: index)
      }
    }
    return bytes
  }

  private func cut(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...9, using: &generator))
      pieces.append(Array(bytes[start..<end]))
      start = end
    }
    return pieces
  }

  @Test(arguments: originals)
  func `a damaged answer is read the same in pieces and never traps`(seed: Int, text: String) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for round in 0..<Self.rounds {
      let bytes = damaged(Array(text.utf8), using: &generator)
      let pieces = cut(bytes, using: &generator)
      for excess in [ResponseParser.Excess.fails, .isCutOff] {
        let limits = HTTPLimits(bodyBytesMax: round % 3 == 0 ? 4 : 1 << 20)
        let whole = ResponseParser.read([bytes], limits: limits, excess: excess, ends: true)
        let again = ResponseParser.read(pieces, limits: limits, excess: excess, ends: true)
        #expect(again == whole, "seed \(seed), round \(round)")
        guard let answer = whole.answer else { continue }
        #expect(answer.body.utf8.count <= 3 * limits.bodyBytesMax)
        #expect(!answer.fields.contains { $0.utf8.contains { [0, 0x0A, 0x0D].contains($0) } })
      }
    }
  }
}
