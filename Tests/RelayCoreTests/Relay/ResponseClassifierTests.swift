import RelayCore
import Testing

@Suite struct ResponseClassifierTests {
  @Test func `every status has the meaning of the contract`() {
    for status in 0...999 {
      let expected: ResponseClassifier.Verdict =
        switch status {
        case 200...299: .delivered
        case 400, 410, 413, 415, 422: .permanent
        case 408, 425, 429: .transient
        case 300...499: .misconfigured
        default: .transient
        }
      #expect(ResponseClassifier.verdict(on: .answer(status: status)) == expected, "\(status)")
    }
  }

  @Test(arguments: NoAnswer.allCases)
  func `no answer is tried again, whatever the reason`(reason: NoAnswer) {
    #expect(ResponseClassifier.verdict(on: .noAnswer(reason)) == .transient)
  }

  @Test func `43: nothing but 2xx is delivered, and only five statuses end a delivery`() {
    let all = (0...999).map { ($0, ResponseClassifier.verdict(on: .answer(status: $0))) }
    #expect(all.filter { $0.1 == .delivered }.map(\.0) == Array(200...299))
    #expect(all.filter { $0.1 == .permanent }.map(\.0) == [400, 410, 413, 415, 422])
  }

  @Test func `words are of one alphabet, and no two are the same`() {
    for words in [NoAnswer.allCases.map(\.word), DeathReason.allCases.map(\.word)] {
      #expect(Set(words).count == words.count)
      #expect(words.joined().utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F })
    }
  }
}
