/// How the provider knows us.
///
/// Secrets stand here by the reference that the file gives (`env:STRIPE_KEY`); the configuration
/// resolves them and hands the values over beside the plan.
package enum PollAuth: Hashable, Sendable {
  case none
  /// `Authorization: Bearer …`.
  case bearer(SecretName)
  /// `Authorization: Basic …`; the password may be empty, as with Stripe's keys.
  case basic(user: SecretName, password: SecretName?)
  /// Any header, with a text before the secret: `SSWS `, `token `.
  case header(name: String, prefix: String, SecretName)
  case oauth2(ClientCredentials)
  case command(TokenCommand)

  /// A reference as the file has it.
  package struct SecretName: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
      self.text = text
    }
  }

  /// RFC 6749 §4.4.
  package struct ClientCredentials: Hashable, Sendable {
    /// Where the client's id and secret go (RFC 6749 §2.3.1).
    package enum Placement: String, CaseIterable, Sendable {
      case basic
      case body
    }

    package var tokenURL: OutboundURL
    package var clientID: SecretName
    package var clientSecret: SecretName
    package var scope: String?
    package var audience: String?
    package var placement = Placement.basic

    package init(tokenURL: OutboundURL, clientID: SecretName, clientSecret: SecretName) {
      self.tokenURL = tokenURL
      self.clientID = clientID
      self.clientSecret = clientSecret
    }

    /// A token is not used in its last minute: it has to arrive while it is still one.
    package static let expirySkew = Duration.seconds(60)
    /// Of an answer that does not say how long its token lives.
    package static let lifetimeUnknown = Duration.seconds(300)
  }

  /// A program of the operator's that prints a token: one line, and a second one with its expiry
  /// (RFC 3339 or seconds since 1970) where it has one.
  package struct TokenCommand: Hashable, Sendable {
    /// Without a shell.
    package var arguments: [String]
    package var timeout = Duration.seconds(10)
    /// Of a token whose expiry the program does not print.
    package var lifetime = Duration.seconds(300)
    /// The header that carries the token, and the text before it.
    package var header = "Authorization"
    package var prefix = "Bearer "

    package init(arguments: [String]) {
      precondition(!arguments.isEmpty, "a command has a program")
      self.arguments = arguments
    }

    /// Tokens are headers: no server takes longer ones.
    package static let outputBytesMax = 16 << 10
  }

  /// The references that the configuration resolves.
  package var secretNames: [SecretName] {
    switch self {
    case .none, .command: []
    case .bearer(let name), .header(_, _, let name): [name]
    case .basic(let user, let password): [user] + (password.map { [$0] } ?? [])
    case .oauth2(let client): [client.clientID, client.clientSecret]
    }
  }

  /// Whether a new token may help where the provider refuses the one that we have.
  package var canRenew: Bool {
    switch self {
    case .oauth2, .command: true
    case .none, .bearer, .basic, .header: false
    }
  }
}
