import RelayCore
import Testing
import WebhookReceiver

private let window: UInt32 = 100
private let now: UInt32 = 1000

private func seen(_ sequence: UInt64, secondsAgo: UInt32 = 0) -> Sighting {
  Sighting(sequence: sequence, seconds: now - secondsAgo)
}

@Suite("Admission policy") struct AdmissionPolicyTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let identity: Profile.Identity
    var replayGuard = ReplayGuard.flag
    var sightings = Sightings()
    let expected: AdmissionPolicy.Decision
    var testDescription: String { "\(identity) \(replayGuard) \(sightings)" }
  }

  static let rows: [Row] = [
    Row(identity: .boundID, expected: .store),
    Row(
      identity: .boundID,
      sightings: Sightings(event: seen(7)),
      expected: .duplicate(of: 7)
    ),
    // The id is under the signature: the content is not asked.
    Row(identity: .boundID, sightings: Sightings(content: seen(7)), expected: .store),
    Row(identity: .digest, sightings: Sightings(event: seen(3)), expected: .duplicate(of: 3)),
    Row(identity: .digest, expected: .store),
    Row(
      identity: .none,
      sightings: Sightings(event: seen(1), id: seen(1), content: seen(1)),
      expected: .store
    ),
    Row(
      identity: .unboundID,
      sightings: Sightings(event: seen(2), id: seen(2), content: seen(2)),
      expected: .duplicate(of: 2)
    ),
    Row(identity: .unboundID, sightings: Sightings(id: seen(2)), expected: .storeConflict),
    // A forger who knows an id and a body of another event gets a conflict, not a duplicate.
    Row(
      identity: .unboundID,
      sightings: Sightings(id: seen(2), content: seen(5)),
      expected: .storeConflict
    ),
    Row(
      identity: .unboundID,
      sightings: Sightings(content: seen(5)),
      expected: .storeReplayedBody
    ),
    Row(
      identity: .unboundID,
      replayGuard: .drop,
      sightings: Sightings(content: seen(5)),
      expected: .duplicate(of: 5)
    ),
    Row(
      identity: .unboundID,
      replayGuard: .off,
      sightings: Sightings(content: seen(5)),
      expected: .store
    ),
    Row(identity: .unboundID, expected: .store),
  ]

  @Test(arguments: rows) func `decides as the contract's table says`(row: Row) {
    let policy = AdmissionPolicy(
      identity: row.identity,
      replayGuard: row.replayGuard,
      windowSeconds: window
    )
    #expect(policy.decide(row.sightings, at: now) == row.expected)
  }

  @Test(arguments: [(0, true), (99, true), (100, true), (101, false)] as [(UInt32, Bool)])
  func `a key is remembered to the end of its window`(secondsAgo: UInt32, isDuplicate: Bool) {
    let policy = AdmissionPolicy(identity: .boundID, replayGuard: .flag, windowSeconds: window)
    let decision = policy.decide(Sightings(event: seen(9, secondsAgo: secondsAgo)), at: now)
    #expect((decision == .duplicate(of: 9)) == isDuplicate)
  }

  @Test func `a clock that stepped back admits nothing twice`() {
    let policy = AdmissionPolicy(identity: .boundID, replayGuard: .flag, windowSeconds: window)
    let decision = policy.decide(Sightings(event: Sighting(sequence: 9, seconds: 5000)), at: 10)
    #expect(decision == .duplicate(of: 9))
  }
}
