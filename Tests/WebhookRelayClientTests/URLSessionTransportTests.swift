import Foundation
import Testing
import WebhookRelayClient

@Suite struct URLSessionTransportTests {
  private func client(_ base: String) throws -> RelayClient {
    let url = try #require(URL(string: base))
    var configuration = RelayClient.Configuration(baseURL: url, token: "the-token")
    configuration.wait = .seconds(20)
    configuration.retry = RelayRetry(attemptsMax: 1)
    // URLSession works on the threads that the other tests compute on: on a machine of few cores it
    // comes to nothing before most of those have ended, which can take minutes.
    let patient = URLSessionTransport(grace: .seconds(LoopbackServer.patienceSeconds))
    return try RelayClient(configuration, transport: patient)
  }

  private func answer(_ status: String, _ body: String, _ fields: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)Connection: close\r\n\r\n"
      + body
  }

  @Test func `a page is read and committed over a real connection`() async throws {
    let server = try LoopbackServer()
    let page = Sample.page([Sample.event(1)], next: "c1")
    try server.serve([answer("200 OK", page), answer("200 OK", "{}"), answer("401 No", "{}")])
    let client = try client(server.base + "/")
    var iterator = client.events(of: "b").makeAsyncIterator()
    guard case .event(let event) = try await iterator.next() else {
      Issue.record("no event came")
      return
    }
    #expect(event.body == Array("hello".utf8))
    await #expect(throws: RelayClientError.notAuthorized) { try await iterator.next() }
    let requests = server.requests
    try #require(requests.count == 3)
    #expect(requests[0].hasPrefix("GET /v1/consumers/b/events?limit=100&wait=20000ms HTTP/1.1\r\n"))
    #expect(requests[1].hasPrefix("POST /v1/consumers/b/commit HTTP/1.1\r\n"))
    #expect(requests[1].hasSuffix("\r\n\r\n{\"cursor\":\"c1\",\"generation\":7}"))
    #expect(requests.allSatisfy { $0.contains("Authorization: Bearer the-token\r\n") })
    #expect(requests[1].contains("Content-Type: application/json\r\n"))
  }

  @Test func `no redirect is followed, so that the token stays here`() async throws {
    let (server, other) = (try LoopbackServer(), try LoopbackServer())
    try other.serve([answer("200 OK", Sample.page([], next: "c"))])
    let field = "Location: \(other.base)/v1/consumers/b/events\r\n"
    try server.serve([answer("307 Elsewhere", "", field)])
    let client = try client(server.base)
    await #expect(throws: RelayClientError.self) { try await client.page(of: "b") }
    #expect(server.requests.count == 1)
    #expect(other.requests.isEmpty)
  }

  @Test func `nobody there is unavailable, without the token in its words`() async throws {
    let base = try LoopbackServer().base  // The listener is gone when the base is used.
    let client = try client(base)
    do {
      _ = try await client.page(of: "b")
      Issue.record("somebody answered")
    } catch {
      #expect(error.isTransient)
      #expect(!"\(error)".contains("the-token"))
    }
  }
}
