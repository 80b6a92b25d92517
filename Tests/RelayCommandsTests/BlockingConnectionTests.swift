import RelayCommands
import Testing

@Suite struct BlockingConnectionTests {
  /// Makes `count` calls over one connection object against the scripted server.
  private func outcomes(
    _ connections: [ScriptedServer.Connection],
    count: Int = 1
  ) throws -> (outcomes: [HTTPOutcome], received: String) {
    var outcomes: [HTTPOutcome] = []
    let received = try ScriptedServer.serving(connections) { base in
      guard let address = try? HTTPAddress("\(base)/v1/status", name: "URL") else { return }
      let connection = Surroundings.process.openConnection(address)
      for _ in 0..<count {
        let headers = [HTTPCall.Header("Accept", "x")]
        outcomes.append(connection.exchange(HTTPCall("GET", "/a?b", at: address, headers: headers)))
      }
    }
    return (outcomes, String(decoding: received, as: UTF8.self))
  }

  private func body(_ outcome: HTTPOutcome?) -> String? {
    guard case .reply(let reply) = outcome else { return nil }
    return "\(reply.status) " + String(decoding: reply.body, as: UTF8.self)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello"),
    ("HTTP/1.1 200\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "200 hello"),
    ("HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n", "404 "),
    ("HTTP/1.1 200 OK\r\n\r\nuntil the end", "200 until the end"),
    ("HTTP/1.0 200 OK\r\n\r\n", "200 "),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\n\r\n",
      "200 hello"
    ),
    ("HTTP/1.1 204 No Content\r\n\r\n", "204 "),
    (
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "200 ok"
    ),
  ])
  func `every framing of an answer is read to its end`(answer: String, expected: String) throws {
    let (outcomes, received) = try outcomes([[answer]])
    #expect(body(outcomes.first) == expected)
    #expect(received.hasPrefix("GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:"))
    #expect(received.contains("\r\nAccept: x\r\n"))
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 70_000) + "\r\n\r\n",
  ])
  func `what is not HTTP as we take it is malformed, not a crash`(answer: String) throws {
    guard case .malformed(let reason) = try outcomes([[answer]]).outcomes.first else {
      Issue.record("it was taken")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
  ])
  func `an answer that is cut off is no answer`(answer: String) throws {
    guard case .noAnswer = try outcomes([[answer]]).outcomes.first else {
      Issue.record("it was taken")
      return
    }
  }

  @Test func `a connection is kept, and given up when the other side says so`() throws {
    let kept = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
    let closing = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: Close\r\n\r\n"
    let script = [[kept + "1", closing + "2"], [kept + "3"]]
    let (outcomes, _) = try outcomes(script, count: 3)
    #expect(outcomes.map(body) == ["200 1", "200 2", "200 3"])
  }

  @Test func `a kept connection that was closed meanwhile is opened again`() throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
    let (outcomes, _) = try outcomes([[answer + "1"], [answer + "2"]], count: 2)
    #expect(outcomes.map(body) == ["200 1", "200 2"])
  }

  @Test func `nobody there is no answer`() throws {
    let address = try HTTPAddress("unix:/nowhere/at-all", name: "URL")
    let connection = Surroundings.process.openConnection(address)
    guard case .noAnswer(let reason) = connection.exchange(HTTPCall("GET", "/", at: address)) else {
      Issue.record("somebody is there")
      return
    }
    #expect(reason.contains("No such file"))
  }
}
