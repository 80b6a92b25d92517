import RelayServer
import RelaySystem
import Testing

@Suite("Outbound connections") struct OutboundPoolTests {
  typealias Step = RawServer.Step

  private static func answer(_ body: String, _ fields: String = "") -> String {
    "HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// Sends requests one after the other.
  private func sequence(
    _ names: [String],
    _ request: OutboundRequest,
    pauseMilliseconds: Int64 = 0,
    limits: OutboundPoolLimits = OutboundPoolLimits()
  ) throws -> OutboundDriver {
    func next(_ names: ArraySlice<String>, _ driver: OutboundDriver, _ context: OutboundContext) {
      guard let name = names.first else { return }
      driver.send(name, request, context) { _ in
        guard names.count > 1 else { return }
        driver.after(milliseconds: pauseMilliseconds, context) {
          next(names.dropFirst(), driver, context)
        }
      }
    }
    return try OutboundDriver.run(limits: limits) { next(names[...], $0, $1) }
  }

  @Test func `a connection is kept and used again`() throws {
    let server = try RawServer.answering(Self.answer("1"), Self.answer("2"), Self.answer("3"))
    let driver = try sequence(["a", "b", "c"], try .get(server.url))
    #expect(["a", "b", "c"].map { driver.body($0) } == ["1", "2", "3"])
    #expect(server.connections == 1)
    #expect(driver.counts.connectionsOpened == 1 && driver.counts.reuses == 2)
  }

  @Test(arguments: ["Connection: close\r\n", "Connection: x, Close\r\n"])
  func `a server that says close is believed`(field: String) throws {
    let steps = [Step.read, .send(Self.answer("1", field)), .untilClosed]
    let server = try RawServer.start([steps, steps])
    let driver = try sequence(["a", "b"], try .get(server.url))
    #expect(driver.body("b") == "1")
    #expect(server.connections == 2)
  }

  @Test func `bytes behind an answer are an answer to nothing and end the connection`() throws {
    let steps = [Step.read, .send(Self.answer("1") + Self.answer("forged")), .untilClosed]
    let server = try RawServer.start([steps, [.read, .send(Self.answer("2")), .untilClosed]])
    let driver = try sequence(["a", "b"], try .get(server.url))
    #expect(driver.body("a") == "1" && driver.body("b") == "2")
    #expect(server.connections == 2)
  }

  @Test func `an idle connection that becomes readable is closed`() throws {
    let server = try RawServer.start([
      [
        .read, .send(Self.answer("1")), .pause(milliseconds: 50), .send(Self.answer("forged")),
        .untilClosed,
      ],
      [.read, .send(Self.answer("2")), .untilClosed],
    ])
    let driver = try sequence(["a", "b"], try .get(server.url), pauseMilliseconds: 500)
    #expect(driver.body("b") == "2")
    #expect(driver.counts.repeats == 0)
  }

  @Test func `a kept connection that is closed under a request has it sent once more`() throws {
    let server = try RawServer.start([
      [.read, .send(Self.answer("1")), .read],
      [.read, .send(Self.answer("2")), .untilClosed],
    ])
    let driver = try sequence(["a", "b"], try .get(server.url))
    #expect(driver.body("b") == "2")
    #expect(driver.counts.repeats == 1)
    #expect(server.requests.count == 3)
  }

  @Test func `it is not sent once more when a byte of an answer came, or when it must not`() throws
  {
    let cut = [Step.read, .send(Self.answer("1")), .read, .send("H")]
    let first = try RawServer.start([cut, []])
    let late = try sequence(["a", "b"], try .get(first.url))
    #expect(late.failure("b") == .answerCut)
    #expect(first.requests.count == 2)

    let second = try RawServer.start([[.read, .send(Self.answer("1")), .read], []])
    var once = try OutboundRequest.get(second.url)
    once.mayRepeat = false
    let forbidden = try sequence(["a", "b"], once)
    #expect(forbidden.failure("b") == .closedWithoutAnswer)
    #expect(second.requests.count == 2)
  }

  @Test func `it is sent once more, not twice, and never over a new connection`() throws {
    let server = try RawServer.start([
      [.read, .send(Self.answer("1")), .read], [.read], [.read],
    ])
    let driver = try sequence(["a", "b", "c"], try .get(server.url))
    #expect(driver.failure("b") == .closedWithoutAnswer)
    #expect(driver.failure("c") == .closedWithoutAnswer)
    #expect(driver.counts.repeats == 1)
    #expect(server.requests.count == 4)
  }

  @Test func `an idle connection is closed after its time`() throws {
    let server = try RawServer.start([
      [.read, .send(Self.answer("1")), .untilClosed],
      [.read, .send(Self.answer("2")), .untilClosed],
    ])
    let limits = OutboundPoolLimits(idleNanoseconds: 20_000_000)
    let driver = try sequence(
      ["a", "b"],
      try .get(server.url),
      pauseMilliseconds: 500,
      limits: limits
    )
    #expect(driver.body("b") == "2")
    #expect(server.connections == 2)
    #expect(driver.counts.repeats == 0)
  }

  @Test func `no more connections than allowed to one origin, and the rest waits in line`() throws {
    let steps = Array(repeating: [Step.read, .send(Self.answer("x"))], count: 6).flatMap { $0 }
    let server = try RawServer.start([steps, steps])
    let request = try OutboundRequest.get(server.url)
    let driver = try OutboundDriver.run(limits: OutboundPoolLimits(perOriginMax: 2)) {
      for index in 0..<6 { $0.send("\(index)", request, $1) }
    }
    #expect((0..<6).allSatisfy { driver.status("\($0)") == 200 })
    #expect(driver.counts.connectionsOpened == 2)
  }

  @Test func `an idle connection makes room for another origin, and a busy one is waited for`()
    throws
  {
    let servers = try (0..<3).map { _ in
      try RawServer.start([[.read, .send(Self.answer("x")), .untilClosed]])
    }
    let requests = try servers.map { try OutboundRequest.get($0.url) }
    let driver = try OutboundDriver.run(limits: OutboundPoolLimits(connectionsMax: 1)) {
      for (index, request) in requests.enumerated() { $0.send("\(index)", request, $1) }
    }
    #expect(driver.order == ["0", "1", "2"])
    #expect((0..<3).allSatisfy { driver.status("\($0)") == 200 })
  }

  @Test func `who waits is bounded, ends at its deadline, and can be cancelled`() throws {
    let server = try RawServer.start([[.read, .untilClosed]])
    let request = try OutboundRequest.get(server.url, milliseconds: 400)
    let limits = OutboundPoolLimits(perOriginMax: 1, waitingMax: 2)
    let driver = try OutboundDriver.run(limits: limits) { driver, context in
      driver.send("busy", request, context)
      driver.send("late", request, context)
      let given = driver.send("given up", request, context)
      driver.send("too many", request, context)
      context.client.cancel(given)
      context.client.cancel(given)
    }
    #expect(driver.failure("too many") == .overloaded)
    #expect(driver.failure("given up") == .cancelled)
    #expect(driver.failure("late") == .timedOut)
    #expect(driver.failure("busy") == .timedOut)
  }

  @Test func `a request that is cancelled takes its connection with it`() throws {
    let server = try RawServer.start([[.read, .untilClosed]])
    let request = try OutboundRequest.get(server.url)
    let driver = try OutboundDriver.run { driver, context in
      let id = driver.send("a", request, context)
      driver.after(milliseconds: 100, context) { context.client.cancel(id) }
    }
    #expect(driver.failure("a") == .cancelled)
    #expect(driver.idleConnections == 0)
  }

  @Test func `a large body arrives whole`() throws {
    let server = try RawServer.start([[.read, .send(Self.answer("ok")), .untilClosed]])
    var request = try OutboundRequest.get(server.url + "/in")
    request.method = "POST"
    request.body = Array(String(repeating: "0123456789", count: 100_000).utf8)
    let driver = try OutboundDriver.run { [request] in $0.send("a", request, $1) }
    #expect(driver.body("a") == "ok")
    #expect(server.requests.first?.utf8.count ?? 0 > 1_000_000)
    #expect(server.requests.first?.hasSuffix("6789") == true)
  }

  @Test func `a unix socket is an origin like others`() throws {
    let path = "/tmp/outbound-\(Process.pid)-\(UInt32.random(in: 0 ... .max)).sock"
    let server = try RawServer.start(
      [[.read, .send(Self.answer("1")), .read, .send(Self.answer("2")), .untilClosed]],
      at: "unix:\(path)"
    )
    let driver = try sequence(["a", "b"], try .get("unix:\(path):/hooks?x"))
    #expect(driver.body("b") == "2")
    #expect(
      server.requests.first?.hasPrefix("GET /hooks?x HTTP/1.1\r\nHost: localhost\r\n") == true
    )
    #expect(server.connections == 1)
  }
}
