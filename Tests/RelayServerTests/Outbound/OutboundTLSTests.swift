import RelayServer
import RelaySystem
import RelayTLS
import Testing

@Suite("Outbound requests over TLS") struct OutboundTLSTests {
  /// Answers as files that s_server hands out byte for byte.
  private static let answers = [
    "length": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "close": "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    "chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "large": "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "0123456789", count: 40_000),
  ]

  private func get(
    _ url: String,
    _ trust: TLSClientContext,
    milliseconds: Int64 = 10_000
  ) throws -> OutboundRequest {
    var request = try OutboundRequest.get(url, milliseconds: milliseconds, bodyBytesMax: 1 << 20)
    request.trust = trust
    return request
  }

  private func loopback() throws -> Resolver {
    try Resolver { _ in .success([.v4([127, 0, 0, 1], port: 0)]) }
  }

  private func trust(
    _ authority: OpenSSLServer.Authority,
    identity: TLSClientContext.Identity? = nil
  ) throws -> TLSClientContext {
    try TLSClientContext(roots: .pem(authority.certificate), identity: identity)
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `a real peer answers in every framing`(version: String) throws {
    let authority = try OpenSSLServer.Authority()
    try authority.sign("good", names: "DNS:app.test,IP:127.0.0.1")
    for (file, text) in Self.answers { try authority.write(file, text) }
    let server = try OpenSSLServer(authority, "good", "-HTTP", version)
    let trust = try trust(authority)
    let driver = try OutboundDriver.run(resolver: try loopback()) { [port = server.port] in
      for file in Self.answers.keys {
        for host in ["127.0.0.1", "app.test", "app.test."] {
          guard let request = try? get("https://\(host):\(port)/\(file)", trust) else { continue }
          $0.send(file + host, request, $1)
        }
      }
    }
    for host in ["127.0.0.1", "app.test", "app.test."] {
      #expect(driver.body("length" + host) == "hello")
      #expect(driver.body("chunked" + host) == "hello")
      #expect(driver.body("close" + host) == "until the end")
      #expect(driver.body("large" + host)?.utf8.count == 400_000)
    }
    #expect(driver.results.count == 12)
  }

  @Test func `a certificate that is not to be trusted is refused, and it is said why`() throws {
    let authority = try OpenSSLServer.Authority()
    try authority.sign("good", names: "DNS:app.test")
    try authority.sign("expired", names: "DNS:app.test", expired: true)
    try authority.selfSign("self", names: "DNS:app.test")
    let cases:
      [(file: String, host: String, roots: TLSClientContext.Roots, kind: TLSFailure.Kind)] =
        [
          ("expired", "app.test", .pem(authority.certificate), .certificateExpired),
          ("good", "other.test", .pem(authority.certificate), .nameMismatch),
          ("good", "127.0.0.1", .pem(authority.certificate), .nameMismatch),
          ("self", "app.test", .pem(authority.certificate), .selfSigned),
          ("good", "app.test", .system, .unknownAuthority),
          ("good", "app.test", .pem(authority.bytes("self.pem")), .unknownAuthority),
        ]
    for item in cases {
      let server = try OpenSSLServer(authority, item.file, "-www")
      let trust = try TLSClientContext(roots: item.roots)
      let request = try get("https://\(item.host):\(server.port)/", trust)
      let driver = try OutboundDriver.run(resolver: try loopback()) { $0.send("a", request, $1) }
      guard case .tls(let failure) = driver.failure("a") else {
        Issue.record("\(item): \(String(describing: driver.results["a"]))")
        continue
      }
      #expect(failure.kind == item.kind)
      #expect(failure.description.contains(item.host))
    }
  }

  @Test func `a self-signed certificate can be trusted by itself`() throws {
    let authority = try OpenSSLServer.Authority()
    try authority.selfSign("self", names: "DNS:app.test")
    try authority.write("length", Self.answers["length"] ?? "")
    let server = try OpenSSLServer(authority, "self", "-HTTP")
    let trust = try TLSClientContext(roots: .pem(authority.bytes("self.pem")))
    let request = try get("https://app.test:\(server.port)/length", trust)
    let driver = try OutboundDriver.run(resolver: try loopback()) { $0.send("a", request, $1) }
    #expect(driver.body("a") == "hello")
  }

  @Test func `a server that asks for a certificate gets it, or refuses`() throws {
    let authority = try OpenSSLServer.Authority()
    try authority.sign("good", names: "DNS:app.test")
    try authority.sign("client", names: "DNS:client.test")
    try authority.write("length", Self.answers["length"] ?? "")
    let server = try OpenSSLServer(
      authority,
      "good",
      "-HTTP",
      "-Verify",
      "1",
      "-CAfile",
      "ca.pem",
      "-verify_return_error"
    )
    let identity = TLSClientContext.Identity(
      certificateChain: authority.bytes("client.pem"),
      privateKey: authority.bytes("client.key")
    )
    let url = "https://app.test:\(server.port)/length"
    let known = try get(url, try trust(authority, identity: identity))
    let unknown = try get(url, try trust(authority))
    let driver = try OutboundDriver.run(resolver: try loopback()) { driver, context in
      driver.send("known", known, context) { _ in driver.send("unknown", unknown, context) }
    }
    #expect(driver.body("known") == "hello")
    guard case .tls(let failure) = driver.failure("unknown") else {
      Issue.record("\(String(describing: driver.results["unknown"]))")
      return
    }
    #expect(failure.kind == .peerRefused)
  }

  @Test func `an old version of TLS is refused`() throws {
    let authority = try OpenSSLServer.Authority()
    try authority.sign("good", names: "DNS:app.test")
    let server = try OpenSSLServer(
      authority,
      "good",
      "-www",
      "-tls1_1",
      "-cipher",
      "DEFAULT@SECLEVEL=0"
    )
    let request = try get("https://app.test:\(server.port)/", try trust(authority))
    let driver = try OutboundDriver.run(resolver: try loopback()) { $0.send("a", request, $1) }
    guard case .tls(let failure) = driver.failure("a") else {
      Issue.record("\(String(describing: driver.results["a"]))")
      return
    }
    #expect(failure.kind == .noCommonVersion)
  }

  @Test func `an answer until the end whose end is not said was cut`() throws {
    let authority = try OpenSSLServer.Authority()
    try authority.sign("good", names: "DNS:app.test")
    let server = try OpenSSLServer(authority, "good")
    let request = try get("https://app.test:\(server.port)/", try trust(authority))
    let driver = try OutboundDriver.run(resolver: try loopback()) { driver, context in
      driver.send("a", request, context)
      driver.after(milliseconds: 500, context) { server.type("HTTP/1.1 200 OK\r\n\r\nhalf of\n") }
      driver.after(milliseconds: 1500, context) { server.kill() }
    }
    #expect(driver.failure("a") == .answerCut)
  }

  @Test func `plain HTTP where TLS was expected is told as that`() throws {
    let authority = try OpenSSLServer.Authority()
    let server = try RawServer.start([
      [.pause(milliseconds: 100), .send("HTTP/1.1 400 Bad Request\r\n\r\n"), .untilClosed]
    ])
    let request = try get("https://127.0.0.1:\(server.port)/", try trust(authority))
    let driver = try OutboundDriver.run { $0.send("a", request, $1) }
    guard case .tls(let failure) = driver.failure("a") else {
      Issue.record("\(String(describing: driver.results["a"]))")
      return
    }
    #expect(failure.kind == .notTLS)
  }

  @Test func `a peer that is silent in the handshake ends at the connect deadline`() throws {
    let authority = try OpenSSLServer.Authority()
    let server = try RawServer.start([[.untilClosed]])
    var request = try get("https://127.0.0.1:\(server.port)/", try trust(authority))
    request.limits.connectNanoseconds = 200_000_000
    let driver = try OutboundDriver.run { [request] in $0.send("a", request, $1) }
    #expect(driver.failure("a")?.word == "connect_timed_out")
  }
}
