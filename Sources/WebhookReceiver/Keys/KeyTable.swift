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

  /// What a key is looked up for.
  package enum Need {
    /// To try what is at hand.
    case any
    /// None at hand was the right one: a newer one may be, or the request is forged.
    case newer
    /// The sender named one that is not at hand, and that may have been published meanwhile.
    case named
  }

  package enum Answer {
    /// It is there; `starts` says that the caller is to fetch a newer version meanwhile.
    case found(Material, starts: Bool)
    /// It is being fetched; `starts` says that the caller is to do it.
    case pending(starts: Bool)
    /// The last try failed, and the next one is not due.
    case failed(String)
    /// Too many others are being fetched.
    case busy

    /// Whether the caller is to fetch.
    package var starts: Bool {
      switch self {
      case .found(_, let starts), .pending(let starts): starts
      case .failed, .busy: false
      }
    }
  }

  package struct Limits: Sendable {
    /// URLs that are remembered: a provider has one a region.
    package var urlsMax = 64
    /// Fetches at one time of what never was at hand: strangers choose those.
    package var loadsMax = 8
    /// How old a key may be before it is fetched again: younger than providers announce changes.
    package var freshFor = Duration.seconds(3600)
    /// How long it counts where no newer version can be had: a day without its key server must not
    /// cost a provider's events, and longer than that a withdrawn key should not live.
    package var lifetime = Duration.seconds(86_400)
    /// How long a failure stands: a stranger must not make us ask again and again.
    package var failureLifetime = Duration.seconds(30)
    /// How soon a set of keys is fetched again because it lacks the one that was named.
    package var refreshInterval = Duration.seconds(300)
    /// How young a set of keys must be to say that the provider has no key of a name: senders that
    /// were answered 503 while it was fetched come again within this time.
    package var completeFor = Duration.seconds(30)

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

  package init(_ limits: Limits) { self.limits = limits }

  /// What is known of a URL.
  ///
  /// What is at hand is answered while its newer version is being fetched, or cannot be had.
  package mutating func lookUp(_ url: String, for need: Need = .any, at now: Duration) -> Answer {
    let entry = entries[url] ?? Entry()
    let rests = entry.isLoading || hasFailed(entry, at: now)
    if let material = entry.material, now - entry.fetchedAt < limits.lifetime {
      // Whoever needs the newer version waits for it: it might know the key that is missing.
      if need != .any, entry.isLoading { return .pending(starts: false) }
      let age = now - entry.fetchedAt
      if !rests, age >= (need == .any ? limits.freshFor : limits.refreshInterval) {
        begin(url, entry)
        return need == .any ? .found(material, starts: true) : .pending(starts: true)
      }
      if need == .named, age >= limits.completeFor {
        return .failed(entry.failure?.reason ?? "it is not among those that were fetched last")
      }
      return .found(material, starts: false)
    }
    if entry.isLoading { return .pending(starts: false) }
    if let failure = entry.failure, rests { return .failed(failure.reason) }
    guard makeRoom(for: url, at: now) else { return .busy }
    begin(url, entry)
    return .pending(starts: true)
  }

  private func hasFailed(_ entry: Entry, at now: Duration) -> Bool {
    guard let failure = entry.failure else { return false }
    return now - failure.at < limits.failureLifetime
  }

  private mutating func begin(_ url: String, _ entry: Entry) {
    var entry = entry
    entry.isLoading = true
    entries[url] = entry
  }

  /// Whether one more URL without a key may be fetched and remembered.
  private mutating func makeRoom(for url: String, at now: Duration) -> Bool {
    let loads = entries.values.count { $0.isLoading && $0.material == nil }
    guard loads < limits.loadsMax else { return false }
    guard entries[url] == nil, entries.count >= limits.urlsMax else { return true }
    guard let oldest = dispensable(at: now) else { return false }
    entries[oldest] = nil
    return true
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
