import RelayHTTP
import Testing

/// Random damage from one seed each: nothing may trap, and nothing may depend on how bytes are cut.
@Suite("Damaged requests") struct MutationTests {
  private static let rounds = Campaign.rounds(400, campaign: 20_000, of: "damage to each request")
  private static let rowRounds = Campaign.rounds(40, campaign: 4000, of: "damage to each row")
  private static let damage = ByteDamage(turning: "\r\n :;,\t0aA/*?#%+-\0\u{7F}")

  @Test(arguments: Array(Accepted.requests.enumerated().map { ($0.offset, $0.element) }))
  func `a damaged request is read the same in pieces and never traps`(seed: Int, text: String) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for round in 0..<Self.rounds {
      let bytes = Self.damage.damaged(Array(text.utf8), using: &generator)
      let whole = Connection.read([bytes])
      let pieces = Connection.read(ByteDamage.cut(bytes, using: &generator))
      #expect(pieces == whole, "seed \(seed), round \(round)")
      checkInvariants(whole, of: bytes)
    }
  }

  @Test(arguments: Array(ConformanceCase.short.enumerated().map { ($0.offset, $0.element) }))
  func `a damaged row of the table is read the same in pieces`(seed: Int, row: ConformanceCase) {
    var generator = SeededGenerator(seed: UInt64(5000 + seed))
    for round in 0..<Self.rowRounds {
      let bytes = Self.damage.damaged(row.bytes, using: &generator)
      let whole = Connection.readAll([bytes])
      let pieces = Connection.readAll(ByteDamage.cut(bytes, using: &generator))
      #expect(pieces == whole, "seed \(seed), round \(round)")
      for reading in whole { checkInvariants(reading, of: bytes) }
    }
  }

  @Test(arguments: 0..<8)
  func `two damaged requests behind each other are read the same in pieces`(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(9000 + seed))
    let requests = Accepted.requests.map { Array($0.utf8) }
    for round in 0..<Self.rounds {
      let one = requests.randomElement(using: &generator) ?? []
      let two = requests.randomElement(using: &generator) ?? []
      let bytes = Self.damage.damaged(one + two, using: &generator)
      let whole = Connection.readAll([bytes])
      let pieces = Connection.readAll(ByteDamage.cut(bytes, using: &generator))
      #expect(pieces == whole, "seed \(seed), round \(round)")
      // What was read and what was not are all there is: no byte is taken twice.
      let used = whole.compactMap(\.request).map(\.body.count).reduce(0, +)
      #expect(used <= bytes.count, "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: 0..<8)
  func `noise is read the same in pieces and never traps`(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(1000 + seed))
    for round in 0..<Self.rounds {
      let count = Int.random(in: 0..<200, using: &generator)
      let bytes = (0..<count).map { _ in
        Bool.random(using: &generator)
          ? Self.damage.turning.randomElement(using: &generator) ?? 0
          : UInt8.random(in: .min ... .max, using: &generator)
      }
      let whole = Connection.read([bytes])
      let pieces = Connection.read(ByteDamage.cut(bytes, using: &generator))
      #expect(pieces == whole, "seed \(seed), round \(round)")
      checkInvariants(whole, of: bytes)
      _ = Target.segments(of: bytes)
      _ = Target.query(of: bytes)
      _ = try? QueryParameters(bytes)
      _ = try? RequestHead.parse(bytes, limits: HTTPLimits())
    }
  }

  /// Whatever was accepted could be sent on: no line breaks, no NUL, one framing.
  private func checkInvariants(_ reading: Reading, of bytes: [UInt8]) {
    guard let request = reading.request else { return }
    for field in request.fields {
      #expect(!field.utf8.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D })
    }
    let names = request.fields.map { $0.prefix { $0 != "=" }.lowercased() }
    let lengths = names.count { $0 == "content-length" }
    let codings = names.count { $0 == "transfer-encoding" }
    #expect(lengths + codings <= 1)
    #expect((request.framing == .chunked) == (codings == 1))
    #expect(request.version == .http10 || names.count { $0 == "host" } == 1)
    #expect(request.rest.count < bytes.count)
  }
}
