import Testing
import WebhookReceiver

/// The values of components (RFC 9421, sections 2.1 and 2.2).
@Suite struct HTTPSignatureComponentTests {
  private static let malformed = VerificationError.malformedHeader(name: "Signature-Input")
  private static let url = "https://www.example.com/path"

  private static func error(
    _ components: String,
    headers: [(String, String)] = [],
    target: String = "/",
    url: String? = "https://example.com/"
  ) -> VerificationError? {
    SignedRequest.error { () throws(VerificationError) in
      try SignedRequest.lines(components, headers: headers, target: target, url: url)
    }
  }

  @Test(arguments: [
    ("@method", "/path?param=value", "POST"),
    ("@target-uri", "/path?param=value", "https://www.example.com/path?param=value"),
    ("@authority", "/path", "www.example.com"),
    ("@scheme", "/path", "https"),
    ("@request-target", "/path?param=value", "/path?param=value"),
    ("@request-target", "/path", "/path"),
    ("@path", "/path?param=value", "/path"),
    (
      "@query", "/path?param=value&foo=bar&baz=bat%2Dman", "?param=value&foo=bar&baz=bat%2Dman"
    ),
    ("@query", "/path?queryString", "?queryString"),
    ("@query", "/path", "?"),
    ("@query", "/path?", "?"),
    ("@query", "/path?a?b", "?a?b"),
  ])
  func `a derived component is as in section 2.2`(
    name: String,
    target: String,
    value: String
  ) throws {
    let lines = try SignedRequest.lines("\"\(name)\"", target: target, url: Self.url)
    #expect(lines == ["\"\(name)\": \(value)"])
  }

  @Test(arguments: [
    ("https://Example.COM/", "example.com", "https", "/"),
    ("HTTPS://example.com:443", "example.com", "https", "/"),
    ("https://example.com:0443/x", "example.com", "https", "/x"),
    ("https://example.com:/", "example.com", "https", "/"),
    ("https://example.com:80/", "example.com:80", "https", "/"),
    ("http://example.com:80/", "example.com", "http", "/"),
    ("http://example.com:443/a%2Fb", "example.com:443", "http", "/a%2Fb"),
    ("https://[2001:DB8::1]/", "[2001:db8::1]", "https", "/"),
    ("https://[2001:db8::1]:443/", "[2001:db8::1]", "https", "/"),
    ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443", "https", "/"),
  ])
  func `the address is the configured one, whatever the headers say`(
    url: String,
    authority: String,
    scheme: String,
    path: String
  ) throws {
    let lines = try SignedRequest.lines(
      "\"@authority\" \"@scheme\" \"@path\"",
      headers: [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")],
      target: "/elsewhere",
      url: url
    )
    #expect(
      lines == ["\"@authority\": \(authority)", "\"@scheme\": \(scheme)", "\"@path\": \(path)"]
    )
  }

  @Test(arguments: [
    "", "example.com/path", "ftp://example.com/", "https:///path", "https://", "https://:443/",
    "https://user@example.com/", "https://example.com/#f",
    "https://example.com:65536/", "https://example.com:x/", "https://a:b:c/", "https://[::1/",
    "https://[nonsense]/", "https://exa mple.com/", "https://exämple.com/", "https://a\\b/",
    "https://example.com/\n",
  ])
  func `a configured URL that is none is not the sender's fault`(url: String) {
    for component in ["@authority", "@scheme", "@path", "@target-uri", "@request-target"] {
      let error = Self.error("\"\(component)\"", url: url)
      #expect(error?.reason == "key_unusable", "\(component)")
    }
  }

  @Test(arguments: ["@authority", "@scheme", "@target-uri"])
  func `without a configured URL its parts cannot be verified`(name: String) {
    let error = Self.error("\"\(name)\"", headers: [("Host", "example.com")], url: nil)
    #expect(error?.reason == "key_unusable")
    #expect(error?.description.contains("has to be configured") == true)
  }

  @Test func `without a configured URL the path is the one received`() throws {
    let lines = try SignedRequest.lines(
      "\"@path\" \"@request-target\"",
      target: "/a%20b?c=d",
      url: nil
    )
    #expect(lines == ["\"@path\": /a%20b", "\"@request-target\": /a%20b?c=d"])
  }

