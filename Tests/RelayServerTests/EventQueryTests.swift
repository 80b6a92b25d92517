import RelayServer
import Testing

@Suite("Event query") struct EventQueryTests {
  private func parse(_ text: String) throws -> EventQuery {
    try EventQuery.parse(
      Array(text.utf8),
      parameters: EventQuery.listParameters,
      sources: ["github", "stripe"]
    )
  }

  @Test(
    arguments: [
      ("", 100, false, 0),
      ("limit=1", 1, false, 0),
      ("limit=1000&order=desc", 1000, true, 0),
      ("wait=20s", 100, false, 20_000_000_000),
      ("wait=500ms", 100, false, 500_000_000),
      ("wait=1m", 100, false, 60_000_000_000),
      ("wait=5", 100, false, 5_000_000_000),
      ("source=github&source=stripe&type=push&origin=push", 100, false, 0),
      ("from=2026-01-02T03:04:05Z&to=2026-01-02T04%3A04%3A05%2B09:00", 100, false, 0),
    ] as [(String, Int, Bool, Int64)]
  )
  func `takes what the document describes`(
    text: String,
    limit: Int,
    isDescending: Bool,
    wait: Int64
  ) throws {
    let query = try parse(text)
    #expect(query.limit == limit)
    #expect(query.isDescending == isDescending)
    #expect(query.waitNanoseconds == wait)
  }

  @Test(arguments: [
    "limit=0", "limit=1001", "limit=-1", "limit=+5", "limit=", "limit=ten", "limit=5&limit=6",
    "order=up", "wait=61s", "wait=-1s", "wait=2m", "wait=forever", "wait=20s&order=desc",
    "source=unknown", "origin=mail", "body=xml", "from=yesterday", "after=a&after=b",
    "colour=red", "limit=%zz", "wait=99999999999999999999s",
  ])
  func `refuses anything else`(text: String) {
    #expect(throws: QueryError.self) { try parse(text) }
  }
}
