/// What makes two deliveries the same event: 32 bytes that fit any store.
///
/// Made of the source, the kind of identity and the provider's id or the digest of what it
/// signed, so that two sources never share a key by accident, nor an id and a digest.
public struct IdempotencyKey: Sendable, Hashable {
  /// A SHA-256 digest.
  public static let byteCount = 32

  /// The key as bytes, always 32 of them.
  public let bytes: [UInt8]

  package init(digest: [UInt8]) {
    precondition(digest.count == Self.byteCount, "an idempotency key is a SHA-256 digest")
    bytes = digest
  }

  /// Makes the key of an event.
  ///
  ///     | 4: length | source | 4: length | identity | 4: length | value |
  ///
  /// Lengths are big-endian, so that no two triples are the same bytes. `identity` is the case of
  /// the profile, such as `bound_id`; `value` is the id, or the digest where there is none.
  package init(source: String, identity: String, value: [UInt8]) {
    // In one piece: hashing three parts of it on their own costs more than joining them.
    var message: [UInt8] = []
    message.reserveCapacity(source.utf8.count + identity.utf8.count + value.count + 12)
    Self.append(source.utf8, to: &message)
    Self.append(identity.utf8, to: &message)
    Self.append(value, to: &message)
    bytes = SHA256.digest(message.span)
  }

  private static func append(_ part: some Collection<UInt8>, to message: inout [UInt8]) {
    // All three are bounded far below: names by the configuration, ids by the profile.
    let length = UInt32(clamping: part.count)
    for shift in stride(from: 24, through: 0, by: -8) {
      message.append(UInt8(truncatingIfNeeded: length >> UInt32(shift)))
    }
    message.append(contentsOf: part)
  }

  /// Makes the key of an event by what its source says is the same event.
  ///
  /// The digest is asked for only where there is no id to go by.
  package init(
    source: String,
    identity: Profile.Identity,
    id: String?,
    bodyDigest: @autoclosure () -> [UInt8]
  ) {
    switch (identity, id) {
    case (.boundID, let id?), (.unboundID, let id?):
      self.init(source: source, identity: identity.rawValue, value: Array(id.utf8))
    case (.boundID, nil), (.unboundID, nil), (.digest, _):
      // An absent id must not become a key that all events without one share.
      let word = Profile.Identity.digest.rawValue
      self.init(source: source, identity: word, value: bodyDigest())
    case (.none, _):
      // Two deliveries are never the same event, even if they are equal to the last byte.
      self.init(source: source, identity: identity.rawValue, value: Self.nonce())
    }
  }

  /// Makes the key of this id with this body.
  package init(conflictOf id: String?, source: String, bodyDigest: [UInt8]) {
    guard let id else {
      self.init(source: source, identity: Profile.Identity.digest.rawValue, value: bodyDigest)
      return
    }
    // The digest has a fixed length, so the id ends where it begins; the word is no other key's.
    self.init(source: source, identity: "conflict", value: Array(id.utf8) + bodyDigest)
  }

  /// 128 bits from the kernel.
  private static func nonce() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// Reads a key that `description` has printed.
  public init?(_ text: String) {
    guard let bytes = Base64.decode(text, alphabet: .url, padding: .none),
      bytes.count == Self.byteCount
    else { return nil }
    self.bytes = bytes
  }
}

extension IdempotencyKey: CustomStringConvertible {
  /// The key in base64url without padding: 43 characters that are safe in URLs and headers.
  public var description: String { Base64.encode(bytes, alphabet: .url, padding: .none) }
}
