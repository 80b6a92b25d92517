import Foundation
import Testing
import WebhookReceiver
import WebhookRelayClient

@Suite struct RelayLeaseTests {
  private func client(_ transport: ScriptedTransport) throws -> RelayClient {
    let base = try #require(URL(string: "http://127.0.0.1:8081"))
    return try RelayClient(RelayClient.Configuration(baseURL: base), transport: transport)
  }

  private static let lease = #"""
    {"lease_id": "l1", "expires_at": "2026-01-02T03:04:35Z", "attempt": 2, "event":
    """# + Sample.event(1) + "}"

  private func leases(_ items: String...) -> String {
    #"{"data": ["# + items.joined(separator: ",") + "]}"
  }

  private func taken() async throws -> RelayLease {
    let transport = ScriptedTransport([.answer(200, leases(Self.lease))])
    guard case .lease(let lease) = try await client(transport).lease(from: "q").first else {
      throw RelayClientError.malformedAnswer("no lease")
    }
    return lease
  }

  @Test func `leases are decoded whole, and holes among them are said`() async throws {
    let gap = #"{"gap": {"from": 2, "to": 4, "reason": "expired"}}"#
    let transport = ScriptedTransport([.answer(200, leases(gap, Self.lease))])
    let work = try await client(transport).lease(from: "q", limit: 5, for: .seconds(60))
    #expect(transport.targets == ["POST /v1/consumers/q/lease"])
    #expect(transport.bodies == [#"{"limit":5,"lease":"60000ms","wait":"20000ms"}"#])
    #expect(work.count == 2)
    #expect(work.first == .gap(RelayGap(from: 2, to: 4, reason: "expired")))
    guard case .lease(let lease) = work.last else {
      Issue.record("the second is no lease")
      return
    }
    #expect(lease.id == "l1")
    #expect(lease.attempt == 2)
    #expect(lease.expiresAt == Timestamp(rfc3339: "2026-01-02T03:04:35Z"))
    #expect(lease.event.body == Array("hello".utf8))
  }

  @Test(arguments: ["", "{}", #"{"data": [{}]}"#, #"{"data": [{"lease_id": "x"}]}"#])
  func `an answer that is not the API's is an error`(body: String) async throws {
    let client = try client(ScriptedTransport([.answer(200, body)]))
    await #expect(throws: RelayClientError.self) { _ = try await client.lease(from: "q") }
  }

  @Test func `a queue is created with its attempts`() async throws {
    let transport = ScriptedTransport([.answer(201, "{}")])
    try await client(transport).createQueue("q", start: .latest, attemptsMax: 7)
    #expect(transport.targets == ["PUT /v1/consumers/q"])
    #expect(transport.bodies == [#"{"mode":"lease","max_attempts":7,"start":"latest"}"#])
  }

  @Test func `ack, nack and extend name the leases and return what became of each`() async throws {
    let lease = try await taken()
    let done = #"{"data": [{"lease_id": "l1", "result": "done"}]}"#
    let extended =
      #"{"data": [{"lease_id": "l1", "result": "done", "expires_at": "2026-01-02T03:05:00Z"}]}"#
    let transport = ScriptedTransport([
      .answer(200, done), .answer(200, done), .answer(200, extended),
    ])
    let client = try client(transport)
    #expect(
      try await client.ack([lease], of: "q") == [RelaySettlement(leaseID: "l1", result: .done)]
    )
    _ = try await client.nack([lease], delay: .seconds(5), of: "q")
    let settlements = try await client.extend([lease], for: .seconds(90), of: "q")
    #expect(settlements.first?.expiresAt == Timestamp(rfc3339: "2026-01-02T03:05:00Z"))
    #expect(
      transport.targets == [
        "POST /v1/consumers/q/ack", "POST /v1/consumers/q/nack", "POST /v1/consumers/q/extend",
      ]
    )
    #expect(
      transport.bodies == [
        #"{"lease_ids":["l1"]}"#, #"{"lease_ids":["l1"],"delay":"5000ms"}"#,
        #"{"lease_ids":["l1"],"lease":"90000ms"}"#,
      ]
    )
  }

  @Test func `a lease that is over is an answer, and the wrong mode is an error`() async throws {
    let lease = try await taken()
    let over =
      #"{"type": "/problems/lease-over", "title": "Conflict", "status": 409, "#
      + #""detail": "over", "data": [{"lease_id": "l1", "result": "expired"}]}"#
    let client = try client(
      ScriptedTransport([.answer(409, over), .answer(409, #"{"detail": "by cursor"}"#)])
    )
    let settlements = try await client.ack([lease], of: "q")
    #expect(settlements == [RelaySettlement(leaseID: "l1", result: .expired)])
    await #expect(throws: RelayClientError.conflict("by cursor")) {
      try await client.ack([lease], of: "q")
    }
  }

  @Test func `without leases nothing is sent`() async throws {
    let transport = ScriptedTransport([])
    #expect(try await client(transport).ack([], of: "q") == [])
    #expect(transport.calls.isEmpty)
  }
}
