internal import Synchronization

extension MetricsText {
  static func appendProxies(_ counters: ProxyCounters, _ text: inout String) {
    let headers = "proxy_headers_refused_total"
    family(headers, "counter", "Connections ended at their PROXY header, by reason", &text)
    for (word, count) in counters.refused {
      sample(headers, [("reason", word.rawValue)], "\(count)", &text)
    }
    single(
      "forwarded_refused_total",
      "counter",
      "Requests of trusted proxies whose client could not be told",
      Int(clamping: counters.unreadableChains.load(ordering: .relaxed)),
      &text
    )
  }
}
