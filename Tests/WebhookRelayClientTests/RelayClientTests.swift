import Foundation
import Testing
import WebhookReceiver
import WebhookRelayClient

@Suite struct RelayClientTests {
  private func client(
    _ transport: ScriptedTransport,
    retry: RelayRetry = RelayRetry()
  ) throws -> RelayClient {
    let base = try #require(URL(string: "http://127.0.0.1:8081"))
    var configuration = RelayClient.Configuration(baseURL: base, token: "t")
    configuration.retry = retry
    return try RelayClient(configuration, transport: transport)
  }

  @Test func `a page is decoded whole, with its exact body, its order and its holes`() async throws
  {
    let gap = #"{"gap": {"from": 2, "to": 4, "reason": "damaged"}}"#
    let page = Sample.page([Sample.event(1), gap, Sample.event(5)], next: "c1")
    let transport = ScriptedTransport([.answer(200, page)])
    let read = try await client(transport).page(of: "billing")
    #expect(transport.targets == ["GET /v1/consumers/billing/events?limit=100&wait=20000ms"])
    #expect(read.next == "c1")
    #expect(read.generation == 7)
    #expect(read.entries.count == 3)
    #expect(read.entries[1] == .gap(RelayGap(from: 2, to: 4, reason: "damaged")))
    guard case .event(let event) = read.entries[0] else {
      Issue.record("the first entry is no event")
      return
    }
    #expect(event.id == "e1")
    #expect(event.sequence == 1)
    #expect(event.eventID == "p1")
    #expect(event.body == Array("hello".utf8))
    #expect(event.receivedAt == Timestamp(rfc3339: "2026-01-02T03:04:05.000006Z"))
    #expect(event.providerTime == nil)
    #expect(event.headers.values(of: "a") == ["1", "2"])
    #expect(event.flags == ["conflict"])
  }

  @Test(arguments: [
    "", "null", "[]", "{}", #"{"data": []}"#, #"{"data": [{}], "next": "c"}"#,
    Sample.page([Sample.event(1, body: "not base64!")], next: "c"),
    Sample.page([Sample.event(1, size: 6)], next: "c"),
  ])
  func `an answer that is not the API's is an error without its content`(body: String) async throws
  {
    let transport = ScriptedTransport([.answer(200, body)])
    let client = try client(transport)
    do {
      _ = try await client.page(of: "billing")
      Issue.record("it was taken")
    } catch {
      guard case .malformedAnswer(let what) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!what.contains("base64!"))
    }
  }

  @Test(
    arguments: [
      (401, "{}", .notAuthorized), (403, "{}", .notAuthorized), (404, "{}", .notFound("billing")),
      (409, #"{"detail": "generation 8"}"#, .conflict("generation 8")),
      (
        410, #"{"from": 1, "to": 9, "oldest": "c9"}"#,
        .cursorExpired(lostFrom: 1, lostTo: 9, oldest: "c9")
      ),
      (410, "gone", .cursorExpired(lostFrom: nil, lostTo: nil, oldest: nil)),
      (503, "{}", .unavailable(reason: "status 503: without a reason")),
      (429, #"{"title": "slow down"}"#, .unavailable(reason: "status 429: slow down")),
      (400, #"{"title": "bad"}"#, .refused(status: 400, problem: "bad")),
      (302, "", .refused(status: 302, problem: "without a reason")),
    ] as [(Int, String, RelayClientError)]
  )
  func `every status has its error`(status: Int, body: String, error: RelayClientError) async throws
  {
    let client = try client(ScriptedTransport([.answer(status, body)]))
    await #expect(throws: error) { try await client.page(of: "billing") }
  }

  @Test func `commit, create and odd names are written as the API reads them`() async throws {
    let transport = ScriptedTransport([.answer(200, ""), .answer(200, ""), .answer(200, "")])
    let client = try client(transport)
    try await client.commit("c\"1", generation: 7, of: "a/b ü")
    try await client.createConsumer("x", sources: ["github"], start: .cursor("c9"))
    try await client.createConsumer("y")
    #expect(
      transport.targets == [
        "POST /v1/consumers/a%2Fb%20%C3%BC/commit", "PUT /v1/consumers/x", "PUT /v1/consumers/y",
      ]
    )
    #expect(
      transport.bodies == [
        #"{"cursor":"c\"1","generation":7}"#,
        #"{"mode":"cursor","sources":["github"],"start":{"cursor":"c9"}}"#,
        #"{"mode":"cursor","start":"earliest"}"#,
      ]
    )
  }

  @Test(arguments: ["", ".", ".."])
  func `a name that would fold into another route is refused`(name: String) async throws {
    let transport = ScriptedTransport([.answer(200, "")])
    let client = try client(transport)
    await #expect(throws: RelayClientError.self) { try await client.page(of: name) }
    #expect(transport.calls.isEmpty)
  }

  @Test(arguments: [
    ("file:///x", "t", 100, 20), ("http://h", "a b", 100, 20), ("http://h", "a\r\nX: y", 100, 20),
    ("http://h", "", 100, 20), ("http://h", "t", 0, 20), ("http://h", "t", 1001, 20),
    ("http://h", "t", 100, -1), ("http://h", "t", 100, 61),
  ])
  func `a configuration that cannot work is refused at once`(
    base: String,
    token: String,
    pageSize: Int,
    wait: Int
  ) throws {
    var configuration = RelayClient.Configuration(
      baseURL: try #require(URL(string: base)),
      token: token
    )
    configuration.pageSize = pageSize
    configuration.wait = .seconds(wait)
    #expect(throws: RelayClientError.self) { try RelayClient(configuration) }
  }
}
