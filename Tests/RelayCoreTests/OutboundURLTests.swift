import RelayCore
import Testing

@Suite("OutboundURL") struct OutboundURLTests {
  @Test(arguments: [
    ("http://127.0.0.1:3000/hooks", "http://127.0.0.1:3000", "/hooks"),
    ("https://API.Example.com", "https://api.example.com", "/"),
    ("https://api.example.com:443/v1?a=b", "https://api.example.com", "/v1?a=b"),
    ("https://api.example.com?a=b", "https://api.example.com", "/?a=b"),
    ("http://[::1]:80/", "http://[::1]", "/"),
    ("unix:/run/app.sock", "unix:/run/app.sock", "/"),
    ("unix:/run/app.sock:/hooks?x", "unix:/run/app.sock", "/hooks?x"),
  ])
  func `reads what can be reached`(text: String, origin: String, target: String) throws {
    let url = try #require(OutboundURL(text))
    #expect(url.origin.description == origin)
    #expect(url.target == target)
  }

  @Test(arguments: [
    "", "ftp://a/", "http://", "http://user@a/", "http://a/#b", "http://a:0/", "http://a:65536/",
    "http://a:+1/", "http://a b/", "http://[1.2.3.4]/", "http://127.1/", "http://0x7f.1/",
    "http://999.1.1.1/", "http://[::1/", "unix:run", "unix:/a:b", "unix:", "//a/", "/a",
    "http://\u{e4}.example/",
  ])
  func `refuses what is none, or could be read in two ways`(text: String) {
    #expect(OutboundURL(text) == nil)
  }

  @Test(arguments: [
    ("/v2?page=2", "https://api.example.com/v2?page=2"),
    ("?page=2", "https://api.example.com/v1/events?page=2"),
    ("more?page=2", "https://api.example.com/v1/more?page=2"),
    ("https://other.example/x", "https://other.example/x"),
    ("//other.example/x", "https://other.example/x"),
    ("http://api.example.com/x", "http://api.example.com/x"),
    ("", "https://api.example.com/v1/events?limit=1"),
  ])
  func `resolves the links of answers`(reference: String, expected: String) throws {
    let base = try #require(OutboundURL("https://api.example.com/v1/events?limit=1"))
    #expect(base.resolving(reference)?.description == expected)
  }

  @Test(arguments: ["javascript:alert(1)", "ftp://a/b"])
  func `a link of another scheme stays on the origin or is none`(reference: String) throws {
    let base = try #require(OutboundURL("https://api.example.com/v1/events"))
    let resolved = base.resolving(reference)
    #expect(resolved == nil || resolved?.origin == base.origin)
  }

  @Test(arguments: [
    ("http://127.0.0.1/", true), ("http://localhost/", true), ("http://[::1]/", true),
    ("unix:/a", true), ("http://127.example.com/", false), ("http://10.0.0.1/", false),
  ])
  func `loopback is told by name and address`(text: String, expected: Bool) throws {
    #expect(try #require(OutboundURL(text)).isLoopback == expected)
  }
}
