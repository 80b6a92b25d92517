/// The bounds of one HTTP/1.1 connection.
///
/// What is larger is refused, never cut.
package struct HTTPLimits: Equatable, Sendable {
  /// Request line and fields together: several times what any provider sends.
  package var headBytesMax: Int
  /// A field costs memory beyond its bytes.
  package var fieldCountMax: Int
  /// RFC 9112 §3 asks for 8000 at least.
  package var targetBytesMax: Int
  /// The body after decoding.
  package var bodyBytesMax: Int
  /// Extensions of one chunk: they carry nothing that is used here.
  package var chunkLineBytesMax: Int
  /// Extensions of all chunks of one body together.
  ///
  /// Without it chunks of one byte, each with an extension at its bound, would make a small body
  /// cost gigabytes on the wire.
  package var chunkExtensionBytesMax: Int
  /// Trailer fields are read and dropped.
  package var trailerBytesMax: Int

  package init(
    headBytesMax: Int = 32 << 10,
    fieldCountMax: Int = 256,
    targetBytesMax: Int = 8 << 10,
    bodyBytesMax: Int = 10 << 20,
    chunkLineBytesMax: Int = 1024,
    chunkExtensionBytesMax: Int = 64 << 10,
    trailerBytesMax: Int = 8 << 10
  ) {
    self.headBytesMax = headBytesMax
    self.fieldCountMax = fieldCountMax
    self.targetBytesMax = targetBytesMax
    self.bodyBytesMax = bodyBytesMax
    self.chunkLineBytesMax = chunkLineBytesMax
    self.chunkExtensionBytesMax = chunkExtensionBytesMax
    self.trailerBytesMax = trailerBytesMax
  }
}

/// Why bytes are not an acceptable message.
///
/// Each ends the connection: after a framing error nobody knows where the next message begins.
package enum HTTPError: Error, Equatable, Sendable {
  case badRequest(String)
  case headTooLarge
  case targetTooLong
  case bodyTooLarge
  case expectationFailed
  case methodNotImplemented
  case codingNotImplemented
  case versionNotSupported

  package var status: Int {
    switch self {
    case .badRequest: 400
    case .headTooLarge: 431
    case .targetTooLong: 414
    case .bodyTooLarge: 413
    case .expectationFailed: 417
    case .methodNotImplemented, .codingNotImplemented: 501
    case .versionNotSupported: 505
    }
  }

  /// One sentence; it never repeats a byte of the request.
  package var reason: String {
    switch self {
    case .badRequest(let reason): reason
    case .headTooLarge: "the head of the request is larger than this server takes"
    case .targetTooLong: "the request target is longer than this server takes"
    case .bodyTooLarge: "the body is larger than this server takes"
    case .expectationFailed: "only Expect: 100-continue can be met"
    case .methodNotImplemented: "this method is not implemented"
    case .codingNotImplemented: "Transfer-Encoding: chunked is the only one understood; send that"
    case .versionNotSupported: "this server speaks HTTP/1.1 and HTTP/1.0"
    }
  }
}
