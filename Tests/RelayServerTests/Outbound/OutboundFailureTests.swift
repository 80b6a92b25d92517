import RelayHTTP
import RelayServer
import RelaySystem
import Testing

/// A local service that misbehaves: each way is an answer or a failure of its own kind, and the
/// loop goes on.
@Suite("Outbound requests to what misbehaves") struct OutboundFailureTests {
  typealias Step = RawServer.Step

  private func outcome(
    _ steps: [Step],
    milliseconds: Int64 = 10_000,
    bodyBytesMax: Int = 64 << 10,
    excess: ResponseParser.Excess = .fails
  ) throws -> (result: OutboundResult?, server: RawServer) {
    let server = try RawServer.start([steps])
    let request = try OutboundRequest.get(
      server.url,
      milliseconds: milliseconds,
      bodyBytesMax: bodyBytesMax,
      excess: excess
    )
    let driver = try OutboundDriver.run { $0.send("a", request, $1) }
    return (driver.results["a"], server)
  }

  private func word(_ result: OutboundResult?) -> String? {
    guard case .failure(let failure) = result else { return nil }
    #expect(!failure.sentence.isEmpty)
    return failure.word
  }

  private static let ok = "HTTP/1.1 200 OK\r\n"

  @Test(
    arguments: [
      ([Step.read], "closed_without_answer"),
      ([], "closed_without_answer"),
      ([.read, .send("HTTP/1.1 200 OK\r\nContent-")], "answer_cut"),
      ([.read, .send(ok + "Content-Length: 10\r\n\r\nshort")], "answer_cut"),
      ([.read, .send(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")], "answer_cut"),
      ([.read, .send("SSH-2.0-OpenSSH_9.2\r\n\r\n")], "malformed"),
      ([.read, .send("\u{16}\u{3}\u{1}")], "malformed"),
      (
        [.read, .send(ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok")],
        "malformed"
      ),
      ([.read, .send(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok")], "malformed"),
      ([.read, .send(ok + "Transfer-Encoding: gzip\r\n\r\nok")], "malformed"),
      ([.read, .repeating("HTTP/1.1 103 Early Hints\r\n\r\n", 100_000)], "malformed"),
      (
        [
          .read, .send(ok),
          .repeating("A: " + String(repeating: "x", count: 1000) + "\r\n", 10_000),
        ],
        "head_too_large"
      ),
      ([.read, .send(ok + "Content-Length: 65537\r\n\r\n")], "body_too_large"),
    ] as [([Step], String)]
  )
  func `each way of misbehaving has a word`(steps: [Step], expected: String) throws {
    let result = try outcome(steps).result
    #expect(word(result) == expected)
  }

  @Test func `failure 36: a service that hangs ends at the deadline of the attempt`() throws {
    let (result, _) = try outcome([.read, .untilClosed], milliseconds: 200)
    #expect(word(result) == "timed_out")
  }

  @Test func `failure 36: a slow drip does not extend the deadline`() throws {
    let drip =
      [Step.read, .send(Self.ok + "Content-Length: 1000\r\n\r\n")]
      + Array(repeating: [Step.send("x"), .pause(milliseconds: 20)], count: 1000).flatMap { $0 }
    let before = SystemClock.monotonicNanoseconds()
    let result = try outcome(drip, milliseconds: 300).result
    #expect(word(result) == "timed_out")
    // The drip would take 20 s; this is far from both.
    #expect(SystemClock.monotonicNanoseconds() - before < 15_000_000_000)
  }

  @Test func `failure 42: an endless body costs no more than its bound`() throws {
    let piece = String(repeating: "x", count: 32 << 10)
    for framing in ["\r\n", "Content-Length: 99999999999\r\n\r\n"] {
      let endless = [Step.read, .send(Self.ok + framing), .repeating(piece, 100_000)]
      let refused = try outcome(endless, bodyBytesMax: 100_000).result
      #expect(word(refused) == "body_too_large")
      let (result, _) = try outcome(endless, bodyBytesMax: 100_000, excess: .isCutOff)
      guard case .response(let response) = result else {
        Issue.record("\(String(describing: result))")
        continue
      }
      #expect(response.isTruncated && response.body.count == 100_000)
    }
  }

  @Test(arguments: ["86400000", "-5", "soon", String(repeating: "9", count: 20_000)])
  func `failure 41: an absurd Retry-After is handed on as it came, and nobody waits`(
    value: String
  ) throws {
    let head = "HTTP/1.1 503 Later\r\nRetry-After: \(value)\r\nContent-Length: 0\r\n\r\n"
    let (result, _) = try outcome([.read, .send(head), .untilClosed])
    guard case .response(let response) = result else {
      Issue.record("\(String(describing: result))")
      return
    }
    #expect(response.status == 503 && response.first("Retry-After") == value)
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func `a redirect comes back as it is and nobody follows it`(status: Int) throws {
    let elsewhere = try RawServer.answering(Self.ok + "Content-Length: 0\r\n\r\n")
    let head =
      "HTTP/1.1 \(status) Moved\r\nLocation: \(elsewhere.url)/\r\nContent-Length: 0\r\n\r\n"
    let (result, _) = try outcome([.read, .send(head), .untilClosed])
    guard case .response(let response) = result else {
      Issue.record("\(String(describing: result))")
      return
    }
    #expect(response.status == status)
    #expect(response.first("location") == "\(elsewhere.url)/")
    #expect(elsewhere.connections == 0)
  }

  @Test func `nobody there is told in the kernel's words`() throws {
    let address: String
    do {
      let gone = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
      address = gone.localAddress.description
    }
    let driver = try OutboundDriver.run { driver, context in
      guard let tcp = try? OutboundRequest.get("http://\(address)"),
        let unix = try? OutboundRequest.get("unix:/nowhere/at-all")
      else { return }
      driver.send("tcp", tcp, context)
      driver.send("unix", unix, context)
    }
    #expect(driver.failure("tcp")?.word == "cannot_connect")
    #expect(driver.failure("tcp")?.sentence.contains(address) == true)
    #expect(driver.failure("unix")?.sentence.contains("No such file") == true)
  }

  @Test func `an early refusal is read although the request was not sent to its end`() throws {
    let refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
    let server = try RawServer.start([[.send(refusal), .untilClosed]])
    var request = try OutboundRequest.get(server.url)
    request.method = "POST"
    request.body = [UInt8](repeating: 0x78, count: 20 << 20)
    let driver = try OutboundDriver.run { [request] in $0.send("a", request, $1) }
    #expect(driver.status("a") == 413)
    #expect(driver.idleConnections == 0)
  }

  @Test func `one that hangs holds up nobody else`() throws {
    let hanging = try RawServer.start([[.read, .untilClosed]])
    let good = try RawServer.answering(
      Self.ok + "Content-Length: 1\r\n\r\n1",
      Self.ok + "Content-Length: 1\r\n\r\n2"
    )
    let slow = try OutboundRequest.get(hanging.url, milliseconds: 1000)
    let quick = try OutboundRequest.get(good.url)
    let driver = try OutboundDriver.run { driver, context in
      driver.send("slow", slow, context)
      driver.send("1", quick, context) { _ in driver.send("2", quick, context) }
    }
    #expect(driver.order == ["1", "2", "slow"])
    #expect(driver.body("2") == "2")
  }
}
