import RelayJournal
import Testing

private func everything() -> [TailDecision.Facts] {
  var all: [TailDecision.Facts] = []
  for next in TailDecision.Facts.Next.allCases {
    for isProven in [false, true] {
      for hasLostSegment in [false, true] {
        all.append(
          TailDecision.Facts(next: next, isProven: isProven, hasLostSegment: hasLostSegment)
        )
      }
    }
  }
  return all
}

@Suite("The recovery table") struct TailDecisionTests {
  @Test func `has exactly one row for every combination of facts`() {
    #expect(everything().count == 16)
    for facts in everything() {
      let labels = TailDecision.table.filter { $0.matches(facts) }.map(\.label)
      #expect(labels.count == 1, "\(facts): \(labels)")
    }
  }

  @Test func `has no row that nothing reaches`() {
    for row in TailDecision.table {
      #expect(everything().contains { row.matches($0) }, "\(row.label)")
    }
    #expect(Set(TailDecision.table.map(\.label)).count == TailDecision.table.count)
  }

  @Test func `proof without the batch is damage, whatever stands there`() {
    for facts in everything() where facts.isProven {
      #expect(TailDecision.decide(facts) == .damaged)
    }
  }

  @Test func `only a clean mark is appended to`() {
    for facts in everything() where TailDecision.decide(facts) == .appendHere {
      #expect(facts.next == .cleanMark && !facts.isProven && !facts.hasLostSegment)
    }
  }

  @Test func `without proof nothing is damage`() {
    for facts in everything() where !facts.isProven && !facts.hasLostSegment {
      #expect(TailDecision.decide(facts) != .damaged)
    }
  }
}
