internal import RelayCore
internal import WebhookReceiver

/// What a configuration that was read again changes in a sidecar that runs.
///
/// The plan begins with what is in force and takes from the new one what can be had without a
/// restart: a key that nobody thought of here waits for a restart, and is said to. Nor can it be
/// said wrongly, because both lists are differences: `changed` between before and after, and
/// `waiting` between after and what was read (failures 56 and 58).
///
/// Live are the sources, `ingress.limits`, who is trusted as a proxy, `api.tokens` and `log`. The
/// rest waits: sockets are bound and the journal is open, and the threads of the relay and the
/// poller own what they began with. What waits keeps all of its old settings, never some of them.
package struct ReloadPlan: Sendable {
  /// What is in force when the plan is carried out.
  package let configuration: Configuration
  /// What is other than before.
  package let changed: [SettingPath]
  /// What was read and needs a restart.
  package let waiting: [SettingPath]

  /// `started` is what the process began with, which the relay's thread still goes by.
  package init(started: Configuration, running: Configuration, loaded: Configuration) {
    var next = running
    next.ingress.limits = Self.limits(running, loaded)
    next.ingress.proxies = Self.proxies(running, loaded)
    next.api.tokens = Self.tokens(running, loaded)
    next.log = loaded.log
    next.sources = SourceMerge(started: started, running: running, loaded: loaded).sources
    next.takeOrder(of: loaded)
    configuration = next
    changed = next.differences(from: running)
    waiting = loaded.differences(from: next)
  }

  /// Whether deliveries of the source verify with other secrets than before.
  package func changesSecrets(of source: String) -> Bool {
    let secrets = SettingPath(["sources", source, "verify", "secrets"])
    return changed.contains { secrets.isWithin($0) }
  }

  // Settings that were read are right together; with others that wait they need not be.

  /// Bodies must fit a record of the segments that are in use.
  private static func limits(
    _ running: Configuration,
    _ loaded: Configuration
  ) -> Configuration.Limits {
    var limits = loaded.ingress.limits
    let bodyBytesMax = Limit.bodyBytesMax(
      segmentBytes: running.journal.segmentBytes,
      headerBytes: Int64(limits.headerBytes)
    )
    if Int64(limits.bodyBytes) > bodyBytesMax {
      limits.bodyBytes = running.ingress.limits.bodyBytes
      limits.headerBytes = running.ingress.limits.headerBytes
    }
    return limits
  }

  /// Whether connections begin with a PROXY header, and who may send one, change together.
  private static func proxies(
    _ running: Configuration,
    _ loaded: Configuration
  ) -> Configuration.Proxies {
    let (before, after) = (running.ingress.proxies, loaded.ingress.proxies)
    guard before.wantsHeader == after.wantsHeader else { return before }
    // With listeners that go, the last proxy may go as well; these listeners stay.
    let shutsOut = after.wantsHeader && after.blocks.isEmpty && !before.blocks.isEmpty
    return shutsOut && running.ingress.listen != loaded.ingress.listen ? before : after
  }

  /// Without tokens the API serves loopback alone: as long as it listens elsewhere, they stay.
  private static func tokens(_ running: Configuration, _ loaded: Configuration) -> [Token] {
    let isOpened = loaded.api.tokens.isEmpty && running.api.listen != loaded.api.listen
    return isOpened ? running.api.tokens : loaded.api.tokens
  }
}

extension Configuration {
  /// Where nothing but the order of destinations differs, it is that of the file: the fingerprint
  /// is then that of a start with it.
  fileprivate mutating func takeOrder(of loaded: Configuration) {
    let isSame = !loaded.differences(from: self).contains { $0.parts.first == "destinations" }
    if isSame { destinations = loaded.destinations }
  }
}
