import RelayCore
import Testing

@Suite("The ration of log lines") struct LineRationTests {
  private func taken(
    _ ration: inout LineRation,
    of count: Int,
    from addresses: [String],
    to source: String? = "github",
    at second: Int64 = 1
  ) -> Int {
    (0..<count).count { index in
      ration.take(
        address: addresses[index % addresses.count],
        source: source,
        atSecond: second
      )
    }
  }

  private static let strangers = (0..<1000).map { "198.51.\($0 / 250).\($0 % 250)" }

  @Test func `an address has its lines, and others have theirs`() {
    var ration = LineRation()
    #expect(taken(&ration, of: 1000, from: ["192.0.2.1"]) == LineRation.addressLinesMax)
    #expect(taken(&ration, of: 2, from: ["192.0.2.2"]) == 2)
    let suppressed = [ration.takeSuppressed(), ration.takeSuppressed()]
    #expect(suppressed == [1000 - LineRation.addressLinesMax, 0])
  }

  @Test func `a flood from many addresses leaves other sources their lines`() {
    var ration = LineRation()
    #expect(taken(&ration, of: 1000, from: Self.strangers) == LineRation.sourceLinesMax)
    #expect(taken(&ration, of: 2, from: ["192.0.2.2"], to: "stripe") == 2)
    #expect(taken(&ration, of: 2, from: ["192.0.2.2"], to: nil) == 2)
  }

  @Test func `all of them together have an end`() {
    var ration = LineRation()
    let count = Self.strangers.enumerated().count { index, address in
      ration.take(address: address, source: "source-\(index)", atSecond: 1)
    }
    #expect(count == LineRation.linesMax)
  }

  @Test func `each second has its own, whichever way the clock goes`() {
    var ration = LineRation()
    for second in [1, 2, 1] as [Int64] {
      let count = taken(&ration, of: 50, from: ["192.0.2.1"], at: second)
      #expect(count == LineRation.addressLinesMax)
    }
  }

  @Test func `a network of IPv6 is one address, and IPv4 inside it is IPv4`() {
    var ration = LineRation()
    let hosts = (1...100).map { "2001:db8:0:1::\(String($0, radix: 16))" }
    #expect(taken(&ration, of: 100, from: hosts) == LineRation.addressLinesMax)
    #expect(taken(&ration, of: 1, from: ["2001:db8:0:2::1"]) == 1)
    #expect(taken(&ration, of: 10, from: ["192.0.2.1"], to: "a") == 10)
    #expect(taken(&ration, of: 5, from: ["::ffff:192.0.2.1"], to: "a") == 0)
  }

  @Test func `what has no address shares one part`() {
    var ration = LineRation()
    let count = (0..<20).count { _ in ration.take(address: nil, source: nil, atSecond: 1) }
    #expect(count == LineRation.addressLinesMax)
    let isOther = ration.take(address: "unix", source: nil, atSecond: 1)
    #expect(isOther)
  }
}
