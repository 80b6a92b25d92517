import Testing
import WebhookReceiver

@Suite struct IdempotencyKeyTests {
  @Test func `a key is printed in 43 safe characters and read back`() {
    let key = IdempotencyKey(digest: [UInt8](repeating: 0xff, count: 32))
    #expect(key.description == String(repeating: "_", count: 42) + "8")
    #expect(IdempotencyKey(key.description) == key)
    for text in ["", "_", key.description + "=", String(key.description.dropLast()) + "9"] {
      #expect(IdempotencyKey(text) == nil)
    }
  }

  @Test func `a key never changes`() {
    // Stored keys outlive the program: another formula would let every event in again.
    let key = IdempotencyKey(source: "github", identity: "unbound_id", value: Array("72d3".utf8))
    #expect(
      Hex.encode(key.bytes) == "cd53c18b6d99fba5ffb0f665e5a5f24b8b8d247557f7ce60171eb2ea4620cc86"
    )
  }

  @Test func `the parts of a key do not run into each other`() {
    let triples = [
      ("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("", "ab", "c"), ("a", "", "bc"),
      ("abc", "", ""), ("", "", "abc"), ("", "", ""), ("b", "a", "c"),
    ]
    let keys = triples.map { IdempotencyKey(source: $0, identity: $1, value: Array($2.utf8)) }
    #expect(Set(keys).count == triples.count)
  }
}
