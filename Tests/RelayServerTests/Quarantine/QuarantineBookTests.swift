import RelayCore
import RelayServer
import Testing

@Suite struct QuarantineBookTests {
  private func item(_ id: UInt64, _ source: String, elapsed: Int64) -> QuarantineBook.Item {
    QuarantineBook.Item(
      summary: QuarantineEntry.Summary(
        id: id,
        receivedAt: Int64(id),
        elapsedSeconds: elapsed,
        windowSeconds: 1_000_000_000,
        bodyBytes: 0,
        source: source,
        address: "127.0.0.1",
        reason: "signature_mismatch",
        detail: ""
      ),
      blocks: Int(id)..<Int(id) + 1
    )
  }

  @Test func `a delivery goes when the keys of its time do`() {
    var book = QuarantineBook()
    book.take(["a": .init(blocksMax: 100, windowSeconds: 1000)])
    book.restore([item(1, "a", elapsed: 0), item(2, "a", elapsed: 500), item(3, "b", elapsed: 0)])
    let expired = { book.expired(at: $0).map(\.summary.id) }
    #expect(expired(1000) == [])
    #expect(expired(1001) == [1])
    #expect(expired(1501) == [1, 2])
    // Nobody remembers the window of a source that is not configured.
    let orphans = QuarantineBook.orphanSeconds
    #expect(expired(orphans) == [1, 2])
    #expect(expired(orphans + 1) == [1, 2, 3])
  }

  @Test func `a longer window later brings no keys back`() {
    var summary = item(1, "a", elapsed: 0).summary
    summary.windowSeconds = 1000
    var book = QuarantineBook()
    book.take(["a": .init(blocksMax: 100, windowSeconds: 5000)])
    #expect(!book.isExpired(summary, at: 1000))
    #expect(book.isExpired(summary, at: 1001))
    book.take(["a": .init(blocksMax: 100, windowSeconds: 500)])
    #expect(book.isExpired(summary, at: 501))
  }

  @Test func `ids only go up, whatever the clock does`() {
    var book = QuarantineBook()
    book.restore([item(700, "a", elapsed: 0)])
    #expect(book.nextID(at: 1000) == 1000)
    #expect(book.nextID(at: 1000) == 1001)
    #expect(book.nextID(at: 5) == 1002)
    #expect(book.nextID(at: -5) == 1003)
  }

  @Test func `what is removed is no longer found, and its room is free`() {
    var book = QuarantineBook()
    book.take(["a": .init(blocksMax: 8, windowSeconds: 1000)])
    book.restore([item(1, "a", elapsed: 0), item(5, "b", elapsed: 0)])
    #expect(book.reserve(1, "a", "127.0.0.1") == .address)
    #expect(book.remove(1)?.summary.id == 1)
    #expect(book.remove(1) == nil && book[1] == nil && book[5] != nil)
    #expect(book.reserve(1, "a", "127.0.0.1") == nil)
    #expect(book.standings.map(\.source) == ["a", "b"])
    #expect(book.standings.map(\.bytes) == [4096, 4096])
  }

  @Test func `addresses of one network count as one`() {
    var book = QuarantineBook()
    book.take(["a": .init(blocksMax: 8, windowSeconds: 1000)])
    #expect(book.reserve(1, "a", "2001:db8:0:1::1") == nil)
    #expect(book.reserve(1, "a", "2001:db8:0:1::2") == .address)
    #expect(book.reserve(1, "a", "2001:db8:0:2::1") == nil)
    #expect(book.reserve(1, "a", "192.0.2.1") == nil)
    #expect(book.reserve(1, "a", "192.0.2.2") == nil)
    #expect(book.reserve(1, "a", "unix") == nil)
  }
}
