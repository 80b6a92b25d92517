package import RelayCore

/// A configuration that is complete and without mistakes.
package struct Configuration: Sendable {
  package var ingress: Ingress
  package var api: API
  /// The directory of everything durable.
  package var data: String
  package var journal: JournalSettings
  /// At least one, in the order of the file.
  package var sources: [Source]
  /// Local services, in the order of the file.
  package var destinations: [Destination]
  /// Whom to tell; nobody where it is empty.
  package var alarms: AlarmPlan
  package var log: LogSettings

  /// Where providers deliver.
  package struct Ingress: Sendable, Equatable {
    /// `host:port`, `[v6]:port`, `unix:/path` or `systemd:NAME`, numbers only.
    package var listen: [String]
    /// Whether other processes may listen on the same ports.
    package var sharesPorts: Bool
    /// Nil: plain HTTP, as unix sockets are in any case.
    package var tls: ListenerTLS?
    package var proxies: Proxies
    package var limits: Limits
  }

  package struct Limits: Sendable, Equatable {
    package var connections: Int
    package var headerBytes: Int
    package var bodyBytes: Int
    package var headerTimeout: Duration
    package var bodyTimeout: Duration
    package var idleTimeout: Duration
  }

  /// Where consumers and operators ask.
  package struct API: Sendable {
    package var listen: [String]
    /// As that of the ingress.
    package var tls: ListenerTLS?
    /// Empty: loopback and unix sockets only.
    package var tokens: [Token]
  }

  package struct JournalSettings: Sendable, Equatable {
    package enum OnDamage: String, CaseIterable, Sendable {
      case `continue`
      case refuse
    }

    package var segmentBytes: Int64
    package var reserveBytes: Int64
    package var onDamage: OnDamage
    /// Whether the files of removed segments are used again.
    package var recycles: Bool
    package var retention: Retention

    package struct Retention: Sendable, Equatable {
      package var age: Duration
      package var bytes: Int64
      package var undelivered: Undelivered
    }

    /// What happens to old events that a destination has not taken yet.
    package enum Undelivered: String, CaseIterable, Sendable {
      /// They outlive retention, up to `bytes`; beyond that new events wait.
      case keep
      /// They go with the others.
      case drop
    }
  }

  package struct LogSettings: Sendable, Equatable {
    package var format: LogFormat
    package var level: LogLevel
    /// Whether each request has its line.
    package var access: Bool

    package init(format: LogFormat, level: LogLevel, access: Bool) {
      self.format = format
      self.level = level
      self.access = access
    }
  }
}

package enum LogFormat: String, CaseIterable, Sendable {
  case json
  case text
}

package enum LogLevel: String, CaseIterable, Comparable, Sendable {
  case debug
  case info
  case warning
  case error

  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    left.rank < right.rank
  }

  /// The more important, the higher.
  package var rank: UInt8 {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }
}
