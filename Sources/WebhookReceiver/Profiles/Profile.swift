/// How one provider signs, identifies and retries its webhooks: a scheme as data.
///
/// One engine interprets it. A new provider is a new value of this type, not new code; what the
/// parts mean is in their own declarations.
public struct Profile: Sendable {
  /// The name in configuration: `stripe`.
  public let id: String
  /// The name for people: `Stripe`.
  public let title: String

  /// The hash function of the provider's codes.
  package let digest: Digest
  package let key: KeyRule
  package let signature: SignatureRule
  /// Nil when the provider signs no time: then only identity keeps replays out.
  package let timestamp: TimestampRule?
  /// What is signed, in order.
  package let message: [MessagePart]

  /// Where the event's id is; the first place that is present counts.
  package let idPlaces: [Place]
  /// Where the event's type is; the first place that is present counts.
  package let typePlaces: [Place]
  /// What a signer sends as the type when nobody names one.
  package let sampleType: String

  /// Which deliveries are the same event.
  public let identity: Identity
  /// How long after an event the provider's last attempt comes, where that is known.
  public let retryHorizon: Duration?
  /// How long to remember an event to recognise it again.
  public let deduplicationWindow: Duration
  /// What the provider wants to hear.
  public let reply: Reply
  /// Headers that hold a secret themselves, not to be stored or relayed.
  public let secretHeaders: [String]
  /// The types that the provider does not sign; they cannot be verified.
  public let unsignedTypes: [String]
  /// Where requests come from.
  public let senders: Senders
  /// Where all this is from.
  public let references: [String]

  package init(
    id: String,
    title: String,
    digest: Digest,
    key: KeyRule,
    signature: SignatureRule,
    timestamp: TimestampRule?,
    message: [MessagePart],
    idPlaces: [Place],
    typePlaces: [Place],
    sampleType: String,
    identity: Identity,
    retryHorizon: Duration?,
    deduplicationWindow: Duration,
    reply: Reply,
    secretHeaders: [String],
    unsignedTypes: [String],
    senders: Senders,
    references: [String]
  ) {
    self.id = id
    self.title = title
    self.digest = digest
    self.key = key
    self.signature = signature
    self.timestamp = timestamp
    self.message = message
    self.idPlaces = idPlaces
    self.typePlaces = typePlaces
    self.sampleType = sampleType
    self.identity = identity
    self.retryHorizon = retryHorizon
    self.deduplicationWindow = deduplicationWindow
    self.reply = reply
    self.secretHeaders = secretHeaders
    self.unsignedTypes = unsignedTypes
    self.senders = senders
    self.references = references
  }
}

extension Profile {
  /// Which deliveries are the same event.
  public enum Identity: String, CaseIterable, Sendable {
    /// The id is under the signature or inside the signed body: the same id is the same event.
    case boundID = "bound_id"
    /// The id is a header outside the signature: anyone who saw a delivery can change it.
    case unboundID = "unbound_id"
    /// There is no id, but bodies never repeat legitimately.
    case digest
    /// Bodies repeat legitimately: nothing is ever a duplicate.
    case none
  }

  /// The answer that the provider counts as success.
  public struct Reply: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The content type, where there is a body.
    public var contentType: String?
    /// The body.
    public var body: String

    /// Makes a reply; 200 without a body is what nearly everybody accepts.
    public init(status: Int = 200, contentType: String? = nil, body: String = "") {
      self.status = status
      self.contentType = contentType
      self.body = body
    }
  }

  /// Where a provider's requests come from: for allow-lists, which are a second check.
  public enum Senders: Sendable, Hashable {
    /// The provider promises nothing.
    case unknown
    /// These addresses, as published when the profile was written.
    case addresses([String])
    /// The provider publishes a list that changes.
    case feed(url: String)
  }
}
