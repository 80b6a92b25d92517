/// Why a request was not accepted as a webhook.
///
/// It never holds a secret, a signature or a part of the body.
@nonexhaustive
public enum VerificationError: Error, Equatable, Sendable {
  /// A header that the scheme needs is absent, or what it needs elsewhere: `json:/id`, `query:t`.
  case missingHeader(name: String)
  /// A header, or the like, is present but not in the form of the scheme, or there are two of it.
  case malformedHeader(name: String)
  /// The timestamp is too far in the past, by this much beyond the tolerance.
  case timestampTooOld(by: Duration)
  /// The timestamp is too far in the future, by this much beyond the tolerance.
  case timestampInFuture(by: Duration)
  /// No signature is that of this content under any of the secrets.
  case signatureMismatch
  /// The signature is right, but the body is not the one whose digest was signed.
  case bodyDigestMismatch
  /// Something the scheme demands beside the signature is not so.
  case requirementNotMet(String)
  /// The means to verify are not there. Not the sender's fault: answer 503, not 401.
  case keyUnusable(String)
  /// The event is of a kind that its provider does not sign, and such are not accepted.
  case unsignedNotAllowed
}

extension VerificationError {
  /// One word of a fixed set: for metrics, logs and answers.
  public var reason: String {
    switch self {
    case .missingHeader: "missing_header"
    case .malformedHeader: "malformed_header"
    case .timestampTooOld: "timestamp_too_old"
    case .timestampInFuture: "timestamp_in_future"
    case .signatureMismatch: "signature_mismatch"
    case .bodyDigestMismatch: "body_digest_mismatch"
    case .requirementNotMet: "requirement_not_met"
    case .keyUnusable: "key_unusable"
    case .unsignedNotAllowed: "unsigned_not_allowed"
    }
  }
}

extension VerificationError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .missingHeader(let name):
      "\(Self.place(name)) is absent; check that the sender signs, and that no proxy removes it"
    case .malformedHeader(let name):
      "\(Self.place(name)) is not in the form that the provider sends, or there are two of it; "
        + "check that the profile is the sender's, and that no proxy changes the request"
    case .timestampTooOld(let excess):
      "the timestamp is \(Self.text(excess)) older than the tolerance allows; it is an old "
        + "delivery sent again, or the clock of one side is wrong"
    case .timestampInFuture(let excess):
      "the timestamp is \(Self.text(excess)) further in the future than the tolerance allows; "
        + "the clock of one side is wrong"
    case .signatureMismatch:
      "no signature matches under any secret; check that the secret is this endpoint's, and that "
        + "the body is verified byte for byte as received, not parsed and printed again"
    case .bodyDigestMismatch:
      "the signature is right but the body is not the one it was made for; check that nothing "
        + "between the sender and here changes bodies"
    case .requirementNotMet(let what):
      "\(what); check that the profile is the sender's"
    case .keyUnusable(let why):
      "\(why); nothing can be verified until that is mended, and the sender is to try again"
    case .unsignedNotAllowed:
      "the provider does not sign events of this type; read the object from the provider's API "
        + "instead of trusting the request"
    }
  }

  /// A header goes by its name alone; what stands elsewhere says where.
  private static func place(_ name: String) -> String {
    let kinds: [(prefix: String, words: String)] = [
      ("json:", "the field of the body"), ("item:", "the field of an item of the body"),
      ("form:", "the field of the form"), ("query:", "the parameter of the query"),
    ]
    for kind in kinds where name.hasPrefix(kind.prefix) {
      return "\(kind.words) \(name.dropFirst(kind.prefix.count))"
    }
    return "the header \(name)"
  }

  private static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    return attoseconds == 0 ? "\(seconds) s" : "\(seconds).\(tenths(attoseconds)) s"
  }

  /// One digit is all that a clock's error needs.
  private static func tenths(_ attoseconds: Int64) -> Int64 {
    attoseconds / 100_000_000_000_000_000
  }
}
