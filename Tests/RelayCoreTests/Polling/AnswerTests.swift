import RelayCore
import Testing
import WebhookReceiver

/// Polling §10, HTTP: N means that nothing is stored and no mark moves.
@Suite struct AnswerTests {
  private func bench(_ plan: PollPlan? = nil) throws -> PollBench {
    var bench = PollBench(try plan ?? .stripe(), ScriptedProvider(style: .stripe))
    bench.run(1)
    bench.happen("first", isPushed: false)
    bench.run(200)
    bench.walk()
    return bench
  }

  private func json(_ status: Int, _ body: String, _ fields: [PollResponse.Field] = [])
    -> PollResponse
  {
    PollResponse(
      status: status,
      fields: [ScriptedProvider.jsonType] + fields,
      body: Array(body.utf8)
    )
  }

  /// What a walk comes to when it is answered so, and that nothing has moved.
  private func ending(of response: PollResponse, _ plan: PollPlan? = nil) throws -> Walk.Ending? {
    var bench = try bench(plan)
    let (before, ids) = (bench.durable, bench.ids)
    bench.happen("second", isPushed: false)
    bench.provider.script = [.success(response)]
    bench.walk()
    #expect(bench.durable == before)
    #expect(bench.ids == ids)
    let ending = bench.reports.last?.ending
    // And the next one has it.
    bench.run(4000)
    #expect(bench.ids == ids.union(["second"]))
    return ending
  }

  @Test(
    arguments: [
      ("30", 30), ("1.5", 1.5), ("0", 1), ("-5", 1), ("86400000", 3600), ("soon", nil), ("", nil),
      ("Thu, 01 Jan 2026 00:01:00 GMT", 60), ("Thu, 01 Jan 2026 00:00:00 GMT", 1),
      ("Fri, 01 Jan 2027 00:00:00 GMT", 3600), ("9999999999999999999999", 3600), ("1e3", nil),
    ] as [(String, Double?)]
  )
  func `H1, H2, H4: Retry-After is read in both forms, and clamped`(
    text: String,
    seconds: Double?
  ) {
    let response = PollResponse(status: 429, fields: [.init("Retry-After", text)])
    let now = Timestamp(seconds: PollBench.epoch)
    #expect(RetryDelay.read(response, now: now) == seconds.map { .seconds($0) })
  }

  @Test func `H3: a 429 without a word backs off, longer each time`() throws {
    var bench = try bench()
    bench.provider.script = Array(repeating: .success(PollResponse(status: 429)), count: 20)
    bench.handle(.poll)
    let calls = bench.provider.calls.count
    bench.run(3600)
    let asked = bench.provider.calls.count - calls
    #expect((3...15).contains(asked), "\(asked)")
    #expect(!bench.machine.stall.isBlind)
  }

  @Test(arguments: [("120", 120), ("1767225720", 120), ("99999999999", 3600)])
  func `H5: a reset header counts where nothing is left`(text: String, seconds: Int) {
    let now = Timestamp(seconds: PollBench.epoch)
    let fields: [PollResponse.Field] = [
      .init("X-RateLimit-Reset", text), .init("X-RateLimit-Remaining", "0"),
    ]
    let spent = PollResponse(status: 403, fields: fields)
    #expect(RetryDelay.read(spent, now: now) == .seconds(seconds))
    let fine = PollResponse(status: 403, fields: [fields[0], .init("X-RateLimit-Remaining", "9")])
    #expect(RetryDelay.read(fine, now: now) == nil)
  }

  @Test func `a wish of the provider's beats everything`() throws {
    var bench = try bench()
    let limit = PollResponse(status: 429, fields: [.init("Retry-After", "900")])
    bench.provider.script = [.success(limit)]
    bench.walk()
    let calls = bench.provider.calls.count
    bench.handle(.poll)
    bench.run(880)
    #expect(bench.provider.calls.count == calls)
    bench.run(60)
    #expect(bench.provider.calls.count > calls)
  }

  @Test(arguments: [304, 204])
  func `H6, H7: 304 and 204 are an empty success`(status: Int) throws {
    #expect(try ending(of: PollResponse(status: status)) == .complete)
  }

  @Test func `H6: what a list said of itself is asked with the next time`() throws {
    var bench = PollBench(try .links(), ScriptedProvider(style: .links))
    bench.run(1)
    let page = bench.provider.json([], now: bench.now, [.init("ETag", "\"v1\"")])
    bench.provider.script = [.success(page)]
    bench.walk()
    bench.provider.script = [.success(PollResponse(status: 304))]
    bench.walk()
    let sent = bench.provider.calls.last?.fields.first { $0.name == "If-None-Match" }
    #expect(sent?.value == "\"v1\"")
    #expect(bench.reports.last?.ending == .complete)
  }

