extension Profile {
  /// How a delivery proves who sent it.
  @nonexhaustive
  public enum Scheme: Sendable, Hashable {
    /// A signature over a message made of parts of the request.
    case signature(SignatureScheme)
    /// A shared value in the request.
    case token(TokenRule)
    /// A JSON Web Token.
    case jsonWebToken(JSONWebTokenRule)
    /// HTTP Message Signatures (RFC 9421).
    case httpSignature(HTTPSignatureRule)
  }

  /// A signature over a message made of parts of the request.
  public struct SignatureScheme: Sendable, Hashable {
    /// How a shared secret and the message become a code.
    @nonexhaustive
    public enum MAC: String, CaseIterable, Sendable {
      /// HMAC (RFC 2104).
      case hmac
      /// A plain hash of a message that holds the secret. Weaker; some providers have nothing else.
      case hash
    }

    /// How codes are made.
    public var mac = MAC.hmac
    /// The hash function of the codes.
    public var digest: Digest
    /// Where the signatures are.
    public var signature: SignatureRule
    /// Nil when the provider sends no time: then only identity keeps replays out.
    public var timestamp: TimestampRule?
    /// What is signed, in order.
    public var message: [MessagePart]
    /// The forms of the URL that are tried, in this order.
    public var urlVariants = [URLVariant.asIs]
    /// The escapes of the URL that the provider decodes before it signs: `%3A` (HubSpot).
    public var urlDecoding: [String] = []
    /// The forms of the body that are tried, in this order.
    public var bodyVariants = [BodyVariant.raw]
    /// A digest of the body that is checked beside the signature.
    public var bodyDigest: BodyDigestRule?
    /// Whether the provider signs no part of the body: one signature then vouches for any body.
    ///
    /// It has to be said, because it is usually a mistake in the profile.
    public var leavesBodyUnsigned = false

    /// Makes a scheme.
    public init(
      _ digest: Digest = .sha256,
      signature: SignatureRule,
      timestamp: TimestampRule? = nil,
      message: [MessagePart] = [.body]
    ) {
      self.digest = digest
      self.signature = signature
      self.timestamp = timestamp
      self.message = message
    }
  }
}

extension Profile.SignatureScheme {
  /// Whether what stands at this place is under the signature.
  func signsDigest(at place: Profile.Place) -> Bool {
    message.contains { part in
      switch (part, place) {
      case (.header(let names), .header(let name)):
        names.contains { $0.lowercased() == name.lowercased() }
      case (.field(let field), .json(let pointer)), (.fieldLine(let field), .json(let pointer)):
        field.pointer == pointer && !field.isInItem
      case (.url, .query), (.path, .query), (.pathEscapingQuery, .query), (.body, .json): true
      default: false
      }
    }
  }

  /// Whether anything of the body is under the signature.
  var coversPartOfBody: Bool {
    bodyDigest != nil
      || message.contains { part in
        switch part {
        case .body, .bodyDigest, .bodyCRC32, .field, .fieldLine, .form, .formSorted: true
        default: false
        }
      }
  }

  /// Whether the body itself is under the signature: what stands in it is then vouched for.
  var coversBody: Bool {
    bodyDigest != nil
      || message.contains { part in
        switch part {
        case .body, .bodyDigest: true
        default: false
        }
      }
  }
}
