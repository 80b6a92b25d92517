/// What a consumer has not committed, in order, by long poll; made by `RelayClient.events(of:)`.
public struct RelayEntries: AsyncSequence, Sendable {
  /// An event, or a hole the consumer must know of.
  public typealias Element = RelayEntry
  /// Every failure is one of the client's.
  public typealias Failure = RelayClientError

  let client: RelayClient
  let consumer: String

  /// Begins at the consumer's durable position.
  public func makeAsyncIterator() -> Iterator {
    Iterator(client: client, consumer: consumer)
  }

  /// Reads page after page and commits each when it is done with.
  public struct Iterator: AsyncIteratorProtocol {
    private let client: RelayClient
    private let consumer: String
    private var page: RelayPage?
    private var index = 0
    private var emptyPages = 0

    init(client: RelayClient, consumer: String) {
      self.client = client
      self.consumer = consumer
    }

    /// The next entry; ends only by an error, which cancellation is, too.
    ///
    /// - Throws: what the sidecar answered, or why there was no answer.
    public mutating func next() async throws(RelayClientError) -> RelayEntry? {
      try await next(isolation: nil)
    }

    /// The next entry; ends only by an error, which cancellation is, too.
    ///
    /// - Throws: what the sidecar answered, or why there was no answer.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RelayClientError) -> RelayEntry? {
      while true {
        if let page {
          if index < page.entries.count {
            index += 1
            return page.entries[index - 1]
          }
          // Asked for more: the last entry has been handled.
          if needsCommit(page) { try await commit(page) }
          self.page = nil
        }
        let (client, consumer) = (client, consumer)
        page = try await retrying { () async throws(RelayClientError) in
          try await client.page(of: consumer)
        }
        index = 0
      }
    }

    /// Whether the durable position should follow this page.
    ///
    /// An empty page, too, moves past what the consumer's filter left out. One that found the end
    /// is committed now and then only: a quiet consumer should not keep the disk busy, and must
    /// not stand still until retention overtakes it.
    private mutating func needsCommit(_ page: RelayPage) -> Bool {
      guard page.entries.isEmpty, !page.hasMore else {
        emptyPages = 0
        return true
      }
      emptyPages += 1
      guard emptyPages == Self.emptyPagesMax else { return false }
      emptyPages = 0
      return true
    }

    /// With the usual wait of 20 s, one commit in ten minutes.
    private static let emptyPagesMax = 30

    private func commit(_ page: RelayPage) async throws(RelayClientError) {
      let (client, consumer) = (client, consumer)
      try await retrying { () async throws(RelayClientError) in
        try await client.commit(page.next, generation: page.generation, of: consumer)
      }
    }

    private func retrying<Value: Sendable>(
      _ attempt: () async throws(RelayClientError) -> Value
    ) async throws(RelayClientError) -> Value {
      var failures = 0
      while true {
        guard !Task.isCancelled else { throw .cancelled }
        do {
          return try await attempt()
        } catch  where error.isTransient {
          failures += 1
          guard let pause = client.configuration.retry.pause(afterFailures: failures) else {
            throw error
          }
          try await client.transport.pause(pause)
        }
      }
    }
  }
}
