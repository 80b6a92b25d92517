internal import Synchronization
internal import WebhookReceiver

/// Why a request never became an event.
///
/// A fixed set: the network cannot grow it.
enum Refusal: String, CaseIterable, Sendable {
  case missingHeader = "missing_header"
  case malformedHeader = "malformed_header"
  case timestampTooOld = "timestamp_too_old"
  case timestampInFuture = "timestamp_in_future"
  case signatureMismatch = "signature_mismatch"
  case bodyDigestMismatch = "body_digest_mismatch"
  case requirementNotMet = "requirement_not_met"
  case keyUnusable = "key_unusable"
  case unsignedNotAllowed = "unsigned_not_allowed"
  case address = "address"
  case clientCertificate = "client_certificate"
  case method = "method"
  case noLength = "no_length"
  case tooLarge = "too_large"
  case unavailable = "unavailable"
  case paused = "paused"
  case rate = "rate"
  case other = "other"
}

/// Counters of one source.
package final class SourceCounters: Sendable {
  let accepted = Atomic<UInt64>(0)
  let duplicates = Atomic<UInt64>(0)
  let conflicts = Atomic<UInt64>(0)
  /// Requests that prove the endpoint to the provider, and are no events.
  let handshakes = Atomic<UInt64>(0)
  let replayedBodies = Atomic<UInt64>(0)
  /// Events that polling brought.
  let polled = Atomic<UInt64>(0)
  /// Wall clock, microseconds since 1970; 0 before the first event of this run.
  let lastReceivedAt = Atomic<Int64>(0)
  private let refusals = Mutex<[UInt64]>(Array(repeating: 0, count: Refusal.allCases.count))
  private let matches: Mutex<[UInt64]>

  /// A source with this many secrets; each has its series from the start, so that a zero is said.
  init(secretCount: Int) {
    matches = Mutex(Array(repeating: 0, count: min(secretCount, Verifier.secretsMax)))
  }

  /// A delivery verified with the secret at this place of the configuration.
  package func match(secret index: Int) {
    matches.withLock { if $0.indices.contains(index) { $0[index] += 1 } }
  }

  /// Other secrets are at the places: counting begins again.
  package func expect(secrets count: Int) {
    matches.withLock { $0 = Array(repeating: 0, count: min(count, Verifier.secretsMax)) }
  }

  /// By the places of the secrets.
  var secretMatches: [UInt64] { matches.withLock { $0 } }

  func refuse(_ reason: Refusal) {
    guard let index = Refusal.allCases.firstIndex(of: reason) else { return }
    refusals.withLock { $0[index] += 1 }
  }

  var refused: [(Refusal, UInt64)] {
    let counts = refusals.withLock { $0 }
    return Array(zip(Refusal.allCases, counts))
  }
}

/// A histogram with fixed buckets.
final class Histogram: Sendable {
  /// Upper bounds in microseconds: from a fast flush to a disk in trouble.
  static let bounds: [Int64] = [
    100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000,
  ]

  private struct Counts {
    var buckets = Array(repeating: UInt64(0), count: Histogram.bounds.count + 1)
    var sum: Int64 = 0
  }

  private let counts = Mutex(Counts())

  init() {}

  func record(microseconds: Int64) {
    let index = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
    counts.withLock {
      $0.buckets[index] += 1
      $0.sum += microseconds
    }
  }

  var snapshot: (buckets: [UInt64], sumMicroseconds: Int64) {
    counts.withLock { ($0.buckets, $0.sum) }
  }
}

/// Counters of the whole process.
package final class Metrics: Sendable {
  let connectionsOpen = Atomic<Int>(0)
  let connectionsAccepted = Atomic<UInt64>(0)
  let acceptPauses = Atomic<UInt64>(0)
  let commitDuration = Histogram()
  let commits = Atomic<UInt64>(0)
  let recordsCommitted = Atomic<UInt64>(0)
  let segmentsRetired = Atomic<UInt64>(0)
  let bodiesErased = Atomic<UInt64>(0)
  let proxies = ProxyCounters()
  private let stageTimes = Mutex<[StageTimes]>([])
  private let currentSources: Mutex<[String: SourceCounters]>
  private let ingressResponses = StatusCounters()
  private let apiResponses = StatusCounters()

  package enum Surface: String, CaseIterable, Sendable { case ingress, api }

  /// How many secrets each source has, by its name.
  package init(secretCounts: [String: Int]) {
    currentSources = Mutex(secretCounts.mapValues { SourceCounters(secretCount: $0) })
  }

  /// Those of the sources that are configured, by their names.
  package var sources: [String: SourceCounters] { currentSources.withLock { $0 } }

  package func setSources(_ sources: [String: SourceCounters]) {
    currentSources.withLock { $0 = sources }
  }

  /// Those of one more ingress thread.
  func addStageTimes() -> StageTimes {
    let times = StageTimes()
    stageTimes.withLock { $0.append(times) }
    return times
  }

  /// One for each ingress thread.
  var stages: [StageTimes] { stageTimes.withLock { $0 } }

  func count(status: Int, on surface: Surface) { counters(of: surface).add(status) }

  func responses(on surface: Surface) -> [(status: Int, count: UInt64)] {
    counters(of: surface).snapshot
  }

  private func counters(of surface: Surface) -> StatusCounters {
    surface == .ingress ? ingressResponses : apiResponses
  }
}
