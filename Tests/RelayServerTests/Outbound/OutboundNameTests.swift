import RelayServer
import RelaySystem
import Synchronization
import Testing

@Suite("Outbound names and addresses") struct OutboundNameTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
  private static let loopback = SocketAddress.v4([127, 0, 0, 1], port: 0)

  /// A resolver that knows what a test tells it.
  private func resolver(_ names: [String: [SocketAddress]]) throws -> Resolver {
    try Resolver { host in names[host].map { .success($0) } ?? .failure(SystemError("look up", 2)) }
  }

  @Test func `the addresses of a name are tried in turn`() throws {
    let server = try RawServer.answering(Self.ok)
    // Nobody listens on the first: the port is the server's, the address another of this machine.
    let resolver = try resolver(["app.test": [.v4([127, 0, 0, 9], port: 0), Self.loopback]])
    let request = try OutboundRequest.get("http://app.test:\(server.port)/")
    let driver = try OutboundDriver.run(resolver: resolver) { $0.send("a", request, $1) }
    #expect(driver.body("a") == "ok")
    #expect(server.requests.first?.contains("Host: app.test:\(server.port)\r\n") == true)
  }

  @Test func `a name that is not known is told by name`() throws {
    let request = try OutboundRequest.get("http://gone.test/")
    let driver = try OutboundDriver.run(resolver: try resolver([:])) { $0.send("a", request, $1) }
    #expect(driver.failure("a") == .nameNotFound(host: "gone.test"))
    #expect(driver.failure("a")?.sentence.contains("gone.test") == true)
  }

  @Test func `failure 45: a slow name holds up no other destination`() throws {
    let server = try RawServer.answering(Self.ok)
    let gate = Gate()
    let resolver = try Resolver { host in
      if host == "slow.test" { while !gate.wait(timeoutMilliseconds: 20_000) {} }
      return .success([Self.loopback])
    }
    let slow = try OutboundRequest.get("http://slow.test:\(server.port)/", milliseconds: 10_000)
    let quick = try OutboundRequest.get("http://quick.test:\(server.port)/")
    let driver = try OutboundDriver.run(resolver: resolver) { driver, context in
      for index in 0..<3 {
        let id = driver.send("slow \(index)", slow, context)
        driver.after(milliseconds: 300, context) { context.client.cancel(id) }
      }
      driver.send("quick", quick, context)
    }
    gate.ring()
    #expect(driver.order.first == "quick")
    #expect(driver.body("quick") == "ok")
  }

  @Test func `a look-up that comes after its request is over is dropped`() throws {
    let gate = Gate()
    let resolver = try Resolver { _ in
      while !gate.wait(timeoutMilliseconds: 20_000) {}
      return .success([Self.loopback])
    }
    let request = try OutboundRequest.get("http://slow.test/", milliseconds: 100)
    let driver = try OutboundDriver.run(resolver: resolver) { driver, context in
      driver.send("a", request, context) { _ in gate.ring() }
      driver.after(milliseconds: 400, context) {}
    }
    #expect(driver.failure("a")?.word == "connect_timed_out")
  }

  @Test func `a name that leads to a metadata service is never called`() throws {
    let metadata = SocketAddress.v4([169, 254, 169, 254], port: 0)
    let resolver = try resolver(["bad.test": [metadata], "half.test": [metadata, Self.loopback]])
    let server = try RawServer.answering(Self.ok)
    let bad = try OutboundRequest.get("http://bad.test:\(server.port)/")
    let half = try OutboundRequest.get("http://half.test:\(server.port)/")
    let driver = try OutboundDriver.run(resolver: resolver) { driver, context in
      driver.send("bad", bad, context)
      driver.send("half", half, context)
    }
    #expect(driver.failure("bad") == .addressRefused(host: "bad.test"))
    #expect(driver.body("half") == "ok")
  }

  @Test(arguments: [
    ("169.254.169.254:80", true), ("169.254.0.1:80", true), ("0.0.0.0:80", true),
    ("100.100.100.200:80", true), ("224.0.0.1:80", true), ("255.255.255.255:80", true),
    ("[fe80::1]:80", true), ("[febf::1]:80", true), ("[::]:80", true), ("[ff02::1]:80", true),
    ("[::ffff:169.254.169.254]:80", true), ("[64:ff9b::169.254.169.254]:80", true),
    ("[fd00:ec2::254]:80", true), ("127.0.0.1:80", false), ("10.0.0.1:80", false),
    ("[::1]:80", false), ("[fd00::1]:80", false), ("192.0.2.1:80", false), ("unix:/a", false),
    ("[2001:db8::1]:80", false), ("[::ffff:10.0.0.1]:80", false), ("169.253.1.1:80", false),
  ])
  func `addresses that are forbidden are told from others`(text: String, isForbidden: Bool) throws {
    let address = try SocketAddress(parsing: text)
    #expect(AddressGuard.isForbidden(address) == isForbidden)
  }

  @Test func `https needs to be told whom to trust, and nothing is sent without`() throws {
    let request = try OutboundRequest.get("https://127.0.0.1:1/")
    let driver = try OutboundDriver.run { $0.send("a", request, $1) }
    #expect(driver.failure("a")?.word == "unusable")
  }

  @Test func `words of failures are a closed set of their own`() {
    let failures: [OutboundFailure] = [
      .unusable(""), .nameNotFound(host: ""), .addressRefused(host: ""), .cannotConnect(""),
      .connectTimedOut(""), .closedWithoutAnswer, .answerCut, .timedOut, .malformed(""),
      .headTooLarge, .bodyTooLarge, .cancelled, .overloaded, .stopping,
    ]
    #expect(Set(failures.map { $0.word }).count == failures.count)
  }
}