  @Test(arguments: [
    // Section 2.2.8.
    ("/path?param=value&foo=bar&baz=batman&qux=", "baz", "batman"),
    ("/path?param=value&foo=bar&baz=batman&qux=", "qux", ""),
    ("/path?param=value&foo=bar&baz=batman&qux=", "param", "value"),
    (
      "/p?var=this%20is%20a%20big%0Amultiline%20value", "var",
      "this%20is%20a%20big%0Amultiline%20value"
    ),
    ("/p?bar=with+plus+whitespace", "bar", "with%20plus%20whitespace"),
    ("/p?fa%C3%A7ade%22%3A%20=something", "fa%C3%A7ade%22%3A%20", "something"),
    // One text for every spelling.
    ("/p?%70=%61%7e~!", "p", "a%7E%7E%21"),
    ("/p?a", "a", ""),
    ("/p?&&a=b=c&", "a", "b%3Dc"),
    ("/p?a=%zz%4", "a", "%25zz%254"),
    ("/p?a=1&A=2", "A", "2"),
    ("/p?=x", "", "x"),
    ("/p?a=*-._", "a", "*-._"),
    ("/p?a=%EF%BB%BFx", "a", "%EF%BB%BFx"),
  ])
  func `a query parameter has one text`(target: String, name: String, value: String) throws {
    let component = "\"@query-param\";name=\"\(name)\""
    let lines = try SignedRequest.lines(component, target: target)
    #expect(lines == ["\(component): \(value)"])
  }

  @Test(arguments: [
    ("/p?a=1&a=2", "a"), ("/p?a=1&%61=2", "a"), ("/p?a=1", "b"), ("/p", "a"), ("/p?", "a"),
    ("/p?a=%FF", "a"), ("/p?%FF=1", "%FF"), ("/p?a%20b=1", "a b"), ("/p?a=%ED%A0%80", "a"),
    ("/p?a=" + String(repeating: "x", count: 8191), "a"),
  ])
  func `an absent, repeated or undecodable query parameter is refused`(
    target: String,
    name: String
  ) {
    let error = Self.error("\"@query-param\";name=\"\(name)\"", target: target)
    #expect(error?.reason == "requirement_not_met")
  }

  @Test(arguments: ["", "*", "https://example.com/", "a", "/a b", "/é", "/a\n\"@method\": GET"])
  func `a target that is no path is refused`(target: String) {
    for name in ["@path", "@query", "@request-target", "@target-uri"] {
      #expect(Self.error("\"\(name)\"", target: target)?.reason == "requirement_not_met", "\(name)")
    }
  }

  @Test(arguments: ["", "PO ST", "POST\n\"@path\": /", "PÖST"])
  func `a method that is no word is refused`(method: String) {
    var request = SignedRequest.make(input: "sig=(\"@method\")", headers: [])
    request.method = method
    let error = SignedRequest.error { () throws(VerificationError) in
      try HTTPSignature.all(in: request, max: 1)
    }
    #expect(error?.reason == "requirement_not_met")
  }

