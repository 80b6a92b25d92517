package import RelayCore
package import WebhookReceiver

/// One provider's deliveries: where they come in, and how they are verified and told apart.
package struct Source: Sendable {
  package var name: String
  /// Compared as raw bytes.
  package var path: String
  package var aliases: [String]
  /// How the file names the profile: its id, or file:PATH.
  package var profileName: String
  /// With the places of the id already replaced, where the source names its own.
  package var profile: Profile
  package var secrets: [Secret]
  /// The same secrets as they were written.
  package var secretReferences: [SecretReference]
  /// Nil when the provider signs no time.
  package var tolerance: Duration?
  package var verifier: Verifier
  /// Room for deliveries that do not verify; nil: they are not kept.
  package var quarantineBytes: Int?
  /// Of which the client's certificate must have one; empty: none is asked for.
  package var clientNames: [String]
  /// The URL that the provider posts to, for schemes that sign it.
  package var url: String?
  package var parameters: [String: String]
  package var handshake: Handshake
  /// Nil: everybody may connect, signatures decide.
  package var allow: AllowList?
  package var deny: DenyList?
  /// The blocks as they were written.
  package var allowBlocks: [String]
  package var denyBlocks: [String]
  package var identity: Profile.Identity
  package var window: Duration
  package var replayGuard: ConfiguredReplayGuard
  package var reply: Reply
  /// Nil: as much as comes.
  package var rateLimit: RateLimit?
  /// Names of destinations, each once.
  package var destinations: [String]
  /// Nil: what the provider gives up delivering is lost.
  package var poll: Poll?

  /// What the provider's handshakes need.
  package struct Handshake: Sendable {
    package var options: HandshakeResponder.Options
    package var verifyTokenReference: SecretReference?
  }

  package struct Reply: Sendable, Equatable {
    package var status: Int
    package var contentType: String?
    package var body: [UInt8]
  }
}

/// What becomes of signed bytes that come again under another id.
package enum ConfiguredReplayGuard: String, CaseIterable, Sendable {
  /// Stored, flagged and counted.
  case flag
  /// Answered as a duplicate.
  case drop
  case off
}
