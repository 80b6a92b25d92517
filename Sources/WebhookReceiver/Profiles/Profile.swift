/// How one provider signs, identifies and retries its webhooks: a scheme as data.
///
/// One engine interprets it. A new provider is a new value of this type, made in Swift or read from
/// JSON, and never new code. Whether the parts fit together is checked when a `Verifier` is made.
public struct Profile: Sendable, Hashable {
  /// The name in configuration: `stripe`.
  public var id: String
  /// The name for people: `Stripe`.
  public var title: String
  /// How a delivery proves who sent it.
  public var scheme: Scheme
  /// How a secret becomes a key.
  public var key = KeyRule()
  /// Where keys come from that the provider changes by itself; nil: the secrets are the keys.
  public var keySource: KeySource?
  /// What must stand in a request before its signature is looked at.
  public var requirements: [Requirement] = []

  /// Where the event's id is; the first place that is present counts.
  public var idPlaces: [Place] = []
  /// Where the event's type is; the first place that is present counts.
  public var typePlaces: [Place] = []
  /// Where the events are, when one delivery holds several.
  public var items: ItemsRule?
  /// What a signer sends as the type when nobody names one.
  public var sampleType = ""

  /// Which deliveries are the same event.
  public var identity = Identity.digest
  /// How long after an event the provider's last attempt comes, where that is known.
  public var retryHorizon: Duration?
  /// How long people can ask the provider to deliver again, where that is known.
  public var redeliveryHorizon: Duration?
  /// How long to remember an event to recognise it again; nil: as the horizons say.
  public var window: Duration?
  /// What the provider wants to hear.
  public var reply = Reply()
  /// Requests that are no events, and what they want to hear.
  public var handshakes: [Handshake] = []
  /// Headers that hold a secret themselves, not to be stored or relayed.
  public var secretHeaders: [String] = []
  /// The types that the provider does not sign; they cannot be verified.
  public var unsignedTypes: [String] = []
  /// Where requests come from.
  public var senders = Senders.unknown
  /// What is known about which of these facts, and from where.
  public var evidence: [Evidence] = []
  /// Where to read on.
  public var references: [String] = []

  /// Makes a profile; what is not given is set afterwards, or stays as declared.
  public init(id: String, title: String, scheme: Scheme, key: KeyRule = KeyRule()) {
    self.id = id
    self.title = title
    self.scheme = scheme
    self.key = key
  }

  /// How long to remember an event to recognise it again.
  ///
  /// Longer than the provider goes on retrying, and than people can have it delivered again; a
  /// day more, because the clock starts when the first delivery was durable.
  public var deduplicationWindow: Duration {
    if let window { return window }
    let known = [retryHorizon, redeliveryHorizon].compactMap(\.self).max()
    guard let known else { return Self.usualWindow }
    return max(known + .seconds(86400), Self.usualWindow)
  }

  /// The week in which people resend by hand what went wrong at a weekend, and a day.
  package static let usualWindow = Duration.seconds(8 * 86400)
}
