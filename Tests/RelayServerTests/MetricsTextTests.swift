import RelayServer
import Testing

@Suite("Metrics text") struct MetricsTextTests {
  private static let name = "webhook_receiver_secret_matches_total"

  private func lines(_ metrics: Metrics) -> [String] {
    MetricsText.sources(metrics).split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix(Self.name) }
  }

  @Test func `each secret has its series from the start, in the order of the configuration`() {
    let metrics = Metrics(secretCounts: ["b": 1, "a": 2])
    #expect(
      lines(metrics) == [
        #"\#(Self.name){source="a",secret="0"} 0"#,
        #"\#(Self.name){source="a",secret="1"} 0"#,
        #"\#(Self.name){source="b",secret="0"} 0"#,
      ]
    )
    let text = MetricsText.sources(metrics)
    #expect(text.contains("# TYPE \(Self.name) counter\n"))
  }

  @Test func `a match counts for its source and its secret alone`() {
    let metrics = Metrics(secretCounts: ["a": 2, "b": 2])
    metrics.sources["a"]?.match(secret: 1)
    metrics.sources["a"]?.match(secret: 1)
    metrics.sources["b"]?.match(secret: 0)
    #expect(
      lines(metrics) == [
        #"\#(Self.name){source="a",secret="0"} 0"#,
        #"\#(Self.name){source="a",secret="1"} 2"#,
        #"\#(Self.name){source="b",secret="0"} 1"#,
        #"\#(Self.name){source="b",secret="1"} 0"#,
      ]
    )
  }

  @Test(arguments: [-1, 1, 16, Int.max])
  func `a place that no secret has adds no series`(index: Int) {
    let metrics = Metrics(secretCounts: ["a": 1])
    metrics.sources["a"]?.match(secret: index)
    #expect(lines(metrics) == [#"\#(Self.name){source="a",secret="0"} 0"#])
  }

  @Test func `there are never more series than a verifier takes secrets`() {
    #expect(lines(Metrics(secretCounts: ["a": 1000])).count == 16)
  }
}
