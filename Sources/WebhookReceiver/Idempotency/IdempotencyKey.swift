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
    var hasher = SHA256Hasher()
    for part in [Array(source.utf8), Array(identity.utf8), value] {
      // All three are bounded far below: names by the configuration, ids by the profile.
      let length = UInt32(clamping: part.count)
      hasher.update([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) })
      hasher.update(part)
    }
    bytes = hasher.digest()
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
