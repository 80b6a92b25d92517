import Testing
import WebhookReceiver

@Suite struct HeaderFieldsTests {
  static let fields = HeaderFields([
    ("Webhook-Id", "msg_1"), ("X-List", "a"), ("x-list", " b\t"), ("Empty", " \t "),
  ])

  @Test(arguments: ["webhook-id", "WEBHOOK-ID", "Webhook-Id"])
  func `names are found without regard to case`(name: String) {
    #expect(Self.fields.first(name) == "msg_1")
    #expect(Self.fields.values(of: name) == ["msg_1"])
  }

  @Test(arguments: ["webhook_id", "webhook-i", "webhook-idd", "", "webhook\u{2d}ıd", "Webhook-Id:"])
  func `another name is not found`(name: String) {
    #expect(Self.fields.first(name) == nil)
    #expect(Self.fields.values(of: name).isEmpty)
    #expect(Self.fields.count(of: name) == 0)
  }

  @Test func `case is folded for letters only`() {
    // @ and `, [ and {, differ in the same bit as letters of two cases do.
    let fields = HeaderFields([("a@[", "1")])
    #expect(fields.first("A@[") == "1")
    #expect(fields.first("a`[") == nil && fields.first("a@{") == nil)
  }

  @Test func `repetitions stay apart and in order`() {
    #expect(Self.fields.values(of: "X-LIST") == ["a", "b"])
    #expect(Self.fields.count(of: "x-list") == 2 && Self.fields.count == 4)
    #expect(Self.fields.name(at: 2) == "x-list" && Self.fields.value(at: 2) == "b")
  }

  @Test func `blanks around a value are no part of it`() {
    #expect(Self.fields.first("empty") == "")
    #expect(HeaderFields([("a", "\t b  c \t")]).first("a") == "b  c")
    // Only what HTTP calls blank.
    #expect(HeaderFields([("a", "\u{a0}b\n")]).first("a") == "\u{a0}b\n")
  }

  @Test func `raw bytes are reached without decoding`() {
    var fields = HeaderFields()
    fields.append(name: Array("Raw".utf8), value: [0x20, 0xff, 0xfe, 0x20])
    let ranges = fields.valueRanges(of: "raw")
    #expect(ranges.map { Array(fields.storage[$0]) } == [[0xff, 0xfe]])
    #expect(fields.first("raw") == "\u{fffd}\u{fffd}")
  }

  @Test func `a parsed head is shared as it is`() {
    let head = Array("Host: x\r\nA:  1 \r\n\r\n".utf8)
    let fields = HeaderFields(
      storage: head,
      fields: [.init(name: 0..<4, value: 6..<7), .init(name: 9..<10, value: 13..<14)]
    )
    #expect(fields.first("host") == "x" && fields.first("a") == "1")
    #expect(fields == HeaderFields([("HOST", "x"), ("a", "1")]))
    #expect(fields.hashValue == HeaderFields([("HOST", "x"), ("a", "1")]).hashValue)
  }

  @Test(arguments: [
    HeaderFields([("A", "1")]), HeaderFields([("A", "1"), ("B", "3")]),
    HeaderFields([("B", "2"), ("A", "1")]), HeaderFields([("A", "1"), ("B", "2"), ("B", "2")]),
    HeaderFields([("A1", ""), ("B", "2")]), HeaderFields(),
  ])
  func `lists that say something else differ`(other: HeaderFields) {
    #expect(other != HeaderFields([("a", "1"), ("b", "2")]))
  }

  @Test func `a field outside its head is a bug`() async {
    await #expect(processExitsWith: .failure) {
      _ = HeaderFields(storage: [0x41], fields: [.init(name: 0..<1, value: 1..<2)])
    }
  }
}
