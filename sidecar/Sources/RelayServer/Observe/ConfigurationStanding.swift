internal import RelayConfiguration
internal import Synchronization
internal import WebhookReceiver

/// Which configuration is in force, and what became of the last reload; for the API's thread.
///
/// The supervisor changes it when every thread goes by what it says, and not before.
final class ConfigurationStanding: Sendable {
  enum Result: String, CaseIterable, Sendable {
    /// All of the file is in force.
    case applied
    /// The rest waits for a restart.
    case partial
    /// Nothing has changed.
    case refused
  }

  struct Reload: Sendable {
    let at: Timestamp
    let result: Result
    var changed: [String] = []
    var needsRestart: [String] = []
    var problems: [String] = []
  }

  struct State: Sendable {
    var fingerprint: String
    var loadedAt: Timestamp
    var lastReload: Reload?
    var counts: [Result: UInt64] = [:]
  }

  private let state: Mutex<State>

  init(fingerprint: String, at time: Timestamp) {
    state = Mutex(State(fingerprint: fingerprint, loadedAt: time))
  }

  var now: State { state.withLock { $0 } }

  /// Notes a reload; a fingerprint when it has put another configuration in force.
  func note(_ reload: Reload, fingerprint: String? = nil) {
    state.withLock { state in
      if let fingerprint {
        state.fingerprint = fingerprint
        state.loadedAt = reload.at
      }
      state.lastReload = reload
      state.counts[reload.result, default: 0] += 1
    }
  }
}

extension ConfigurationStanding.State {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("fingerprint")
    writer.string(fingerprint)
    writer.key("loaded_at")
    writer.timestamp(loadedAt)
    writer.key("last_reload")
    if let lastReload { lastReload.write(to: &writer) } else { writer.null() }
    writer.endObject()
  }
}

extension ConfigurationStanding.Reload {
  /// Settings and problems that are listed: of thousands, the first tell what it is about.
  private static let listedMax = 100

  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("at")
    writer.timestamp(at)
    writer.key("result")
    writer.string(result.rawValue)
    for (key, lines) in [
      ("changed", changed), ("needs_restart", needsRestart), ("problems", problems),
    ] {
      writer.key(key)
      writer.beginArray()
      for line in lines.prefix(Self.listedMax) { writer.string(line) }
      writer.endArray()
    }
    writer.endObject()
  }
}
