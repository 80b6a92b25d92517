extension Profile {
  /// Where the signatures are and how they are written.
  public struct SignatureRule: Sendable, Hashable {
    /// How the bytes of a signature are written.
    @nonexhaustive
    public enum Encoding: String, CaseIterable, Sendable {
      /// Hexadecimal digits in lower case: one text for a signature.
      case hex
      /// Hexadecimal digits in either case, for senders that do not keep to one.
      case hexAnyCase = "hex_any_case"
      /// The standard alphabet, padded (RFC 4648 section 4).
      case base64
      /// The alphabet for URLs, with or without padding (RFC 4648 section 5).
      case base64url
    }

    /// How a signature is made.
    @nonexhaustive
    public enum Algorithm: Sendable, Hashable {
      /// HMAC, or the plain hash where the scheme has that, with the profile's digest.
      case code
      /// The same with another digest.
      case codeWith(Digest)
      /// A public key's.
      case publicKey(SignatureAlgorithm)
    }

    /// A name that stands for a way to sign.
    ///
    /// All other names are passed over, which is also the defence against a sender who names a
    /// weaker algorithm.
    public struct Version: Sendable, Hashable {
      /// The name, in exactly this case; empty where elements have no names.
      public var name: String
      /// What it stands for.
      public var algorithm: Algorithm

      /// Names a way to sign.
      public init(_ name: String, _ algorithm: Algorithm) {
        self.name = name
        self.algorithm = algorithm
      }
    }

    /// In the provider's own spelling; the first that is present counts.
    public var places: [Place]
    /// Whether all that are present count, instead of the first: one for each key of a rotation.
    public var takesAll = false
    /// Between the elements of a list; nil: the value is one signature.
    public var separator: Unicode.Scalar?
    /// Between the name and the value of an element; nil: elements have no names.
    public var assignment: Unicode.Scalar?
    /// Between the signatures of one element, where it may hold several.
    public var subseparator: Unicode.Scalar?
    /// The ways to sign that count.
    public var versions: [Version]
    /// Where the name of the version stands, when it is not in front of the signature.
    public var versionPlace: Place?
    /// In front of a signature, in exactly this case.
    public var prefix = ""
    /// How the bytes are written.
    public var encoding: Encoding

    /// One signature at each place.
    public init(
      in places: [Place],
      prefix: String = "",
      encoding: Encoding,
      algorithm: Algorithm = .code
    ) {
      self.places = places
      self.prefix = prefix
      self.encoding = encoding
      versions = [Version("", algorithm)]
    }

    /// A list of signatures with names.
    public init(
      in places: [Place],
      separator: Unicode.Scalar?,
      assignment: Unicode.Scalar,
      versions: [Version],
      encoding: Encoding
    ) {
      self.places = places
      self.separator = separator
      self.assignment = assignment
      self.versions = versions
      self.encoding = encoding
    }
  }
}

extension Profile.SignatureRule.Algorithm: CustomStringConvertible {
  /// The name in profiles: `hmac`, `hmac-sha1`, `ed25519`, `rsa-pkcs1-sha256`.
  public var description: String {
    switch self {
    case .code: "hmac"
    case .codeWith(let digest): "hmac-\(digest.rawValue)"
    case .publicKey(let algorithm): algorithm.rawValue
    }
  }

  /// Every way to sign, by the name in profiles.
  static let all: [Self] =
    [.code] + Digest.allCases.map { .codeWith($0) }
    + SignatureAlgorithm.allCases.map { .publicKey($0) }

  init?(_ name: String) {
    guard let found = Self.all.first(where: { $0.description == name }) else { return nil }
    self = found
  }

  /// Whether a shared secret makes it.
  var isSymmetric: Bool {
    if case .publicKey = self { false } else { true }
  }
}
