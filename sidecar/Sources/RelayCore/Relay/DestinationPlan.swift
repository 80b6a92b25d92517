package import WebhookReceiver

/// One destination as the configuration describes it (contract §3).
///
/// The secrets that sign the hop are not here: configuration resolves them and keeps them beside
/// the plan, so that a plan can be stored, compared and shown. What is absent in the file has the
/// value that the initializer gives it.
package struct DestinationPlan: Equatable, Sendable {
  /// The key under `destinations`; also a label of metrics and a part of paths.
  package let name: String
  /// At least one; several are balanced.
  package let urls: [OutboundURL]
  /// For one attempt, from the connection to the end of the answer.
  package var timeout: Duration = .seconds(15)
  /// Attempts at the same time.
  package var concurrency = 16
  package var ordering: DeliveryOrdering = .none
  package var retry = RetrySchedule()
  package var breaker = CircuitBreaker.Settings()
  /// `env:…`, `file:…` or `literal:…`, as written; one signature each.
  package var secretReferences: [String] = []
  /// Sent with every delivery; the names have passed `RelayHeaderRules`.
  package var headers: [RelayHeader] = []
  package var tls = DestinationTLS()
  package var filter = DeliveryFilter()
  package var format: DeliveryFormat = .original
  package var onRemove: RemovalPolicy = .retire
  /// Nil: an upstream is judged by its answers alone.
  package var health: HealthCheckSettings?

  package init(name: String, urls: [OutboundURL]) {
    precondition(!urls.isEmpty, "a destination has somewhere to send to")
    self.name = name
    self.urls = urls
  }

  /// Beyond this a load balancer belongs in front.
  package static let urlsMax = 16
  /// A local service that needs more at once than this has other problems.
  package static let concurrencyMax = 1024
  /// A longer attempt holds its slot for longer than any service should think.
  package static let timeoutMax = Duration.seconds(600)
  /// As many secrets as a service can be moved between; each costs a signature per attempt.
  package static let secretsMax = 8
  /// Constant headers of one destination.
  package static let headersMax = 32
  /// Types that one filter lists.
  package static let filterTypesMax = 256
  /// All destinations of one sidecar, those that are being drained included.
  package static let destinationsMax = 4096
  private static let nameBytesMax = 64

  /// Names are labels and parts of paths: 1 to 64 of `A-Z a-z 0-9 . _ -`.
  package static func isName(_ text: String) -> Bool {
    (1...nameBytesMax).contains(text.utf8.count)
      && text != "." && text != ".."
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
      }
  }
}

/// A header that a destination gets with every delivery.
package struct RelayHeader: Hashable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Paths of PEM files; nil means the system's trust store, and no certificate of our own.
package struct DestinationTLS: Equatable, Sendable {
  package var authorities: String?
  package var certificate: String?
  package var privateKey: String?

  package init(authorities: String? = nil, certificate: String? = nil, privateKey: String? = nil) {
    self.authorities = authorities
    self.certificate = certificate
    self.privateKey = privateKey
  }
}

/// Which events a destination gets, of those of its sources.
package struct DeliveryFilter: Equatable, Sendable {
  /// Empty: every type, and events without one.
  package var types: [String]

  package init(types: [String] = []) { self.types = types }

  package func matches(type: [UInt8]?) -> Bool {
    guard !types.isEmpty else { return true }
    guard let type else { return false }
    return types.contains { $0.utf8.elementsEqual(type) }
  }
}

/// What the body and the headers of a delivery look like.
package enum DeliveryFormat: String, CaseIterable, Sendable {
  /// The provider's bytes and headers.
  case original
  /// The provider's bytes; `ce-` headers.
  case cloudEventsBinary = "cloudevents-binary"
  /// One JSON object with the body inside.
  case cloudEventsStructured = "cloudevents-structured"
  /// The event as the API shows it.
  case envelope
}

/// What happens to undelivered events when their destination leaves the configuration.
package enum RemovalPolicy: String, CaseIterable, Sendable {
  /// They are still delivered, until none is left.
  case retire
  case deadLetter = "dead-letter"
}

/// Which deliveries of one destination wait for each other.
package enum DeliveryOrdering: Hashable, Sendable {
  case none
  /// One after the other, per source.
  case source
  /// One after the other, per value of a place in the event; per source, too.
  case key(Place)

  package enum Place: Hashable, Sendable {
    case pointer(JSONPointer)
    /// In lower case.
    case header(String)
  }

  /// Reads `none`, `source`, `key:/json/pointer` or `key:Header-Name`.
  package init?(_ text: String) {
    switch text {
    case "none": self = .none
    case "source": self = .source
    default:
      guard text.hasPrefix("key:") else { return nil }
      let place = String(text.dropFirst("key:".count))
      if place.hasPrefix("/") {
        guard let pointer = try? JSONPointer(place) else { return nil }
        self = .key(.pointer(pointer))
      } else {
        guard RelayHeaderRules.isToken(place) else { return nil }
        self = .key(.header(place.lowercased()))
      }
    }
  }

  /// As the configuration writes it.
  package var text: String {
    switch self {
    case .none: "none"
    case .source: "source"
    case .key(.pointer(let pointer)): "key:" + pointer.text
    case .key(.header(let name)): "key:" + name
    }
  }
}

/// Requests by which an upstream that failed is found well again.
package struct HealthCheckSettings: Equatable, Sendable {
  /// Path and query; 2xx means well.
  package var target: String
  package var interval: Duration

  package init(target: String, interval: Duration = .seconds(10)) {
    precondition(target.hasPrefix("/"), "a target begins with a slash")
    self.target = target
    self.interval = interval
  }

  /// A check costs a connection; more often than this it is load.
  package static let intervalMin = Duration.seconds(1)
}
