/// One HTTP request as it was received, before anybody has vouched for it.
public struct WebhookRequest: Sendable {
  /// The method, as received: `POST`.
  public var method: String
  /// The path and query, as received: `/in/github?attempt=2`.
  public var target: String
  /// The header fields, in order.
  public var headers: HeaderFields
  /// The body, byte for byte: what the sender signed.
  public var body: [UInt8]
  /// The external address of this endpoint, for schemes that sign it.
  ///
  /// Configured, never taken from `Host` or `X-Forwarded-*`: those are the sender's to choose.
  public var url: String?
  /// Who sent it, after trusted proxies have been resolved.
  public var remoteAddress: IPAddress?

  /// Makes a request; only the body and its header fields matter to most schemes.
  public init(
    method: String = "POST",
    target: String = "/",
    headers: HeaderFields,
    body: [UInt8],
    url: String? = nil,
    remoteAddress: IPAddress? = nil
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.url = url
    self.remoteAddress = remoteAddress
  }
}
