internal import RelayConfiguration
internal import RelayCore
internal import Synchronization

/// The standings of all sources, for whoever starts and reloads.
///
/// A source that leaves the configuration keeps its standing: when it comes back it goes on
/// counting, and is paused if it was. Names come from the configuration alone, so the book is as
/// large as what its author writes.
final class SourceBook: Sendable {
  private let metrics: Metrics
  private let standings = Mutex<[String: SourceStanding]>([:])

  init(_ metrics: Metrics) { self.metrics = metrics }

  func standing(_ name: String, secretCount: Int) -> SourceStanding {
    standings.withLock { standings in
      if let known = standings[name] { return known }
      let counters = metrics.sources[name] ?? SourceCounters(secretCount: secretCount)
      let new = SourceStanding(counters)
      standings[name] = new
      return new
    }
  }

  /// The sources of a configuration, as the ingress uses them.
  func runtimes(_ configuration: Configuration) -> [SourceRuntime] {
    configuration.sources.map { source in
      let standing = standing(source.name, secretCount: source.secrets.count)
      standing.limit(to: source.rateLimit)
      return SourceRuntime(
        source,
        standing: standing,
        bodyBytesMax: configuration.ingress.limits.bodyBytes
      )
    }
  }

  /// The same after a reload; series are of these sources alone from now on.
  func runtimes(_ plan: ReloadPlan) -> [SourceRuntime] {
    let runtimes = runtimes(plan.configuration)
    metrics.setSources(
      Dictionary(
        runtimes.map { ($0.source.name, $0.counters) },
        uniquingKeysWith: { first, _ in first }
      )
    )
    return runtimes
  }

  /// Secrets are counted by their places: where others are in force, counting begins again.
  ///
  /// When they are, and not before: what the old ones matched is not theirs.
  func countAnew(_ plan: ReloadPlan) {
    for source in plan.configuration.sources where plan.changesSecrets(of: source.name) {
      let count = source.secrets.count
      standing(source.name, secretCount: count).counters.expect(secrets: count)
    }
  }

  /// Pauses outlive a restart, also those of sources that are not configured now.
  func restorePauses(_ names: [String]) {
    for name in names {
      standing(name, secretCount: 0).isPaused.store(true, ordering: .relaxed)
    }
  }
}
