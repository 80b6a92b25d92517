import RelayServer
import Testing

@Suite struct DescriptorBudgetTests {
  @Test func `with enough for all, everybody gets what they ask for`() throws {
    let budget = try #require(
      DescriptorBudget(limit: DescriptorBudget.wanted(ingress: 10_000), ingress: 10_000)
    )
    #expect(budget.ingress == 10_000 && budget.api == DescriptorBudget.apiMax)
    #expect(budget.relay == DescriptorBudget.relayMax && budget.poll == DescriptorBudget.pollMax)
  }

  @Test func `whatever the limit is, files have their part of it`() {
    for limit in stride(from: -1, through: 40_000, by: 7) {
      for ingress in [1, 64, 10_000, 1_000_000] {
        guard let budget = DescriptorBudget(limit: limit, ingress: ingress) else {
          #expect(limit < DescriptorBudget.reserve + DescriptorBudget.connectionsMin)
          continue
        }
        let all = [budget.ingress, budget.api, budget.relay, budget.poll]
        #expect(all.allSatisfy { $0 > 0 } && budget.ingress <= ingress)
        #expect(all.reduce(0, +) <= limit - DescriptorBudget.reserve)
      }
    }
  }
}