  private static let fields = [
    ("X-OWS-Header", "  Leading and trailing whitespace.  "),
    ("Cache-Control", "max-age=60"), ("X-Empty-Header", ""),
    ("Cache-Control", "   must-revalidate"),
    ("Example-Dict", "  a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
    ("Example-Header", "value, with, lots"), ("Example-Header", "of, commas"),
    ("Twice", "a=1, a=2"), ("List", "A, B"), ("Item", "12"), ("Tokens", "a,b"),
  ]

  @Test(arguments: [
    ("\"x-ows-header\"", "Leading and trailing whitespace."),
    ("\"cache-control\"", "max-age=60, must-revalidate"),
    ("\"x-empty-header\"", ""),
    ("\"example-dict\"", "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
    ("\"example-dict\";sf", "a=1, b=2;x=1;y=2, c=(a b c), d"),
    ("\"example-dict\";key=\"a\"", "1"),
    ("\"example-dict\";key=\"b\"", "2;x=1;y=2"),
    ("\"example-dict\";key=\"c\"", "(a b c)"),
    ("\"example-dict\";key=\"d\"", "?1"),
    ("\"example-dict\";sf;key=\"a\"", "1"),
    ("\"example-dict\";key=\"a\";sf", "1"),
    ("\"example-header\"", "value, with, lots, of, commas"),
    ("\"example-header\";bs", ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"),
    ("\"x-empty-header\";bs", "::"),
    ("\"tokens\";sf", "a, b"),
    ("\"twice\";key=\"a\"", "2"),
  ])
  func `a field has the value of section 2.1`(component: String, value: String) throws {
    let lines = try SignedRequest.lines(component, headers: Self.fields)
    #expect(lines == ["\(component): \(value)"])
  }

  @Test(arguments: ["\"twice\";sf", "\"list\";sf", "\"item\";sf", "\"example-dict\";key=\"e\""])
  func `what cannot be written anew is refused`(component: String) {
    let error = Self.error(component, headers: Self.fields)
    #expect(error?.reason == "requirement_not_met")
  }

  @Test(arguments: ["\"list\";key=\"a\"", "\"item\";key=\"a\""])
  func `a member of what is no dictionary is refused`(component: String) {
    let error = Self.error(component, headers: Self.fields)
    #expect(error?.reason == "malformed_header")
  }

  @Test(arguments: [
    "a\r\n b", "a\nb", "a\rb", "a\u{0}b", "a\u{7f}", "\u{1b}", "a\n\"@method\": GET", "é",
  ])
  func `a value that is more than a line of ASCII is refused`(value: String) {
    let headers = [("X-Value", "a"), ("X-Value", value)]
    #expect(Self.error("\"x-value\"", headers: headers) == .malformedHeader(name: "x-value"))
    let error = Self.error("\"x-value\";bs", headers: headers)
    #expect(error == (value == "é" ? nil : .malformedHeader(name: "x-value")))
  }

  @Test(arguments: [
    // Unknown, of responses, or of the signature itself.
    "\"@status\"", "\"@signature-params\"", "\"@unknown\"", "\"@\"", "\"@Method\"",
    // Parameters where there are none, or of the wrong type.
    "\"@method\";req", "\"@path\";sf", "\"@query-param\"", "\"@query-param\";name=a",
    "\"@query-param\";name", "\"@query-param\";name=\"a\";sf", "\"@query\";name=\"a\"",
    "\"date\";req", "\"date\";sf=?0", "\"date\";sf=1", "\"date\";key=a", "\"date\";key",
    "\"date\";bs=?0", "\"date\";bs;sf", "\"date\";sf;bs", "\"date\";key=\"a\";bs",
    "\"date\";bs;key=\"a\"", "\"date\";unknown",
    // Names that are none.
    "\"\"", "\"Date\"", "\"da te\"", "\"date:\"", "date", "1", ":AAAA:", "?1",
    // Twice the same.
    "\"date\" \"date\"", "\"date\";sf \"date\";sf", "\"@method\" \"date\" \"@method\"",
    "\"date\";sf;key=\"a\" \"date\";key=\"a\";sf", "\"date\";bs;bs",
  ])
  func `an identifier that nobody may use is refused`(components: String) {
    let headers = [("Date", "a")]
    #expect(Self.error(components, headers: headers) == Self.malformed)
  }

  @Test func `trailers are refused, and absent fields`() {
    let trailer = Self.error("\"date\";tr", headers: [("Date", "a")])
    #expect(trailer?.reason == "requirement_not_met")
    #expect(Self.error("\"date\"") == .missingHeader(name: "date"))
    #expect(Self.error("\"\(String(repeating: "a", count: 129))\"") == Self.malformed)
  }

  @Test(arguments: [
    ("content-digest", "\"content-digest\""), ("@method", "\"@method\""),
    ("\"@query-param\";name=\"id\"", "\"@query-param\";name=\"id\""),
    ("\"dict\";key=\"a\"", "\"dict\";key=\"a\""),
  ])
  func `a component is read as people write it`(text: String, identifier: String) throws {
    #expect(try #require(HTTPSignatureComponent(parsing: text)).description == identifier)
  }

  @Test(arguments: [
    "", "Content-Digest", "@status", "a b", "\"a\" \"b\"", "a\" \"b", "\"a\"), b=(\"c\"",
    "\"a\");x=(", "\"date\";tr", "\"date\";sf;sf", "a\");created=1;x=(\"b",
  ])
  func `other text is not a component`(text: String) {
    #expect(HTTPSignatureComponent(parsing: text) == nil)
  }
}
