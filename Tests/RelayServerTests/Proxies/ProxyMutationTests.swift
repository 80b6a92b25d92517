import RelayServer
import Testing

/// Whatever a peer sends first, there is one outcome, and it does not depend on the packets.
@Suite("PROXY headers, mutated") struct ProxyMutationTests {
  private static let rounds = Campaign.rounds(
    3000,
    campaign: 200_000,
    of: "a mutated PROXY header in random pieces, per seed"
  )
  private static let samples = ProxySamples.good.map(\.bytes) + ProxySamples.bad.map(\.bytes)
  private static let alphabet: [UInt8] =
    Array("PROXY TCP46UNKNOWN:.019\r\n".utf8) + [0x00, 0x03, 0x20, 0x21, 0x51, 0xff]

  private func mutated(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let byte = Self.alphabet.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0...3, using: &generator) {
      case 0: bytes.insert(byte, at: place)
      case 1 where place < bytes.count: bytes[place] = byte
      case 2 where place < bytes.count:
        bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      default: bytes.removeSubrange(place..<min(bytes.count, place + 3))
      }
    }
    return bytes
  }

  private func pieces(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...min(rest.count, 40), using: &generator)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return pieces
  }

  /// The outcome, and where the header ends when it is complete.
  private func text(_ outcome: (step: ProxyPreamble.Step, taken: Int)?) -> String {
    switch outcome?.step {
    case .complete(let sender, _)?: "\(sender) in \(outcome?.taken ?? 0)"
    case .refused(let refusal)?: "\(refusal.description)"
    default: "more"
    }
  }

  @Test(arguments: 0..<8)
  func `a mutated header has the same outcome however it is cut`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var complete = 0
    var refused = 0
    for round in 0..<Self.rounds {
      let bytes = mutated(Self.samples[round % Self.samples.count], &generator)
      let rest = (round % 3 == 0) ? Array("POST / HTTP/1.1\r\n".utf8) : []
      let whole = ProxyPreamble.outcome(of: [bytes + rest])
      let cut = ProxyPreamble.outcome(of: pieces(bytes + rest, &generator))
      #expect(text(whole) == text(cut), "\(bytes)")
      switch whole?.step {
      case .complete?:
        complete += 1
        #expect((whole?.taken ?? 0) <= bytes.count + rest.count)
      case .refused?: refused += 1
      default: break
      }
    }
    // Both ways are taken often, or the test says little.
    #expect(complete > Self.rounds / 10 && refused > Self.rounds / 5, "\(complete), \(refused)")
  }

  @Test(arguments: 0..<4)
  func `no bit of a header with a checksum can change unseen`(seed: UInt64) {
    var generator = SeededGenerator(seed: 100 + seed)
    for _ in 0..<Self.rounds {
      var bytes = ProxySamples.checked()
      let place = Int.random(in: 16..<28, using: &generator)
      bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      #expect(ProxyPreamble.outcome(of: [bytes])?.step == .refused(.checksum))
    }
  }
}
