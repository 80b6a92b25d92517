extension Profile {
  /// How the text of a secret becomes a key.
  public struct KeyRule: Sendable, Hashable {
    /// What kind of key it is.
    @nonexhaustive
    public enum Kind: String, CaseIterable, Sendable {
      /// Shared by both sides: who can verify can sign.
      case symmetric
      /// An Ed25519 public key (RFC 8032).
      case ed25519
      /// An ECDSA public key on the curve P-256 (FIPS 186-5).
      case ecdsaP256 = "ecdsa-p256"
      /// An RSA public key (RFC 8017).
      case rsa
      /// Any of the public ones: the key says which.
      case `public`
    }

    /// How the key is written.
    @nonexhaustive
    public enum Encoding: String, CaseIterable, Sendable {
      /// The text itself, prefix and all.
      case text
      /// Base64 (RFC 4648 section 4); of an ECDSA or RSA key its DER (SubjectPublicKeyInfo).
      case base64
      /// Hexadecimal digits in either case.
      case hex
      /// PEM (RFC 7468): a public key, or a certificate that holds one.
      case pem
      /// A JSON Web Key Set (RFC 7517): the key that the signature names is taken.
      case jwks
    }

    /// What kind of key it is.
    public var kind: Kind
    /// How it is written.
    public var encoding: Encoding
    /// Removed before decoding, where it is there.
    public var strip: String?
    /// How many bytes the key has, where the provider says so.
    public var byteCount: Int?
    /// The digest of the secret that is the key; nil: the secret itself is.
    public var derivation: Digest?
    /// What an Ed25519 public key starts with, in schemes that have both kinds of keys.
    public var publicKeyPrefix: String?
    /// What an Ed25519 private key starts with; only signers take one.
    public var privateKeyPrefix: String?

    /// Makes a rule; the plain one takes the text of the secret as the key.
    public init(
      _ encoding: Encoding = .text,
      kind: Kind = .symmetric,
      strip: String? = nil,
      byteCount: Int? = nil,
      publicKeyPrefix: String? = nil,
      privateKeyPrefix: String? = nil
    ) {
      self.encoding = encoding
      self.kind = kind
      self.strip = strip
      self.byteCount = byteCount
      self.publicKeyPrefix = publicKeyPrefix
      self.privateKeyPrefix = privateKeyPrefix
    }
  }

  /// Where a key comes from that the provider publishes and changes by itself.
  @nonexhaustive
  public enum KeySource: Sendable, Hashable {
    /// The request names the URL of the certificate; only these hosts are asked.
    ///
    /// A host is exact but for one label that may be `*`: `sns.*.amazonaws.com`. `subjects` are
    /// the names that the certificate itself must be for.
    case certificate(in: Place, hosts: [String], pathSuffix: String?, subjects: [String])
    /// The JSON Web Key Set at this URL.
    case keySet(url: String)
  }
}
