extension Profile {
  /// How the text of a secret becomes a key.
  package struct KeyRule: Sendable, Hashable {
    package enum Encoding: String, Sendable {
      /// The text itself, prefix and all.
      case text
      case base64
      case hex
    }

    package var encoding: Encoding
    /// Removed before decoding, where it is there.
    package var prefix: String?
    /// What an Ed25519 public key starts with, in schemes that have such.
    package var publicKeyPrefix: String?
    /// What an Ed25519 private key starts with; only signers take one.
    package var privateKeyPrefix: String?

    package init(
      _ encoding: Encoding,
      prefix: String? = nil,
      publicKeyPrefix: String? = nil,
      privateKeyPrefix: String? = nil
    ) {
      self.encoding = encoding
      self.prefix = prefix
      self.publicKeyPrefix = publicKeyPrefix
      self.privateKeyPrefix = privateKeyPrefix
    }
  }

  /// Where the signatures are and how they are written.
  package struct SignatureRule: Sendable, Hashable {
    package enum Encoding: String, Sendable {
      /// Lower case only: a signature has one text.
      case hex
      /// The standard alphabet, padded.
      case base64
    }

    package enum Algorithm: String, Sendable {
      /// HMAC with the profile's digest.
      case hmac
      case ed25519
    }

    /// A name in front of a signature.
    ///
    /// All other names are passed over, which is also the
    /// defence against a sender who names a weaker algorithm.
    package struct Version: Sendable, Hashable {
      package var name: String
      package var algorithm: Algorithm

      package init(_ name: String, _ algorithm: Algorithm) {
        self.name = name
        self.algorithm = algorithm
      }
    }

    /// In the provider's own spelling; the first that is present counts.
    package var headers: [String]
    /// Between the elements of a list; nil: the value is one signature.
    package var separator: Unicode.Scalar?
    /// Between the name and the value of an element; nil: elements have no names.
    package var assignment: Unicode.Scalar?
    package var versions: [Version]
    /// In front of a signature without a name, in exactly this case.
    package var prefix: String
    package var encoding: Encoding

    /// One signature a header.
    package init(headers: [String], prefix: String = "", encoding: Encoding) {
      self.headers = headers
      self.prefix = prefix
      self.encoding = encoding
      versions = [Version("", .hmac)]
    }

    /// A list of named signatures.
    package init(
      headers: [String],
      separator: Unicode.Scalar,
      assignment: Unicode.Scalar,
      versions: [Version],
      encoding: Encoding
    ) {
      self.headers = headers
      self.separator = separator
      self.assignment = assignment
      self.versions = versions
      self.encoding = encoding
      prefix = ""
    }
  }

  /// Where the time of the delivery is and how far it may be from now.
  package struct TimestampRule: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
      /// A header of its own; the first that is present counts.
      case headers([String])
      /// The element of this name in the list of signatures.
      case signatureElement(String)
    }

    package enum Format: String, Sendable {
      case unixSeconds = "unix_s"
      case unixMilliseconds = "unix_ms"
      case rfc3339
    }

    package var source: Source
    package var format: Format
    /// How old a delivery may be.
    package var past: Duration
    /// How far the sender's clock may be ahead.
    package var future: Duration

    package init(_ source: Source, _ format: Format, past: Duration, future: Duration) {
      self.source = source
      self.format = format
      self.past = past
      self.future = future
    }
  }

  /// A part of what is signed.
  ///
  /// Headers are signed as the text that was received.
  package enum MessagePart: Sendable, Hashable {
    case literal(String)
    case body
    /// The text that the timestamp was read from.
    case timestamp
    /// The value of a header that must be there; the first that is present counts.
    case header([String])
  }

  /// A place in a request that holds an id or a type.
  package enum Place: Sendable, Hashable {
    case header(String)
    case json(JSONPointer)
  }
}
