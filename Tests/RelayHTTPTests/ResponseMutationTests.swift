import RelayHTTP
import Testing

/// Random damage from one seed each: nothing may trap, and nothing may depend on how bytes are cut.
@Suite("Damaged answers") struct ResponseMutationTests {
  private static let rounds = 300
  private static let damage = ByteDamage(turning: "\r\n :;,\t0129aAHT/.\0\u{7F}")

  private static let originals = (Answers.good + Answers.open).map(\.text).enumerated()
    .map { ($0.offset, $0.element) }

  @Test(arguments: originals)
  func `a damaged answer is read the same in pieces and never traps`(seed: Int, text: String) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for round in 0..<Self.rounds {
      let bytes = Self.damage.damaged(Array(text.utf8), using: &generator)
      let pieces = ByteDamage.cut(bytes, using: &generator)
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
