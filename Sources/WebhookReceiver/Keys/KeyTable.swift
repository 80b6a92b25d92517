/// What a cache knows about the keys at URLs: a value, without clock and network.
///
/// Strangers choose URLs within what a profile allows, so everything is bounded: how many are
/// remembered, how many are being fetched, and how long a failure stands.
package struct KeyTable {
  /// A certificate whose chain has been checked, or a set of keys.
  package enum Material: Sendable {
    case certificate(PublicKey)
    case keySet(JSONWebKeySet)
  }

  package enum Answer {
    /// It is there.
    case found(Material)
    /// It is being fetched; `starts` says that the caller is to do it.
    case pending(starts: Bool)
    /// The last try failed, and the next one is not due.
    case failed(String)
    /// Too many others are being fetched.
    case busy
  }

  package struct Limits: Sendable {
    /// URLs that are remembered: a provider has one a region.
    package var urlsMax = 64
    /// Fetches at one time.
    package var loadsMax = 8
    /// How long a key counts without being fetched again: shorter than providers announce changes.
    package var lifetime = Duration.seconds(3600)
    /// How long a failure stands: a stranger must not make us ask again and again.
    package var failureLifetime = Duration.seconds(30)
    /// How soon a set of keys is fetched again because it lacks the one that was named.
    package var refreshInterval = Duration.seconds(300)

    package init() {}
  }

  private struct Entry {
    var material: Material?
    var fetchedAt = Duration.zero
    var failure: (reason: String, at: Duration)?
    var isLoading = false
  }

  private let limits: Limits
  private var entries: [String: Entry] = [:]
  private var loadCount = 0

  package init(_ limits: Limits) { self.limits = limits }

  /// What is known of a URL; `isStale` asks for a newer version where one may be had.
  package mutating func lookUp(_ url: String, isStale: Bool = false, at now: Duration) -> Answer {
    guard let entry = entries[url] else { return start(url, Entry(), at: now) }
    if let material = entry.material, now - entry.fetchedAt < limits.lifetime {
      let isOld = now - entry.fetchedAt >= limits.refreshInterval
      guard isStale, isOld, !entry.isLoading, !hasFailed(entry, at: now) else {
        return .found(material)
      }
      return start(url, entry, at: now)
    }
    if entry.isLoading { return .pending(starts: false) }
    if let failure = entry.failure, hasFailed(entry, at: now) { return .failed(failure.reason) }
    return start(url, entry, at: now)
  }

  private func hasFailed(_ entry: Entry, at now: Duration) -> Bool {
    guard let failure = entry.failure else { return false }
    return now - failure.at < limits.failureLifetime
  }

  private mutating func start(_ url: String, _ entry: Entry, at now: Duration) -> Answer {
    guard loadCount < limits.loadsMax else { return .busy }
    if entries[url] == nil, entries.count >= limits.urlsMax {
      guard let oldest = dispensable(at: now) else { return .busy }
      entries[oldest] = nil
    }
    var entry = entry
    entry.isLoading = true
    entries[url] = entry
    loadCount += 1
    return .pending(starts: true)
  }

  /// A URL that may be forgotten: one without a key that still counts.
  private func dispensable(at now: Duration) -> String? {
    let idle = entries.filter { _, entry in
      !entry.isLoading && (entry.material == nil || now - entry.fetchedAt >= limits.lifetime)
    }
    return idle.min { ($0.value.failure?.at ?? .zero) < ($1.value.failure?.at ?? .zero) }?.key
  }

  /// Ends a fetch; a key that was there stays when its newer version cannot be had.
  package mutating func finish(
    _ url: String,
    _ result: Result<Material, KeyLoadError>,
    at now: Duration
  ) {
    guard var entry = entries[url], entry.isLoading else { return }
    entry.isLoading = false
    loadCount -= 1
    switch result {
    case .success(let material):
      entry.material = material
      entry.fetchedAt = now
      entry.failure = nil
    case .failure(let error): entry.failure = (error.reason, now)
    }
    entries[url] = entry
  }

  package var count: Int { entries.count }
}

/// Why a key could not be fetched, without what the other side said.
package struct KeyLoadError: Error, Equatable {
  package let reason: String

  package init(reason: String) { self.reason = reason }
}
