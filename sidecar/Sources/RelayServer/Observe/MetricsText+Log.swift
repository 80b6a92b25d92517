internal import Synchronization

extension MetricsText {
  package static func log(_ counters: LogCounters) -> String {
    var text = ""
    single(
      "access_lines_total",
      "counter",
      "Lines of requests that were written",
      Int(clamping: counters.accessLines.load(ordering: .relaxed)),
      &text
    )
    let helps: [(LogCounters.Loss, String)] = [
      (.lost, "Lines that nobody took in time"),
      (.suppressed, "Lines over the ration of what anybody may cause"),
    ]
    for (loss, help) in helps {
      let name = "log_lines_\(loss.rawValue)_total"
      family(name, "counter", help, &text)
      for kind in LogCounters.Kind.allCases {
        sample(name, [("kind", kind.rawValue)], "\(counters.count(loss, of: kind))", &text)
      }
    }
    return text
  }
}
