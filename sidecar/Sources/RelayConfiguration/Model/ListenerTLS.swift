/// The files of a listener's TLS, by their paths.
package struct ListenerTLS: Sendable, Equatable {
  /// A certificate and what leads to its authority, and the key; PEM, both.
  package struct Identity: Sendable, Equatable {
    package var certificate: String
    package var privateKey: String

    package init(certificate: String, privateKey: String) {
      self.certificate = certificate
      self.privateKey = privateKey
    }
  }

  /// At least one; the first is for clients that ask for no name, or for one that is unknown.
  package var identities: [Identity]
  /// The authorities of clients (PEM); nil: clients show no certificate.
  package var clientAuthorities: String?

  package init(identities: [Identity], clientAuthorities: String? = nil) {
    self.identities = identities
    self.clientAuthorities = clientAuthorities
  }
}

/// What is in those files.
package struct ListenerTLSContents: Sendable {
  package struct Identity: Sendable {
    package var certificate: [UInt8]
    package var privateKey: [UInt8]

    package init(certificate: [UInt8], privateKey: [UInt8]) {
      self.certificate = certificate
      self.privateKey = privateKey
    }
  }

  package var identities: [Identity]
  package var clientAuthorities: [UInt8]?

  package init(identities: [Identity], clientAuthorities: [UInt8]? = nil) {
    self.identities = identities
    self.clientAuthorities = clientAuthorities
  }
}

/// What is wrong with them, or unwise.
package struct ListenerTLSFinding: Equatable, Sendable {
  /// Which file: indices count identities.
  package enum Part: Equatable, Sendable {
    case certificate(Int)
    case privateKey(Int)
    case clientAuthorities
  }

  package var part: Part
  /// Nothing can be served with it; else it is a warning.
  package var isError: Bool
  package var message: String
  package var suggestion: String

  package init(_ part: Part, isError: Bool, _ message: String, _ suggestion: String) {
    self.part = part
    self.isError = isError
    self.message = message
    self.suggestion = suggestion
  }
}
