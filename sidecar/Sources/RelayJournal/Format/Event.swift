/// How an event came in.
package enum Origin: UInt8, Sendable, CaseIterable {
  case push = 1
  case poll = 2
  case manual = 3

  package var word: String {
    switch self {
    case .push: "push"
    case .poll: "poll"
    case .manual: "manual"
    }
  }

  package init?(word: String) {
    guard let origin = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = origin
  }
}

/// What is to be known about an event at a glance.
package struct EventFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Its signature was verified.
  package static let verified = EventFlags(rawValue: 1)
  /// A known id with other signed bytes.
  package static let conflict = EventFlags(rawValue: 2)
  /// Known signed bytes under another id.
  package static let replayedBody = EventFlags(rawValue: 4)
  /// Pushed after polling had found it.
  package static let latePush = EventFlags(rawValue: 8)
  /// Its body was erased; the record itself says so.
  package static let erased = EventFlags(rawValue: 16)
}

/// An event as it is read back.
package struct StoredEvent: Sendable {
  package let sequence: UInt64
  package var source = ""
  package var origin = Origin.push
  package let flags: EventFlags
  package var receivedAt: Int64
  package var providerTime: Int64?
  package var remote = ""
  package var method = ""
  package var target: [UInt8] = []
  package var headerBlock: [UInt8] = []
  package var eventID: [UInt8]?
  package var eventType: [UInt8]?
  package var idempotencyKey: [UInt8] = []
  package var keys: [Key128] = []
  package var bodyDigest: [UInt8] = []
  package let bodySize: Int
  /// Empty when it was not asked for, and when it was erased.
  package var body: [UInt8] = []

  package var isErased: Bool { flags.contains(.erased) }
}
