extension MetricsText {
  /// All ingress threads together.
  package static func stages(_ threads: [StageTimes]) -> String {
    var sums = [StageTimes.Counts](repeating: .init(), count: StageTimes.Stage.allCases.count)
    for thread in threads {
      for (stage, counts) in thread.snapshot.enumerated() { sums[stage] += counts }
    }
    let name = "ingress_stage_seconds"
    var text = ""
    family(name, "histogram", "Where the time of deliveries goes, by stage", &text)
    for (stage, counts) in zip(StageTimes.Stage.allCases, sums) {
      let label = ("stage", stage.word)
      var total: UInt64 = 0
      for (bound, count) in zip(StageTimes.bounds, counts.buckets) {
        total += count
        let seconds = Double(bound) / nanosecondsPerSecond
        sample("\(name)_bucket", [label, ("le", "\(seconds)")], "\(total)", &text)
      }
      total += counts.buckets[StageTimes.bounds.count]
      sample("\(name)_bucket", [label, ("le", "+Inf")], "\(total)", &text)
      let sum = Double(counts.sumNanoseconds) / nanosecondsPerSecond
      sample("\(name)_sum", [label], "\(sum)", &text)
      sample("\(name)_count", [label], "\(total)", &text)
    }
    return text
  }

  private static var nanosecondsPerSecond: Double { 1e9 }
}
