extension Profile {
  /// How the URL that a provider signs may differ from the one that it was given.
  @nonexhaustive
  public enum URLVariant: String, CaseIterable, Sendable {
    /// As configured.
    case asIs = "as_is"
    /// With the port that the scheme implies.
    case portAdded = "port_added"
    /// Without a port.
    case portRemoved = "port_removed"
  }

  /// In what form the body goes into the message.
  @nonexhaustive
  public enum BodyVariant: String, CaseIterable, Sendable {
    /// As received.
    case raw
    /// With every character beyond ASCII as `\uXXXX` (Box).
    case jsonEscaped = "json_escaped"
  }

  /// A digest of the body that stands elsewhere and is signed there.
  public struct BodyDigestRule: Sendable, Hashable {
    /// Where it stands.
    public var place: Place
    /// The hash function.
    public var digest: Digest
    /// How it is written.
    public var encoding: SignatureRule.Encoding

    /// Makes a rule.
    public init(in place: Place, _ digest: Digest, _ encoding: SignatureRule.Encoding) {
      self.place = place
      self.digest = digest
      self.encoding = encoding
    }
  }

  /// Something that must stand in a request before anything else is looked at.
  public struct Requirement: Sendable, Hashable {
    /// Where it stands.
    public var place: Place
    /// What must stand there.
    public var expected: Expected

    /// What must stand at a place, byte for byte.
    @nonexhaustive
    public enum Expected: Sendable, Hashable {
      /// One of these texts.
      case oneOf([String])
      /// What the endpoint's setting of this name holds, such as the topic that it subscribed to.
      ///
      /// An optional setting that is not given is not checked.
      case setting(name: String, isOptional: Bool)
    }

    /// Demands something at a place.
    public init(_ place: Place, _ expected: Expected) {
      self.place = place
      self.expected = expected
    }

    /// The texts that are right for an endpoint; nil: any is.
    func values(_ parameters: [String: String]) throws(VerifierError) -> [String]? {
      switch expected {
      case .oneOf(let values): return values
      case .setting(let name, let isOptional):
        if let value = parameters[name] { return [value] }
        guard isOptional else { throw .parameterMissing(name: name) }
        return nil
      }
    }
  }

  /// Several events in one delivery.
  public struct ItemsRule: Sendable, Hashable {
    /// The pattern of the items in the body: `/events/*`.
    public var pattern: String
    /// Where an item's id is; places in the item are `.item`.
    public var idPlaces: [Place]
    /// Where an item's type is.
    public var typePlaces: [Place]
    /// Whether each item is signed by itself, and nothing outside of the items (Adyen).
    public var areSigned: Bool

    /// Makes a rule.
    public init(
      _ pattern: String,
      id idPlaces: [Place] = [],
      type typePlaces: [Place] = [],
      areSigned: Bool = false
    ) {
      self.pattern = pattern
      self.idPlaces = idPlaces
      self.typePlaces = typePlaces
      self.areSigned = areSigned
    }
  }

  /// A shared value in the request itself: it proves that the sender knows it, not what was sent.
  ///
  /// Whoever sees one request can send others.
  public struct TokenRule: Sendable, Hashable {
    /// Where the value is; with `jsonEach`, every value must be right.
    public var places: [Place]
    /// In front of the value, such as `Bearer `; the scheme's name in any case.
    public var prefix: String
    /// Whether the value is `user:password` in base64 (RFC 7617).
    public var isBasic: Bool

    /// Makes a rule.
    public init(in places: [Place], prefix: String = "", isBasic: Bool = false) {
      self.places = places
      self.prefix = prefix
      self.isBasic = isBasic
    }
  }

  /// A JSON Web Token (RFC 7519) in the request.
  public struct JSONWebTokenRule: Sendable, Hashable {
    /// Where the token is.
    public var places: [Place]
    /// In front of the token, such as `Bearer `; the scheme's name in any case.
    public var prefix: String
    /// The algorithms that count, by their names in RFC 7518: `ES256`.
    public var algorithms: [String]
    /// The issuers that count; empty: any, the key decides.
    public var issuers: [String]
    /// Claims that must hold the setting of that name: `aud` → `audience`.
    public var claimsFromSettings: [Claim]
    /// Claims that must hold this text.
    public var fixedClaims: [Claim]
    /// The claim that holds a digest of the body in hexadecimal digits; nil: none covers the body.
    public var bodySHA256Claim: String?
    /// How old a token may be by its `iat`; nil: only `exp` counts.
    public var ageMax: Duration?

    /// A claim and what it must hold.
    public struct Claim: Sendable, Hashable {
      /// The name of the claim.
      public var name: String
      /// The text, or the name of the setting.
      public var value: String
      /// Whether it may be left out of the settings; it is not checked then.
      public var isOptional: Bool

      /// Names a claim.
      public init(_ name: String, _ value: String, isOptional: Bool = false) {
        self.name = name
        self.value = value
        self.isOptional = isOptional
      }
    }

    /// Makes a rule.
    public init(
      in places: [Place],
      prefix: String = "",
      algorithms: [String],
      issuers: [String] = [],
      claimsFromSettings: [Claim] = [],
      fixedClaims: [Claim] = [],
      bodySHA256Claim: String? = nil,
      ageMax: Duration? = nil
    ) {
      self.places = places
      self.prefix = prefix
      self.algorithms = algorithms
      self.issuers = issuers
      self.claimsFromSettings = claimsFromSettings
      self.fixedClaims = fixedClaims
      self.bodySHA256Claim = bodySHA256Claim
      self.ageMax = ageMax
    }
  }

  /// HTTP Message Signatures (RFC 9421), with Content-Digest (RFC 9530).
  public struct HTTPSignatureRule: Sendable, Hashable {
    /// The algorithms that count, by their names in RFC 9421 section 6.2.
    public var algorithms: [String]
    /// The components that a signature must cover: `@method`, `content-digest`.
    public var components: [String]
    /// The label of the signature; nil: any that verifies.
    public var label: String?
    /// The tag that the signature must have; nil: any or none.
    public var tag: String?
    /// How old a signature may be by its `created`.
    public var past: Duration
    /// How far the sender's clock may be ahead.
    public var future: Duration

    /// Makes a rule.
    public init(
      algorithms: [String],
      components: [String],
      label: String? = nil,
      tag: String? = nil,
      past: Duration = .seconds(300),
      future: Duration = .seconds(300)
    ) {
      self.algorithms = algorithms
      self.components = components
      self.label = label
      self.tag = tag
      self.past = past
      self.future = future
    }
  }
}
