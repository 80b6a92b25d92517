/// One HTTP request as it was received, before anybody has vouched for it.
///
/// Copies share what they hold until one of them is changed.
public struct WebhookRequest: Sendable {
  /// What a request consists of.
  private struct Parts: Sendable {
    var method: String
    var target: String
    var headers: HeaderFields
    var body: [UInt8]
    var url: String?
    var remoteAddress: IPAddress?
  }

  /// One object: a copy of a request counts one reference, and not one for each array and text.
  private final class Shared: Sendable {
    /// Stands in while the parts of another are changed.
    static let none = Shared(Parts(method: "", target: "", headers: HeaderFields(), body: []))

    let parts: Parts

    init(_ parts: Parts) { self.parts = parts }
  }

  private var shared: Shared

  /// The method, as received: `POST`.
  public var method: String {
    get { shared.parts.method }
    _modify { yield &parts.method }
  }

  /// The path and query, as received: `/in/github?attempt=2`.
  public var target: String {
    get { shared.parts.target }
    _modify { yield &parts.target }
  }

  /// The header fields, in order.
  public var headers: HeaderFields {
    get { shared.parts.headers }
    _modify { yield &parts.headers }
  }

  /// The body, byte for byte: what the sender signed.
  public var body: [UInt8] {
    get { shared.parts.body }
    _modify { yield &parts.body }
  }

  /// The external address of this endpoint, for schemes that sign it.
  ///
  /// Configured, never taken from `Host` or `X-Forwarded-*`: those are the sender's to choose.
  public var url: String? {
    get { shared.parts.url }
    _modify { yield &parts.url }
  }

  /// Who sent it, after trusted proxies have been resolved.
  public var remoteAddress: IPAddress? {
    get { shared.parts.remoteAddress }
    _modify { yield &parts.remoteAddress }
  }

  /// The parts, to be changed in place.
  private var parts: Parts {
    get { shared.parts }
    _modify {
      var parts = shared.parts
      // Without the object the parts are nobody else's: a field is appended without copying all.
      shared = Shared.none
      defer { shared = Shared(parts) }
      yield &parts
    }
  }

  /// Makes a request; only the body and its header fields matter to most schemes.
  public init(
    method: String = "POST",
    target: String = "/",
    headers: HeaderFields,
    body: [UInt8],
    url: String? = nil,
    remoteAddress: IPAddress? = nil
  ) {
    shared = Shared(
      Parts(
        method: method,
        target: target,
        headers: headers,
        body: body,
        url: url,
        remoteAddress: remoteAddress
      )
    )
  }
}

/// What the checks read: lent where it lies. To hand it out, a property counts a reference.
extension WebhookRequest {
  /// The bytes that `headerRanges` are parts of.
  var headBytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      let bytes = shared.parts.headers.storage
      // The object is this request's and never changes: its arrays live as long. The same below.
      return unsafe _overrideLifetime(bytes.span, borrowing: self)
    }
  }

  /// Where names and values are.
  var headerRanges: Span<HeaderFields.FieldRange> {
    @_lifetime(borrow self)
    borrowing get {
      let fields = shared.parts.headers.fields
      return unsafe _overrideLifetime(fields.span, borrowing: self)
    }
  }

  var bodyBytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      let bytes = shared.parts.body
      return unsafe _overrideLifetime(bytes.span, borrowing: self)
    }
  }
}
