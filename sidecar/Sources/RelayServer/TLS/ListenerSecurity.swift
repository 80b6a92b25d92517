internal import RelayConfiguration
internal import RelaySystem

/// TLS of both surfaces, where they have it.
struct ListenerSecurity: Sendable {
  let ingress: TLSKeeper?
  let api: TLSKeeper?

  init(_ configuration: Configuration, log: Log) throws(StartError) {
    ingress = try Self.keeper(.ingress, configuration.ingress.tls, log)
    api = try Self.keeper(.api, configuration.api.tls, log)
  }

  private static func keeper(
    _ surface: Metrics.Surface,
    _ paths: ListenerTLS?,
    _ log: Log
  ) throws(StartError) -> TLSKeeper? {
    guard let paths else { return nil }
    return try TLSKeeper(surface, paths, log: log)
  }

  var keepers: [TLSKeeper] { [ingress, api].compactMap(\.self) }

  /// Looks after the files until the process ends or drains.
  ///
  /// In one thread for both surfaces and nothing else: a file system that hangs holds up only the
  /// renewal of certificates, though that of both.
  func keep(_ health: Health) {
    let gate = Gate()
    while health.state != .draining, health.state != .failed {
      _ = gate.wait(timeoutMilliseconds: TLSKeeper.lookMilliseconds)
      let now = SystemClock.monotonicNanoseconds()
      for keeper in keepers { keeper.look(at: now) }
    }
  }
}
