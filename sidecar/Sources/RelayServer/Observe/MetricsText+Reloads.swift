/// What became of reloads.
extension MetricsText {
  static func reloads(_ state: ConfigurationStanding.State) -> String {
    var text = ""
    family(
      "reloads_total",
      "counter",
      "Reloads of the configuration, by what became of them",
      &text
    )
    for result in ConfigurationStanding.Result.allCases {
      let labels = [("result", result.rawValue)]
      sample("reloads_total", labels, "\(state.counts[result] ?? 0)", &text)
    }
    return text
  }
}
