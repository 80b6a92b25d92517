/// A whole answer of a provider, as the client hands it over: framed correctly, within the limit.
package struct PollResponse: Equatable, Sendable {
  package struct Field: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package let status: Int
  package let fields: [Field]
  package let body: [UInt8]

  package init(status: Int, fields: [Field] = [], body: [UInt8] = []) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// The values of all fields of this name, in their order.
  func values(_ name: String) -> [String] {
    fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  func first(_ name: String) -> String? { values(name).first }
}

/// Why there is no answer.
package enum PollFailure: String, Error, Equatable, Sendable, CaseIterable {
  /// No address, no connection, no handshake.
  case unreachable
  /// It ended before it was whole.
  case truncated
  case tooLarge = "too_large"
  /// The deadline of the request passed.
  case timedOut = "timed_out"
  /// What came is no HTTP.
  case malformed
  /// The credentials could not be had: no token from the token URL or the command.
  case noCredentials = "no_credentials"
  /// The program is about to end.
  case cancelled
}
