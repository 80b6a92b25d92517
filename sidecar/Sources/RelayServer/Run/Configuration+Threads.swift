internal import RelayConfiguration
internal import RelayHTTP

/// What the threads take from a configuration, at the start and with each reload.
extension Configuration {
  /// Nil where no proxy is trusted.
  var proxyRules: ProxyRules? { ProxyRules(ingress.proxies) }

  /// The longest window of any source: older keys are of no use to anybody.
  var windowSeconds: UInt32 {
    UInt32(clamping: sources.map(\.window.components.seconds).max() ?? 0)
  }

  /// The scheme under which providers know a source, where its configuration says.
  var schemes: [String: String] {
    Dictionary(
      sources.map { source in
        let isTLS = source.url?.hasPrefix("https:") ?? (ingress.tls != nil)
        return (source.name, isTLS ? "https" : "http")
      },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// Those of one of so many ingress threads.
  func loopLimits(threads: Int, _ descriptors: DescriptorBudget) -> LoopLimits {
    let limits = ingress.limits
    return LoopLimits(
      http: HTTPLimits(headBytesMax: limits.headerBytes, bodyBytesMax: limits.bodyBytes),
      connectionsMax: max(1, min(limits.connections, descriptors.ingress) / threads),
      headNanoseconds: limits.headerTimeout.nanoseconds,
      bodyNanoseconds: limits.bodyTimeout.nanoseconds,
      idleNanoseconds: limits.idleTimeout.nanoseconds
    )
  }
}
