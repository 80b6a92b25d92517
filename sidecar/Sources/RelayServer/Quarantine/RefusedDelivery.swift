internal import RelayCore
internal import RelayHTTP
internal import WebhookReceiver

/// A delivery that did not verify, on its way to the quarantine.
struct RefusedDelivery: Sendable {
  let source: String
  /// Microseconds since 1970.
  let receivedAt: Int64
  let address: String
  let reason: String
  let detail: String
  let contents: QuarantineEntry.Contents
  /// What counts against the bytes that may wait.
  let byteCount: Int

  init(
    _ request: IncomingRequest,
    _ error: VerificationError,
    source: String,
    receivedAt: Int64
  ) {
    self.source = source
    self.receivedAt = receivedAt
    address = request.client.remoteText
    reason = error.reason
    byteCount = Self.byteCount(request)
    detail = "\(error)"
    contents = QuarantineEntry.Contents(
      method: Array(request.head.methodText.utf8),
      target: request.head.targetBytes,
      headerBlock: Array(request.head.bytes[request.head.fieldBlock]),
      body: request.body
    )
  }

  /// What its contents will take, at most.
  static func byteCount(_ request: IncomingRequest) -> Int {
    request.head.bytes.count + request.body.count + QuarantineEntry.Contents.overhead
  }

  /// Of one address is what one network of a customer has.
  static func addressKey(_ address: String) -> String { LineRation.network(of: address) }
}

extension VerificationError {
  /// Whether another secret, or another tolerance, could make the same delivery verify.
  ///
  /// What lacks its signature altogether verifies under none: scanners send that all day, and would
  /// take the room of what is worth keeping.
  var isWorthKeeping: Bool {
    switch self {
    case .signatureMismatch, .timestampTooOld, .timestampInFuture: true
    default: false
    }
  }
}
