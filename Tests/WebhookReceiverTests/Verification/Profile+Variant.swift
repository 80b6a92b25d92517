import WebhookReceiver

extension Profile {
  /// The same scheme with another key encoding or digest, to test parts that no built-in one uses.
  func with(key: KeyRule? = nil, digest: Digest? = nil) -> Profile {
    var copy = self
    copy.key = key ?? self.key
    if let digest, case .signature(var scheme) = copy.scheme {
      scheme.digest = digest
      copy.scheme = .signature(scheme)
    }
    return copy
  }

  /// The scheme, where it is one of signatures over parts of the request.
  var signatureScheme: SignatureScheme? {
    if case .signature(let scheme) = scheme { scheme } else { nil }
  }
}
