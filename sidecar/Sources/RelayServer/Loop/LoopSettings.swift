/// What a loop goes by, whoever its handler is; an object for the sake of the other messages.
final class LoopSettings: Sendable {
  let limits: LoopLimits
  /// Nil where every peer is the client itself.
  let proxies: ProxyRules?

  init(limits: LoopLimits, proxies: ProxyRules?) {
    self.limits = limits
    self.proxies = proxies
  }
}
