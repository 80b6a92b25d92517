public import Foundation
public import WebhookReceiver

#if canImport(FoundationNetworking)
  public import FoundationNetworking
#endif

extension WebhookRequest {
  /// Makes a request of what most Swift servers hand to a handler.
  ///
  /// The body must be the bytes that came over the wire: one that was decoded and encoded again
  /// has another signature.
  public init(
    method: String = "POST",
    target: String = "/",
    headers: HeaderFields,
    body: Data,
    url: URL? = nil,
    remoteAddress: IPAddress? = nil
  ) {
    self.init(
      method: method,
      target: target,
      headers: headers,
      body: [UInt8](body),
      url: url?.absoluteString,
      remoteAddress: remoteAddress
    )
  }

  /// Makes a request of a `URLRequest`: for tests that send with one and verify the other end.
  ///
  /// Returns nil when its body is a stream, which could be read only once.
  public init?(_ request: URLRequest) {
    guard request.httpBodyStream == nil else { return nil }
    let components = request.url.flatMap {
      URLComponents(url: $0, resolvingAgainstBaseURL: true)
    }
    var target = components?.percentEncodedPath ?? "/"
    if target.isEmpty { target = "/" }
    if let query = components?.percentEncodedQuery { target += "?" + query }
    self.init(
      method: request.httpMethod ?? "GET",
      target: target,
      headers: HeaderFields(request.allHTTPHeaderFields ?? [:]),
      body: request.httpBody ?? Data(),
      url: request.url?.absoluteURL
    )
  }
}

extension HeaderFields {
  /// Makes a list of a dictionary, in the order of the names.
  ///
  /// A dictionary cannot hold a name twice; a server that builds one has joined or dropped
  /// repetitions already. Prefer a list of pairs where the server offers one.
  public init(_ fields: [String: String]) {
    self.init(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  /// Makes a list of `HTTPURLResponse.allHeaderFields` and the like.
  ///
  /// Entries whose name or value is not text are left out: no header field is one.
  public init(_ fields: [AnyHashable: Any]) {
    var texts: [String: String] = [:]
    for (name, value) in fields {
      guard let name = name.base as? String, let value = value as? String else { continue }
      texts[name] = value
    }
    self.init(texts)
  }
}
