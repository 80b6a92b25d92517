package import RelayCore
package import RelayHTTP
package import RelayTLS

/// One request that the sidecar makes.
package struct OutboundRequest: Sendable {
  package var url: OutboundURL
  package var method: String
  /// `Host`, the framing and `Accept-Encoding` are the client's own.
  package var fields: RequestFields
  package var body: [UInt8]
  /// Whom to trust; needed for https, and connections are shared only where it is the same.
  package var trust: TLSClientContext?
  package var limits: OutboundLimits
  /// Whether the request may go out a second time, once, over a new connection, when a kept one was
  /// closed before a byte of the answer came.
  ///
  /// A server closes kept connections when it likes, and a request that crosses the close on its
  /// way has usually not been read; but nobody can know (RFC 9110 §9.2.2). So it is for requests
  /// that may arrive twice: reads, and deliveries, which carry an Idempotency-Key and are promised
  /// at least once. After a byte of an answer, and on a new connection, nothing is ever repeated.
  package var mayRepeat: Bool

  package init(
    _ method: String,
    _ url: OutboundURL,
    fields: RequestFields = RequestFields(),
    body: [UInt8] = [],
    trust: TLSClientContext? = nil,
    limits: OutboundLimits = OutboundLimits(),
    mayRepeat: Bool = true
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.trust = trust
    self.limits = limits
    self.mayRepeat = mayRepeat
  }
}

/// The bounds of one request; times in nanoseconds, measured by the client's own clock.
package struct OutboundLimits: Equatable, Sendable {
  /// From the first look-up to an established connection, TLS included, over all addresses.
  package var connectNanoseconds: Int64
  /// From `send` to the last byte of the answer, waiting and a repetition included.
  ///
  /// Nothing extends it: an answer that drips is cut off like one that never comes.
  package var totalNanoseconds: Int64
  /// Status line and fields, of each interim answer as well.
  package var headBytesMax: Int
  package var bodyBytesMax: Int
  /// Whether a larger body is an error, or its prefix the answer.
  package var excess: ResponseParser.Excess

  package init(
    connectNanoseconds: Int64 = 5_000_000_000,
    totalNanoseconds: Int64 = 15_000_000_000,
    headBytesMax: Int = 32 << 10,
    bodyBytesMax: Int = 64 << 10,
    excess: ResponseParser.Excess = .fails
  ) {
    self.connectNanoseconds = connectNanoseconds
    self.totalNanoseconds = totalNanoseconds
    self.headBytesMax = headBytesMax
    self.bodyBytesMax = bodyBytesMax
    self.excess = excess
  }

  var http: HTTPLimits { HTTPLimits(headBytesMax: headBytesMax, bodyBytesMax: bodyBytesMax) }
}

/// Names one request of one client; never used again while the process lives.
package struct OutboundID: Hashable, Sendable {
  let rawValue: UInt64
}
