import RelayCore
import Testing

/// The rules of W3C Trace Context, level 1.
@Suite("Trace context") struct TraceContextTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let parent = "00-\(trace)-b7ad6b7169203331-01"

  private func context(_ parents: [String], _ states: [String] = []) -> TraceContext? {
    TraceContext(
      parents: parents.map { Array($0.utf8)[...] },
      states: states.map { Array($0.utf8)[...] }
    )
  }

  @Test func `a valid one is taken as it is`() throws {
    let context = try #require(self.context([Self.parent], ["rojo=00f067aa0ba902b7,congo=t61"]))
    #expect(context.parent == Self.parent && context.traceID == Self.trace)
    #expect(context.state == "rojo=00f067aa0ba902b7,congo=t61")
    #expect(self.context(["00-\(Self.trace)-b7ad6b7169203331-ff"])?.parent.suffix(2) == "ff")
  }

  @Test(arguments: [
    "", "00", "00-", "garbage", "00-\(trace)-b7ad6b7169203331", "00-\(trace)-b7ad6b7169203331-",
    "00-\(trace)-b7ad6b7169203331-1", "00-\(trace)-b7ad6b7169203331-011",
    "00-\(trace)-b7ad6b7169203331-01-", "00-\(trace)-b7ad6b7169203331-01-more",
    "00-\(trace.uppercased())-b7ad6b7169203331-01", "00-\(trace)-B7AD6B7169203331-01",
    "00-\(trace)-b7ad6b7169203331-0G", "0-\(trace)-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-\(trace)-0000000000000000-01",
    "00_\(trace)_b7ad6b7169203331_01", "00-\(trace)-b7ad6b716920333-001",
    "ff-\(trace)-b7ad6b7169203331-01", "0x-\(trace)-b7ad6b7169203331-01",
    "01-\(trace)-b7ad6b7169203331-01more", "00-\(trace)-b7ad6b716920333\u{e9}-01",
  ])
  func `what breaks a rule is no trace`(text: String) {
    #expect(context([text], ["a=1"]) == nil)
  }

  @Test func `two of them are none, and none is none`() {
    #expect(context([Self.parent, Self.parent]) == nil)
    #expect(context([], ["a=1"]) == nil)
  }

  @Test func `a later version goes on as the one that is known`() {
    let ids = "\(Self.trace)-b7ad6b7169203331"
    #expect(context(["01-\(ids)-03"])?.parent == "00-\(ids)-01")
    #expect(context(["cc-\(ids)-02-what-comes-then"])?.parent == "00-\(ids)-00")
  }

  @Test(
    arguments: [
      ("a=1", "a=1"), (" a=1 ,\tb=2 ", "a=1,b=2"), ("a=1,,b=2,", "a=1,b=2"), ("a=x y", "a=x y"),
      ("tenant@vendor=1", "tenant@vendor=1"), ("0a_-*/=1", "0a_-*/=1"), ("", nil), (",", nil),
      ("a", nil), ("=1", nil), ("a=", nil), ("A=1", nil), ("a=1,b", nil), ("a=1=2", nil),
      ("_a=1", nil), ("a=\u{e9}", nil), ("a b=1", nil),
    ] as [(String, String?)]
  )
  func `state has its grammar`(text: String, expected: String?) {
    #expect(context([Self.parent], [text])?.state == expected)
  }

  @Test func `state of several fields is one, and bad state is no reason to lose the trace`() throws
  {
    #expect(context([Self.parent], ["a=1", "b=2"])?.state == "a=1,b=2")
    let context = try #require(self.context([Self.parent], ["a=1", "?"]))
    #expect(context.state == nil && context.parent == Self.parent)
  }

  @Test func `state is bounded in members and in bytes`() throws {
    let members = (0..<33).map { "k\($0)=1" }
    #expect(context([Self.parent], [members.prefix(32).joined(separator: ",")])?.state != nil)
    #expect(context([Self.parent], [members.joined(separator: ",")])?.state == nil)
    let long = (0..<8).map { "k\($0)=" + String(repeating: "v", count: 100) }
    let state = try #require(context([Self.parent], [long.joined(separator: ",")])?.state)
    #expect(state.utf8.count <= TraceContext.stateBytesMax && state.hasPrefix("k0="))
    // Whole members, from the front.
    #expect(state.split(separator: ",").allSatisfy { $0.utf8.count == 103 })
    let tooLong = "a=" + String(repeating: "v", count: 257)
    #expect(context([Self.parent], [tooLong])?.state == nil)
  }

  @Test func `it is found among the fields of an event`() throws {
    let block = HeaderBlock(
      Array("Host: a\r\nTraceParent: \(Self.parent)\r\nTRACESTATE: a=1\r\ntracestate: b=2\r\n".utf8)
    )
    let context = try #require(TraceContext(block))
    #expect(context.parent == Self.parent && context.state == "a=1,b=2")
    #expect(TraceContext(HeaderBlock(Array("Host: a\r\n".utf8))) == nil)
  }
}