  @Test(arguments: [500, 502, 503])
  func `H8: trouble in the middle of a walk, and it goes on`(status: Int) throws {
    var bench = PollBench(try .links(), ScriptedProvider(style: .links))
    bench.run(1)
    for index in 0..<25 { bench.happen("e\(index)", isPushed: false) }
    let list = Array(bench.provider.listed(at: bench.now).reversed().prefix(10))
    let link = PollResponse.Field("Link", "</events?cursor=\(list[9].id)>; rel=next")
    bench.provider.script = [
      .success(bench.provider.json(list, now: bench.now, [link])),
      .success(PollResponse(status: status)),
    ]
    bench.walk()
    #expect(bench.ids.count == 10)
    bench.run(300)
    #expect(bench.ids.count == 25)
  }

  @Test func `H9: a page for people is no empty list`() throws {
    let html = PollResponse(
      status: 200,
      fields: [.init("Content-Type", "text/html; charset=utf-8")],
      body: Array("<html>Sign in</html>".utf8)
    )
    let ending = try ending(of: html)
    #expect(ending == .refused(.notJSON(contentType: "text/html; charset=utf-8")))
  }

  @Test func `H10, H11: errors beside or instead of the items are no page`() throws {
    var plan = try PollPlan.stripe()
    plan.errors = try JSONPointer("/errors")
    #expect(try ending(of: json(200, #"{"errors":[{"m":1}]}"#), plan) == .refused(.errors))
    let partial = #"{"data":[{"id":"x","created":1767225700}],"errors":[{"message":"no"}]}"#
    #expect(try ending(of: json(200, partial), plan) == .refused(.errors))
    let missing = Walk.Ending.refused(.itemsMissing(pointer: "/data"))
    #expect(try ending(of: json(200, #"{"error":"x"}"#), plan) == missing)
    #expect(try ending(of: json(200, #"{"data":{}}"#), plan) == missing)
    #expect(try ending(of: json(200, #"{"data":null}"#), plan) == missing)
    // Nothing to report is no error.
    let quiet = json(200, #"{"data":[],"errors":[ ],"has_more":false}"#)
    #expect(try ending(of: quiet, plan) == .complete)
  }

  @Test(arguments: [PollFailure.truncated, .timedOut, .tooLarge, .unreachable])
  func `H12, H13, H14, H21: an answer that is not whole counts for nothing`(
    failure: PollFailure
  ) throws {
    var bench = try bench()
    let (before, ids) = (bench.durable, bench.ids)
    bench.happen("second", isPushed: false)
    bench.provider.script = [.failure(failure)]
    bench.walk()
    #expect(bench.reports.last?.ending == .failed(failure))
    #expect(bench.durable == before && bench.ids == ids)
    bench.run(1000)
    #expect(bench.ids.contains("second"))
  }

  @Test func `H12: a body that is cut where the connection ends is no JSON`() throws {
    let whole = #"{"data":[{"id":"x","created":1767225700}],"has_more":false}"#
    for length in [1, 20, 40, whole.utf8.count - 1] {
      let ending = try ending(of: json(200, String(whole.prefix(length))))
      guard case .refused(.invalidJSON) = ending else {
        Issue.record("\(length): \(String(describing: ending))")
        continue
      }
    }
  }

  @Test func `H14: what is compressed was not asked for`() throws {
    let response = json(200, "{}", [.init("Content-Encoding", "gzip")])
    #expect(try ending(of: response) == .refused(.encoded))
  }

  @Test(arguments: [301, 302, 307, 308])
  func `H15: a redirect is not followed`(status: Int) throws {
    let response = PollResponse(
      status: status,
      fields: [.init("Location", "https://evil.example/")]
    )
    #expect(try ending(of: response) == .refused(.redirected(status: status)))
  }

  @Test(arguments: [
    "https://evil.example/events?cursor=1", "http://api.example.com/events?cursor=1",
    "//evil.example/events", "https://api.example.com:8443/events", "ftp://api.example.com/",
    "https://user@api.example.com/events",
  ])
  func `H16, H17: a next page elsewhere is not asked for`(link: String) throws {
    var bench = PollBench(try .links(), ScriptedProvider(style: .links))
    bench.run(1)
    bench.happen("e", isPushed: false)
    let list = bench.provider.listed(at: bench.now)
    let field = PollResponse.Field("Link", "<\(link)>; rel=next")
    bench.provider.script = [.success(bench.provider.json(list, now: bench.now, [field]))]
    let calls = bench.provider.calls.count
    bench.walk()
    #expect(bench.provider.calls.count == calls + 1)
    #expect(bench.reports.last?.ending == .refused(.foreignLink))
    #expect(!bench.ids.contains("e"))
  }

  @Test func `H18: refused credentials are renewed once, and then it is an alarm`() throws {
    var plan = try PollPlan.stripe()
    let url = try #require(OutboundURL("https://auth.example.com/token"))
    plan.request.auth = .oauth2(
      PollAuth.ClientCredentials(
        tokenURL: url,
        clientID: .init("env:A"),
        clientSecret: .init("env:B")
      )
    )
    var bench = try bench(plan)
    bench.happen("second", isPushed: false)
    bench.provider.script = [.success(PollResponse(status: 401))]
    bench.walk()
    #expect(bench.reports.last?.ending == .complete)
    #expect(bench.ids.contains("second"))
    bench.provider.script = Array(repeating: .success(PollResponse(status: 401)), count: 2)
    bench.walk()
    #expect(bench.reports.last?.ending == .unauthorized(status: 401))
    #expect(bench.machine.stall.isBlind)
    #expect(bench.alarms.contains(.pollBlind))
    bench.run(1000)
    #expect(!bench.machine.stall.isBlind)
    #expect(bench.alarms.contains(.pollRestored))
  }

  @Test func `H19: a 403 that speaks of a rate limit is one`() throws {
    let body = #"{"message":"You have exceeded a secondary rate limit. Please wait."}"#
    #expect(try ending(of: json(403, body)) == .delayed(status: 403, isLimit: true, nil))
    let other = try ending(of: json(403, #"{"message":"Resource not accessible"}"#))
    #expect(other == .unauthorized(status: 403))
  }

  @Test(arguments: [
    (#"{"id":"a","id":"b","created":1}"#, "ambiguous"), (#"{"id":1e3,"created":1}"#, "bad_id"),
    (#"{"id":1.0,"created":1}"#, "bad_id"), (#"{"id":null}"#, "bad_id"), (#"{"id":""}"#, "bad_id"),
    (#"{"created":1}"#, "bad_id"), (#"{"id":{"a":1}}"#, "bad_id"), (#"{"id":true}"#, "bad_id"),
    (#"{"id":"a\u0000b"}"#, "bad_id"), (#"{"id":"\u001b[31m"}"#, "bad_id"), ("[]", "bad_id"),
    ("null", "bad_id"),
  ])
  func `H22: an item without a usable id stops the walk`(item: String, word: String) throws {
    var bench = try bench()
    let before = bench.durable
    bench.provider.script = [.success(json(200, #"{"data":[\#(item)],"has_more":false}"#))]
    bench.walk()
    #expect(bench.reports.last?.word == word)
    #expect(bench.durable == before)
  }

  @Test(arguments: ["18446744073709551615", "-9223372036854775808", "340282366920938463463374607"])
  func `H22: whole numbers are ids as their digits stand there`(digits: String) throws {
    var bench = try bench()
    let body = #"{"data":[{"id":\#(digits),"created":\#(bench.now)}],"has_more":false}"#
    bench.provider.script = [.success(json(200, body))]
    bench.walk()
    #expect(bench.ids.contains(digits))
  }

  @Test func `H22, H23: depth, a byte order mark and bytes that are no text crash nothing`() throws
  {
    let deep = String(repeating: "[", count: 10_000)
    for body in [
      Array(deep.utf8), [0xef, 0xbb, 0xbf] + Array(#"{"data":[]}"#.utf8),
      Array(#"{"data":[{"id":""#.utf8) + [0xff, 0xfe] + Array(#""}]}"#.utf8),
      Array(#"{"data":[{"id":"a"},]}"#.utf8), [], [0x00],
    ] {
      let response = PollResponse(status: 200, fields: [ScriptedProvider.jsonType], body: body)
      guard case .refused(.invalidJSON) = try ending(of: response) else {
        Issue.record("\(body.prefix(20))")
        continue
      }
    }
  }

  @Test func `more items than a page may have are refused`() throws {
    var plan = try PollPlan.stripe()
    plan.limits.items = 3
    let items = (0..<4).map { #"{"id":"x\#($0)","created":1767225700}"# }.joined(separator: ",")
    let ending = try ending(of: json(200, #"{"data":[\#(items)],"has_more":false}"#), plan)
    #expect(ending == .refused(.tooManyItems(max: 3)))
  }

  @Test(arguments: [
    ("unix_s", "1767225600", 1_767_225_600_000_000),
    ("unix_s", "1767225600.25", 1_767_225_600_250_000),
    ("unix_ms", "1767225600123", 1_767_225_600_123_000),
    ("rfc3339", "2026-01-01T09:00:00+09:00", 1_767_225_600_000_000),
    ("rfc3339", "2026-01-01T09:00:00", 1_767_225_600_000_000),
    ("rfc3339", "2026-01-01 09:00:00.5", 1_767_225_600_500_000),
    ("http_date", "Thu, 01 Jan 2026 00:00:00 GMT", 1_767_225_600_000_000),
  ])
  func `times are read in the form that the plan names`(
    name: String,
    text: String,
    microseconds: Int64
  ) throws {
    var plan = try PollPlan.links()
    let format = try #require(TimeFormat(name: name, offsetMinutes: 540))
    plan.time = TimeRule(pointer: try JSONPointer("/created"), format: format)
    plan.cadence.initial = .earliest
    var bench = PollBench(plan, ScriptedProvider(style: .links))
    let item = #"{"id":"a","created":"\#(text)"}"#
    bench.provider.script = [
      .success(json(200, #"{"data":[\#(item)]}"#, [ScriptedProvider.date(PollBench.epoch + 86400)]))
    ]
    bench.run(1)
    #expect(bench.durable?.watermark == Timestamp(microseconds: microseconds))
  }
}
