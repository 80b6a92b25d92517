public import Foundation
public import WebhookReceiver

/// Pulls events from a sidecar, under the name of a consumer: in order, or as a work queue.
///
///     let client = try RelayClient(.init(baseURL: url, token: token))
///     for try await entry in client.events(of: "billing") {
///       if case .event(let event) = entry { try await ledger.apply(event) }
///     }
///
/// At least once: an event whose handling ended in a crash comes again. Key the work by
/// `idempotencyKey`.
public struct RelayClient: Sendable {
  /// How to reach the sidecar and how to read from it.
  public struct Configuration: Sendable {
    /// Where the API is, like `http://127.0.0.1:8081`.
    public var baseURL: URL
    /// The bearer token, when the API has tokens.
    public var token: String?
    /// Events in one page, 1 to 1000.
    ///
    /// A page is committed as a whole, so this bounds what comes again after a crash.
    public var pageSize = 100
    /// How long one request waits at the sidecar for the first event.
    public var wait: Duration = .seconds(20)
    /// What to do while the sidecar does not answer.
    public var retry = RelayRetry()

    /// Makes a configuration with the usual values.
    public init(baseURL: URL, token: String? = nil) {
      self.baseURL = baseURL
      self.token = token
    }
  }

  /// The configuration it was made with.
  public let configuration: Configuration
  package let transport: any RelayTransport

  /// Makes a client; nothing is sent yet.
  ///
  /// - Throws: what of the configuration cannot be used.
  public init(_ configuration: Configuration) throws(RelayClientError) {
    try self.init(configuration, transport: URLSessionTransport())
  }

  package init(
    _ configuration: Configuration,
    transport: any RelayTransport
  ) throws(RelayClientError) {
    let scheme = configuration.baseURL.scheme?.lowercased()
    guard scheme == "http" || scheme == "https", configuration.baseURL.host != nil else {
      throw .invalidConfiguration("baseURL must be an http or https URL with a host")
    }
    guard (1...1000).contains(configuration.pageSize) else {
      throw .invalidConfiguration("pageSize must be from 1 to 1000")
    }
    guard configuration.wait >= .zero, configuration.wait <= Self.waitMax else {
      throw .invalidConfiguration("wait must be from 0 to 60 seconds")
    }
    // A line end in a token would become a header of its own.
    if let token = configuration.token,
      token.isEmpty || !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    {
      throw .invalidConfiguration("token must be printable ASCII without blanks")
    }
    self.configuration = configuration
    self.transport = transport
  }

  /// Longer waits are cut by proxies and by sleeping laptops, and gain nothing.
  static let waitMax: Duration = .seconds(60)

  /// Everything the consumer has not committed yet, and then whatever comes, without an end.
  ///
  /// A page is committed when the loop asks for what is behind it, that is after the body of the
  /// loop has run for its last entry. Leaving the loop early commits nothing of the page.
  public func events(of consumer: String) -> RelayEntries {
    RelayEntries(client: self, consumer: consumer)
  }

  /// One page from the consumer's position; waits for the first event as configured.
  ///
  /// - Throws: what the sidecar answered, or why there was no answer.
  public func page(of consumer: String) async throws(RelayClientError) -> RelayPage {
    let call = try RelayCall(
      method: "GET",
      path: ["v1", "consumers", consumer, "events"],
      query: [
        ("limit", String(configuration.pageSize)),
        ("wait", "\(configuration.wait.wholeMilliseconds)ms"),
      ]
    )
    let answer = try await perform(call, about: consumer)
    return try RelayDecoding.page(answer)
  }

  /// Moves the consumer's durable position to `cursor`: everything before it is done with.
  ///
  /// - Throws: what the sidecar answered, or why there was no answer.
  public func commit(
    _ cursor: String,
    generation: UInt64?,
    of consumer: String
  ) async throws(RelayClientError) {
    var call = try RelayCall(method: "POST", path: ["v1", "consumers", consumer, "commit"])
    call.body = RelayDecoding.commitBody(cursor: cursor, generation: generation)
    _ = try await perform(call, about: consumer)
  }

  /// Where a new consumer begins.
  @nonexhaustive
  public enum Start: Sendable, Equatable {
    /// With the oldest event there is.
    case earliest
    /// With the next event that comes.
    case latest
    /// With the first event received at this time or later.
    case time(Timestamp)
    /// Where a page ended.
    case cursor(String)
  }

  /// Creates the consumer, or leaves one of that name and those settings as it is.
  ///
  /// - Parameters:
  ///   - consumer: The name, which is also the scope of the token.
  ///   - sources: Only events of these; of all when empty.
  ///   - start: Where a new consumer begins.
  /// - Throws: What the sidecar refused, `unavailable` when it does not answer.
  public func createConsumer(
    _ consumer: String,
    sources: [String] = [],
    start: Start = .earliest
  ) async throws(RelayClientError) {
    var call = try RelayCall(method: "PUT", path: ["v1", "consumers", consumer])
    call.body = RelayDecoding.consumerBody(sources: sources, start: start, queueAttempts: nil)
    _ = try await perform(call, about: consumer)
  }

  /// Sends one call and turns every answer but 2xx into an error.
  func perform(
    _ call: RelayCall,
    about consumer: String
  ) async throws(RelayClientError) -> [UInt8] {
    let answer = try await transport.send(call, with: configuration)
    guard !(200..<300).contains(answer.status) else { return answer.body }
    throw RelayDecoding.error(status: answer.status, body: answer.body, consumer: consumer)
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
