/// Logs and failure messages print these values: what they hold is a sender's, and may be a secret.

extension HeaderFields: CustomStringConvertible {
  /// The names, without the values: some providers send their secret in one.
  public var description: String {
    let names = (0..<count).map { name(at: $0).debugDescription }
    return "[\(names.joined(separator: ", "))]"
  }
}

extension WebhookRequest: CustomStringConvertible {
  /// Method, path and sizes; neither query nor values, in which a secret may stand.
  public var description: String {
    let path = HTTPURL.pathAndQuery(target[...]).path
    return "\(method.debugDescription) \(String(path).debugDescription), \(headers.count) header "
      + "fields, \(body.count) bytes of body"
  }
}

extension VerifiedWebhook: CustomStringConvertible {
  /// Profile, id, type and size.
  public var description: String {
    let facts = facts
    let words = [facts.id, facts.type].map { $0?.debugDescription ?? "none" }
    return "\(profile), id \(words[0]), type \(words[1]), \(body.count) bytes of body"
  }
}
