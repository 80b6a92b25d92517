import Testing
import WebhookReceiver

@Suite struct TrustedProxiesTests {
  private static let blocks = ["10.0.0.0/8", "2001:db8:aaaa::/48"]

  /// The client behind a trusted peer, given the lines of the header.
  private func client(
    _ lines: [String],
    header: TrustedProxies.Header,
    peer: String = "10.0.0.1"
  ) throws(ForwardedError) -> String {
    guard let proxies = try? TrustedProxies(Self.blocks, header: header),
      let peer = IPAddress(peer)
    else { return "bad test" }
    let name = header == .forwarded ? "fORWARDED" : "X-Forwarded-FOR"
    var headers = HeaderFields([("Host", "example.com")])
    for line in lines {
      headers.append(name, line)
      headers.append("X-Other", "6.6.6.6")
    }
    return try proxies.clientAddress(peer: peer, headers: headers).description
  }

  @Test(arguments: [
    (["203.0.113.9"], "203.0.113.9"),
    (["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    (["203.0.113.9,10.0.0.2 ,\t10.0.0.3"], "203.0.113.9"),
    (["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    (["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
    (["6.6.6.6", "203.0.113.9", "10.0.0.2"], "203.0.113.9"),
    (["6.6.6.6, 203.0.113.9", "10.0.0.3, 10.0.0.2"], "203.0.113.9"),
    (["10.0.0.4, 10.0.0.3, 10.0.0.2"], "10.0.0.4"), (["10.0.0.4", "10.0.0.2"], "10.0.0.4"),
    (["2001:db8::1"], "2001:db8::1"), (["2001:db8::1, 2001:db8:aaaa::2"], "2001:db8::1"),
    (["::ffff:203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
    ([], "10.0.0.1"),
  ])
  func `the client of X-Forwarded-For is the right-most address not trusted`(
    lines: [String],
    expected: String
  ) throws {
    #expect(try client(lines, header: .xForwardedFor) == expected)
  }

  @Test(arguments: [
    (["for=203.0.113.9"], "203.0.113.9"), (["FOR=203.0.113.9"], "203.0.113.9"),
    (["for=\"203.0.113.9\";by=10.0.0.1;proto=https;host=\"a,b;for=6.6.6.6\""], "203.0.113.9"),
    (["for=6.6.6.6, proto=http;for=203.0.113.9, for=10.0.0.2"], "203.0.113.9"),
    (["for=\"[2001:db8::1]\""], "2001:db8::1"),
    (["For=\"[2001:db8::1]\",for=\"[2001:DB8:AAAA::1]\""], "2001:db8::1"),
    (["for=\"[::ffff:203.0.113.9]\", for=\"[::ffff:10.0.0.2]\""], "203.0.113.9"),
    (["for=203.0.113.9;;", ";for=10.0.0.2"], "203.0.113.9"),
    (["for=203.0.113.9;host=\"\\\"\\\\\", for=10.0.0.2"], "203.0.113.9"),
    (["for=10.0.0.4", "for=10.0.0.2"], "10.0.0.4"), ([], "10.0.0.1"),
  ])
  func `the client of Forwarded is the right-most address not trusted`(
    lines: [String],
    expected: String
  ) throws {
    #expect(try client(lines, header: .forwarded) == expected)
  }

  @Test(arguments: [
    ("203.0.113.9:4711", TrustedProxies.Header.xForwardedFor),
    ("203.0.113.9:0, 10.0.0.2:65535", .xForwardedFor),
    ("for=\"203.0.113.9:80\"", .forwarded), ("for=\"203.0.113.9:1\", for=10.0.0.2", .forwarded),
  ])
  func `a port is no part of the address`(line: String, header: TrustedProxies.Header) throws {
    #expect(try client([line], header: header) == "203.0.113.9")
    let v6 = line.replacing("203.0.113.9", with: "[2001:db8::1]")
    #expect(try client([v6], header: header) == "2001:db8::1")
  }

  @Test(
    arguments: [
      ("", .emptyElement(hop: 1)), ("203.0.113.9,", .emptyElement(hop: 1)),
      ("6.6.6.6, ,10.0.0.2", .emptyElement(hop: 2)), (",10.0.0.2", .emptyElement(hop: 2)),
      ("unknown", .hiddenAddress(hop: 1)), ("UnKnown, 10.0.0.2", .hiddenAddress(hop: 2)),
      ("_gateway", .hiddenAddress(hop: 1)), ("203.0.113.9:", .notAnAddress(hop: 1)),
      ("203.0.113.9:65536", .notAnAddress(hop: 1)), ("203.0.113.9:8o", .notAnAddress(hop: 1)),
      ("203.0.113.9:000080", .notAnAddress(hop: 1)), (":80", .notAnAddress(hop: 1)),
      ("[203.0.113.9]:80", .notAnAddress(hop: 1)), ("[2001:db8::1]", .notAnAddress(hop: 1)),
      ("\"203.0.113.9\"", .notAnAddress(hop: 1)), ("\"203.0.113.9", .notAnAddress(hop: 1)),
      ("fe80::1%eth0", .notAnAddress(hop: 1)), ("203.0.113.09", .notAnAddress(hop: 1)),
      ("6.6.6.6 203.0.113.9", .notAnAddress(hop: 1)), ("for=203.0.113.9", .notAnAddress(hop: 1)),
      ("203.0.113.9/32", .notAnAddress(hop: 1)), (":", .notAnAddress(hop: 1)),
      ("2001:db8::1:", .notAnAddress(hop: 1)), ("é", .notASCII(hop: 1)),
      ("203.0.113.9\u{a0}, 10.0.0.2", .notASCII(hop: 2)),
    ] as [(String, ForwardedError)]
  )
  func `a hop of X-Forwarded-For that is no address is refused`(
    line: String,
    error: ForwardedError
  ) {
    #expect(throws: error) { try client([line], header: .xForwardedFor) }
    // The same when a line of its own stands before it.
    #expect(throws: error) { try client(["6.6.6.6", line], header: .xForwardedFor) }
  }

  @Test(
    arguments: [
      ("", .emptyElement(hop: 1)), ("for=10.0.0.3, ", .emptyElement(hop: 1)),
      (", for=10.0.0.2", .emptyElement(hop: 2)), ("for=\"\"", .emptyElement(hop: 1)),
      ("for=unknown", .hiddenAddress(hop: 1)), ("for=_x, for=10.0.0.2", .hiddenAddress(hop: 2)),
      ("for=\"_x:_y\"", .hiddenAddress(hop: 1)), ("for=\"203.0.113.9:x\"", .notAnAddress(hop: 1)),
      ("for=\"[2001:db8::1]:_x\"", .notAnAddress(hop: 1)),
      ("for=\"2001:db8::1\"", .notAnAddress(hop: 1)),
      ("for=\"[203.0.113.9]\"", .notAnAddress(hop: 1)),
      ("for=\"[fe80::1%eth0]\"", .notAnAddress(hop: 1)), ("for=\"[]\"", .notAnAddress(hop: 1)),
      ("for=\"\\203.0.113.9\"", .notAnAddress(hop: 1)),
      ("for=\" 203.0.113.9\"", .notAnAddress(hop: 1)),
      ("for=203.0.113.9:80", .malformedElement(hop: 1)),
      ("for=[2001:db8::1]", .malformedElement(hop: 1)), ("for", .malformedElement(hop: 1)),
      ("for=", .malformedElement(hop: 1)), ("=203.0.113.9", .malformedElement(hop: 1)),
      ("for =203.0.113.9", .malformedElement(hop: 1)), ("203.0.113.9", .malformedElement(hop: 1)),
      ("for=203.0.113.9; proto=http", .malformedElement(hop: 1)),
      ("for=\"203.0.113.9\"x", .malformedElement(hop: 1)),
      ("for=203.0.113.9;for=203.0.113.9", .repeatedFor(hop: 1)),
      ("for=203.0.113.9;FOR=6.6.6.6, for=10.0.0.2", .repeatedFor(hop: 2)),
      ("by=203.0.113.9", .missingFor(hop: 1)), (";", .missingFor(hop: 1)),
      ("for=\"203.0.113.9", .unbalancedQuotes(hop: 1)),
      ("for=203.0.113.9\"", .unbalancedQuotes(hop: 1)),
      ("for=\"203.0.113.9\\\"", .unbalancedQuotes(hop: 1)),
      ("for=203.0.113.9;host=\"é\"", .notASCII(hop: 1)),
    ] as [(String, ForwardedError)]
  )
  func `an element of Forwarded without one plain address is refused`(
    line: String,
    error: ForwardedError
  ) {
    #expect(throws: error) { try client([line], header: .forwarded) }
    #expect(throws: error) { try client(["for=6.6.6.6", line], header: .forwarded) }
  }

  @Test(arguments: ["203.0.113.9", "2001:db8::9", "::ffff:203.0.113.9"])
  func `what a peer that is not trusted writes is ignored`(peer: String) throws {
    let expected = try #require(IPAddress(peer)).description
    for line in ["6.6.6.6", "10.0.0.2", "not an address", "\"", "for=6.6.6.6"] {
      #expect(try client([line], header: .xForwardedFor, peer: peer) == expected)
      #expect(try client([line], header: .forwarded, peer: peer) == expected)
    }
  }

  @Test(arguments: [
    "6.6.6.6", "for=\"6.6.6.6", "\"", "\\\"", "for=\"a\\", ",,,", "é", "_x", "for=1;for=2",
    String(repeating: "x", count: 100_000), String(repeating: "10.0.0.9,", count: 1000),
    String(repeating: "\\", count: 50_000) + "\"",
  ])
  func `what strangers wrote left of the client is not judged`(stranger: String) throws {
    for separator in [",", " , "] {
      let bare = stranger + separator + "203.0.113.9, 10.0.0.2"
      #expect(try client([bare], header: .xForwardedFor) == "203.0.113.9")
      let pairs = stranger + separator + "for=203.0.113.9;host=\"a\\\"b\", for=\"10.0.0.2\""
      #expect(try client([pairs], header: .forwarded) == "203.0.113.9")
    }
    let bare = [stranger, "203.0.113.9", "10.0.0.2"]
    #expect(try client(bare, header: .xForwardedFor) == "203.0.113.9")
    let pairs = [stranger, "for=203.0.113.9", "for=10.0.0.2"]
    #expect(try client(pairs, header: .forwarded) == "203.0.113.9")
  }

  @Test func `only the header of the configuration is read`() throws {
    let peer = try #require(IPAddress("10.0.0.1"))
    let headers = HeaderFields([
      ("X-Forwarded-For", "203.0.113.1"), ("Forwarded", "for=203.0.113.2"),
      ("X-Real-IP", "203.0.113.3"),
    ])
    let bare = try TrustedProxies(Self.blocks, header: .xForwardedFor)
    #expect(try bare.clientAddress(peer: peer, headers: headers).description == "203.0.113.1")
    let pairs = try TrustedProxies(Self.blocks, header: .forwarded)
    #expect(try pairs.clientAddress(peer: peer, headers: headers).description == "203.0.113.2")
  }

  @Test func `a chain of more proxies than there are is refused`() throws {
    let proxies = Array(repeating: "10.0.0.2", count: 31).joined(separator: ",")
    #expect(try client(["203.0.113.9," + proxies], header: .xForwardedFor) == "203.0.113.9")
    #expect(throws: ForwardedError.tooManyHops(max: 32)) {
      try client(["203.0.113.9,10.0.0.2," + proxies], header: .xForwardedFor)
    }
    #expect(throws: ForwardedError.tooManyHops(max: 32)) {
      try client(Array(repeating: "for=10.0.0.2", count: 33), header: .forwarded)
    }
  }

  @Test func `a chain of more bytes than there are is refused`() throws {
    let blanks = String(repeating: " ", count: 8192 - 11 - 9)
    #expect(try client(["203.0.113.9,\(blanks)10.0.0.2"], header: .xForwardedFor) == "203.0.113.9")
    #expect(throws: ForwardedError.tooLong(bytesMax: 8192)) {
      try client(["203.0.113.9, \(blanks)10.0.0.2"], header: .xForwardedFor)
    }
    let host = "for=203.0.113.9;host=\"\(String(repeating: "\\\\", count: 10_000))\""
    #expect(throws: ForwardedError.tooLong(bytesMax: 8192)) {
      try client([host], header: .forwarded)
    }
  }

  @Test func `a block that is mistyped is refused`() {
    #expect(throws: AddressBlockError.notAnAddress("proxy")) {
      try TrustedProxies(["proxy"], header: .forwarded)
    }
  }

  @Test func `every refusal says which hop, and nothing that the sender wrote`() {
    #expect(throws: ForwardedError.notAnAddress(hop: 2)) {
      try client(["secret, 10.0.0.2"], header: .xForwardedFor)
    }
    #expect(ForwardedError.notAnAddress(hop: 2).description.hasPrefix("hop 2 from the right"))
  }
}
