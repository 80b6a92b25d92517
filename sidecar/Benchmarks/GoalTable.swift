/// A figure beside the goal that it is measured against.
struct Goal {
  let what: String
  let measured: String
  let goal: String
  /// Nil for a figure that is told and has no goal.
  let isMet: Bool?

  init(_ what: String, _ measured: String) {
    self.what = what
    self.measured = measured
    goal = ""
    isMet = nil
  }

  init(_ what: String, _ value: Double, atMost limit: Double, _ unit: String) {
    self.what = what
    measured = Self.text(value) + unit
    goal = "<= " + Self.text(limit) + unit
    isMet = value <= limit
  }

  init(_ what: String, _ value: Double, atLeast limit: Double, _ unit: String) {
    self.what = what
    measured = Self.text(value) + unit
    goal = ">= " + Self.text(limit) + unit
    isMet = value >= limit
  }

  static func printTable(_ title: String, _ goals: [Goal]) {
    print("\n\(Row.pad(title, 58))\(Row.pad("measured", 24))\(Row.pad("goal", 16))met")
    for goal in goals {
      let isMet = goal.isMet.map { $0 ? "yes" : "no" } ?? ""
      print(
        Row.pad(goal.what, 58) + Row.pad(goal.measured, 24) + Row.pad(goal.goal, 16) + isMet
      )
    }
  }

  static func text(_ value: Double) -> String {
    if value >= 1000 { return "\(Int(value.rounded()))" }
    let digits: Double = value >= 10 ? 10 : value >= 1 ? 100 : 1000
    return "\((value * digits).rounded() / digits)"
  }
}

/// The middle one, and the one above which a hundredth lies.
struct Quantiles {
  let p50: Double
  let p99: Double

  /// Of nanoseconds; in microseconds.
  init(_ samples: [Int64]) {
    precondition(!samples.isEmpty, "nothing was measured")
    let sorted = samples.sorted()
    p50 = Double(sorted[sorted.count / 2]) / 1000
    p99 = Double(sorted[sorted.count * 99 / 100]) / 1000
  }
}

/// The middle one of several rounds: a noisy neighbour spoils some of them.
func median(_ values: [Double]) -> Double {
  values.sorted()[values.count / 2]
}
