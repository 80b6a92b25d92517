/// What a signature says about itself (RFC 9421, section 2.3).
package struct HTTPSignatureParameters: Sendable, Hashable {
  package var created: Timestamp?
  package var expires: Timestamp?
  package var keyID: String?
  package var algorithm: String?
  package var nonce: String?
  package var tag: String?

  package init(
    created: Timestamp? = nil,
    expires: Timestamp? = nil,
    keyID: String? = nil,
    algorithm: String? = nil,
    nonce: String? = nil,
    tag: String? = nil
  ) {
    self.created = created
    self.expires = expires
    self.keyID = keyID
    self.algorithm = algorithm
    self.nonce = nonce
    self.tag = tag
  }

  /// Reads those that are known; others are signed too, and mean nothing here.
  init(_ parameters: [StructuredParameter]) throws(VerificationError) {
    for parameter in parameters {
      switch (parameter.key, parameter.value) {
      case ("created", .integer(let seconds)): created = Timestamp(seconds: seconds)
      case ("expires", .integer(let seconds)): expires = Timestamp(seconds: seconds)
      case ("keyid", .string(let text)): keyID = text
      case ("alg", .string(let text)): algorithm = text
      case ("nonce", .string(let text)): nonce = text
      case ("tag", .string(let text)): tag = text
      case ("created", _), ("expires", _), ("keyid", _), ("alg", _), ("nonce", _), ("tag", _):
        throw .malformedHeader(name: "Signature-Input")
      default: break
      }
    }
  }

  /// As they are sent, in the order of the examples of RFC 9421; nil when a text is not printable
  /// ASCII or a time has more digits than the form allows.
  var structured: [StructuredParameter]? {
    var parameters: [StructuredParameter] = []
    for (key, time) in [("created", created), ("expires", expires)] {
      guard let time else { continue }
      guard time.seconds.magnitude <= UInt64(Timestamp.unixSecondsMax) else { return nil }
      parameters.append(StructuredParameter(key, .integer(time.seconds)))
    }
    for (key, text) in [("keyid", keyID), ("alg", algorithm), ("nonce", nonce), ("tag", tag)] {
      guard let text else { continue }
      guard StructuredFields.isString(text) else { return nil }
      parameters.append(StructuredParameter(key, .string(text)))
    }
    return parameters
  }
}
