/// What a provider and a receiver share, as the provider shows it: `whsec_…` and all.
///
/// It is never printed, never compared except by verifying with it, and its copy is overwritten
/// when nobody uses it any more. The string it was made from is the caller's. Schemes that hash
/// the secret with the message (`Profile.SignatureScheme.MAC.hash`) join the two in plain memory
/// for each request, and a key that is decoded from a secret passes through such memory once.
public struct Secret: Sendable {
  /// Room for a set of published keys; shared secrets are far shorter.
  ///
  /// More is a file of another kind, named by mistake.
  public static let bytesMax = 64 << 10

  private let bytes: SecretBytes

  /// Keeps the text as it is: blanks at its ends are part of it.
  ///
  /// - Throws: when it is empty, blank, or too long for any key.
  public init(_ text: String) throws(SecretError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw .empty }
    guard !bytes.allSatisfy(Self.isBlank) else { throw .blank }
    guard bytes.count <= Self.bytesMax else { throw .tooLong(bytesMax: Self.bytesMax) }
    self.bytes = SecretBytes(bytes)
  }

  /// Lends the text; see `SecretBytes`.
  package func withBytes<Result: ~Copyable & Sendable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withBytes(body)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (byte >= 0x09 && byte <= 0x0d)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Never the secret.
  public var description: String { "[redacted]" }
  /// Never the secret.
  public var debugDescription: String { description }
  /// Nothing: `dump` walks through values that do not say so.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text cannot be a secret.
@nonexhaustive
public enum SecretError: Error, Equatable, Sendable {
  /// There is no text: with it anybody could sign.
  case empty
  /// There are only blanks.
  case blank
  /// There is more text than any provider's secret has.
  case tooLong(bytesMax: Int)
}

extension SecretError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .empty: "the secret is empty; set it to the one that the provider shows"
    case .blank: "the secret is only blanks; set it to the one that the provider shows"
    case .tooLong(let bytesMax):
      "the secret is longer than \(bytesMax) bytes; name the file that holds the secret alone"
    }
  }
}
