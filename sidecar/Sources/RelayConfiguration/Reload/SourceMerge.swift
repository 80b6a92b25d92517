/// The sources that are in force after a reload, without a restart of the poller and the relay.
///
/// A source waits as a whole where half of it would be wrong:
/// * a new one that is polled or has destinations, because its events would be fetched and relayed
///   by nobody, and an event that was admitted for nobody stays so;
/// * one that is polled and is removed, or takes another identity or path: push and poll of one
///   event are one only while both go by the same rules;
/// * one that asks for a client's name while the listener asks for no certificate: it would refuse
///   every delivery;
/// * one that wants a path of a source that waits, or waits for one.
///
/// Any other takes its new settings, except for `poll` and `destinations`.
struct SourceMerge {
  private let started: [String: Source]
  private let running: [Source]
  private let loaded: [Source]
  /// Whether clients show certificates, until a restart.
  private let seesClients: Bool

  init(started: Configuration, running: Configuration, loaded: Configuration) {
    self.started = Self.byName(started.sources)
    self.running = running.sources
    self.loaded = loaded.sources
    seesClients = running.ingress.tls?.clientAuthorities != nil
  }

  var sources: [Source] {
    var waiting = waitingAlone
    // Each turn takes one more of them; when all wait, nothing changes and all paths are right.
    while let next = clash(waiting) { waiting.insert(next) }
    return merged(waiting)
  }

  private static func byName(_ sources: [Source]) -> [String: Source] {
    // Names are keys of one object: there are no two.
    Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private var waitingAlone: Set<String> {
    let before = Self.byName(running)
    let after = Self.byName(loaded)
    var waiting: Set<String> = []
    for source in loaded {
      if !source.clientNames.isEmpty, !seesClients { waiting.insert(source.name) }
      if let old = before[source.name] {
        if old.poll != nil, !old.isPolled(as: source) { waiting.insert(source.name) }
      } else if source.poll != nil || source.destinations != relayed(source.name) {
        waiting.insert(source.name)
      }
    }
    for source in running where source.poll != nil && after[source.name] == nil {
      waiting.insert(source.name)
    }
    return waiting
  }

  /// The destinations that the relay's thread knows for a source, be it in force or not.
  private func relayed(_ name: String) -> [String] { started[name]?.destinations ?? [] }

  /// Where waiting sources are as they were, and the others as they were read.
  private func merged(_ waiting: Set<String>) -> [Source] {
    let before = Self.byName(running)
    let after = Self.byName(loaded)
    var sources = loaded.compactMap { source -> Source? in
      guard !waiting.contains(source.name) else { return before[source.name] }
      guard let old = before[source.name] else { return source }
      var source = source
      source.poll = old.poll
      source.destinations = old.destinations
      return source
    }
    sources += running.filter { waiting.contains($0.name) && after[$0.name] == nil }
    return sources
  }

  /// A source that does not wait yet, and has a path of one that does.
  private func clash(_ waiting: Set<String>) -> String? {
    var owners: [String: String] = [:]
    let sources = merged(waiting)
    for source in sources where waiting.contains(source.name) {
      for path in [source.path] + source.aliases { owners[path] = source.name }
    }
    return sources.first { source in
      !waiting.contains(source.name)
        && ([source.path] + source.aliases).contains { owners[$0] != nil }
    }?.name
  }
}

extension Source {
  /// Whether the poller may go on as it began while deliveries go by the other source's settings.
  fileprivate func isPolled(as other: Source) -> Bool {
    path == other.path && profile == other.profile && identity == other.identity
      && window == other.window && replayGuard == other.replayGuard
  }
}
