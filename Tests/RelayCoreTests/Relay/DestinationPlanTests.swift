import RelayCore
import Testing
import WebhookReceiver

@Suite struct DestinationPlanTests {
  @Test(arguments: ["none", "source", "key:/data/id", "key:x-shop-domain"])
  func `an ordering is written as it was read`(text: String) throws {
    #expect(try #require(DeliveryOrdering(text)).text == text)
  }

  @Test(arguments: ["", "None", "key", "key:", "key:a b", "key:/a~2", "source ", "key:é"])
  func `what is no ordering is none`(text: String) {
    #expect(DeliveryOrdering(text) == nil)
  }

  @Test(arguments: ["X-Team", "Authorization", "X-Forwarded-Server"])
  func `a header of one's own may be given`(name: String) {
    #expect(RelayHeaderRules.isConfigurable(name))
  }

  @Test(arguments: [
    "Host", "content-length", "Connection", "TE", "Webhook-Id", "webhook-signature",
    "Webhook-Receiver-Anything", "Idempotency-Key", "X-Forwarded-For", "Forwarded", "Content-Type",
    "ce-id", "",
    "a b", "a:b",
  ])
  func `a header that is ours or the connection's may not`(name: String) {
    #expect(!RelayHeaderRules.isConfigurable(name))
  }

  @Test(arguments: ["app", "a.b-c_D9", String(repeating: "x", count: 64)])
  func `a name is a label and a part of a path`(name: String) {
    #expect(DestinationPlan.isName(name))
  }

  @Test(arguments: ["", ".", "..", "a/b", "a~b", "é", String(repeating: "x", count: 65)])
  func `what could not be one is no name`(name: String) {
    #expect(!DestinationPlan.isName(name))
  }

  // MARK: Keys of ordering

  private func key(
    _ ordering: String,
    _ body: String,
    source: String = "a",
    headers: String = ""
  ) throws -> UInt64 {
    OrderingKey.make(
      try #require(DeliveryOrdering(ordering)),
      source: source,
      headerBlock: Array(headers.utf8),
      body: Array(body.utf8)
    )
  }

  @Test func `events of one key have one number, and others have others`() throws {
    let one = try key("key:/id", #"{"id": "7", "x": 1}"#)
    #expect(one != 0)
    #expect(try key("key:/id", #"{"x": 2, "id": "7"}"#) == one)
    #expect(try key("key:/id", #"{"id": "8"}"#) != one)
    #expect(try key("key:/id", #"{"id": "7"}"#, source: "b") != one)
    #expect(try key("source", "") == key("source", "{}"))
    #expect(try key("source", "") != key("source", "", source: "b"))
  }

  @Test(arguments: ["", "{", "[]", #"{"id": null}"#, #"{"id": {}}"#, #"{"ID": 1}"#, "\u{FFFD}"])
  func `an event without the key waits for nobody`(body: String) throws {
    #expect(try key("key:/id", body) == 0)
  }

  @Test func `a header is found whatever its case`() throws {
    let block = "Host: h\r\nX-Shop:  one \r\nX-Shop: two\r\n"
    let one = try key("key:X-Shop", "", headers: block)
    #expect(one != 0)
    #expect(try key("key:x-shop", "", headers: "x-SHOP: one\r\n") == one)
    #expect(try key("key:x-shop", "", headers: "X-Other: one\r\n") == 0)
  }

  // MARK: Headers of events

  @Test func `field lines are read as they were stored`() {
    let block = Array("A: 1\r\nB:\t two \r\nno line\r\nC:\r\n: x\r\nD: a: b".utf8)
    let found = HeaderBlock(block).map { ($0.lowercasedName, $0.text) }
    #expect(found.map(\.0) == ["a", "b", "c", "", "d"])
    #expect(found.map(\.1) == ["1", "two", "", "x", "a: b"])
  }
}
