import RelayServer
import Testing

@Suite("Times of the stages of a delivery") struct StageTimesTests {
  private static let name = "webhook_receiver_ingress_stage_seconds"

  private func value(_ series: String, in text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("\(Self.name)\(series) ") }
      .map { String($0.split(separator: " ")[1]) }
  }

  @Test func `a time is in the bucket of its bound, and in every one above`() {
    let times = StageTimes()
    for time in [-5, 0, 10_000, 10_001, 30_000_000_000, 30_000_000_001] as [Int64] {
      times.record(.verify, nanoseconds: time)
    }
    let text = MetricsText.stages([times])
    for (bound, count) in [
      ("1e-05", "3"), ("2.5e-05", "4"), ("10.0", "4"), ("30.0", "5"), ("+Inf", "6"),
    ] {
      #expect(value("_bucket{stage=\"verify\",le=\"\(bound)\"}", in: text) == count, "\(bound)")
    }
    #expect(value("_count{stage=\"verify\"}", in: text) == "6")
    #expect(value("_sum{stage=\"verify\"}", in: text) == "60.000020002")
  }

  @Test func `stages are apart, and threads are added up`() {
    let threads = [StageTimes(), StageTimes(), StageTimes()]
    for thread in threads { thread.record(.read, nanoseconds: 1) }
    threads[1].record(.reply, nanoseconds: 2_000_000_000)
    let text = MetricsText.stages(threads)
    let counts = StageTimes.Stage.allCases.map { value("_count{stage=\"\($0.word)\"}", in: text) }
    #expect(counts == ["3", "0", "0", "1"])
    #expect(value("_sum{stage=\"reply\"}", in: text) == "2.0")
  }

  @Test func `every series is there from the start, and there are no others`() {
    let text = MetricsText.stages([])
    let series = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(series.count == StageTimes.Stage.allCases.count * (StageTimes.bounds.count + 3))
    #expect(series.allSatisfy { $0.hasSuffix(" 0") || $0.hasSuffix(" 0.0") })
    #expect(text.contains("# TYPE \(Self.name) histogram\n"))
  }

  @Test func `bounds grow`() {
    #expect(StageTimes.bounds == StageTimes.bounds.sorted())
    #expect(Set(StageTimes.bounds).count == StageTimes.bounds.count)
  }
}
