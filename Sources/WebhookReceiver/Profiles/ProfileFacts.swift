extension Profile {
  /// Which deliveries are the same event.
  @nonexhaustive
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
    /// How long the provider waits for it, where that is known.
    public var deadline: Duration?

    /// Makes a reply; 200 without a body is what nearly everybody accepts.
    public init(
      status: Int = 200,
      contentType: String? = nil,
      body: String = "",
      deadline: Duration? = nil
    ) {
      self.status = status
      self.contentType = contentType
      self.body = body
      self.deadline = deadline
    }
  }

  /// Where a provider's requests come from: for allow-lists, which are a second check.
  @nonexhaustive
  public enum Senders: Sendable, Hashable {
    /// The provider promises nothing.
    case unknown
    /// These addresses, as published when the profile was written.
    case addresses([String])
    /// The provider publishes a list that changes.
    ///
    /// `shape` says how to read it: it is a word that `AddressFeed.Shape(named:)` knows.
    case feed(url: String, shape: String)
  }

  /// How well a fact about a provider is known.
  public struct Evidence: Sendable, Hashable {
    /// How a fact came to be known.
    @nonexhaustive
    public enum Confidence: String, CaseIterable, Sendable {
      /// Recomputed: equal to a value that the provider publishes.
      case verified
      /// Read in the provider's own documentation or code.
      case documented
      /// Read in somebody else's code.
      case thirdParty = "third_party"
      /// Generally said, and not confirmed.
      case unconfirmed
    }

    /// Which part of the profile: `signature`, say, or `retries`.
    public var fact: String
    /// How it came to be known.
    public var confidence: Confidence
    /// Where it is from.
    public var source: String

    /// Notes where a fact is from.
    public init(_ fact: String, _ confidence: Confidence, _ source: String) {
      self.fact = fact
      self.confidence = confidence
      self.source = source
    }
  }
}
