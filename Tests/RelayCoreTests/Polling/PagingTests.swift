import RelayCore
import Testing
import WebhookReceiver

/// Polling §10, paging and ordering: A means that every event is admitted exactly once.
@Suite struct PagingTests {
  /// A bench that has made its first walk, and so is armed.
  private func bench(
    _ plan: PollPlan,
    _ style: ScriptedProvider.Style,
    limit: Int = 10
  ) -> PollBench {
    var provider = ScriptedProvider(style: style)
    provider.limit = limit
    var bench = PollBench(plan, provider)
    bench.run(1)
    return bench
  }

  /// So many events that nobody pushes, one a second, and old enough to be settled.
  private func miss(_ count: Int, _ bench: inout PollBench) -> Set<String> {
    let ids = (0..<count).map { "e\($0)-\(bench.seconds)" }
    for id in ids {
      bench.happen(id, isPushed: false)
      bench.run(1)
    }
    return Set(ids)
  }

  static let kinds: [(ScriptedProvider.Style, @Sendable () throws -> PollPlan)] = [
    (.stripe, { try .stripe() }), (.localstripe, { try .localstripe() }),
    (.links, { try .links() }), (.lastingLinks, { try .lastingLinks() }),
    (.iterator, { try .iterator() }), (.pages, { try .pages() }),
    (.pages, { try .pages(hasTime: false) }), (.offsets, { try .offsets() }),
    (.windows, { try .windows(fullAt: 7) }),
  ]

  @Test(arguments: kinds.indices)
  func `every kind of paging brings every event, over many pages`(index: Int) throws {
    let (style, plan) = Self.kinds[index]
    var bench = bench(try plan(), style, limit: 7)
    var expected: Set<String> = []
    for _ in 0..<3 {
      expected.formUnion(miss(40, &bench))
      bench.walk()
      bench.run(300)
      bench.walk()
    }
    #expect(bench.ids == expected)
    #expect(bench.reports.allSatisfy { $0.ending == .complete }, "\(bench.reports.last as Any)")
  }

  @Test func `P1: a page that is served twice brings its events once`() throws {
    var bench = bench(try .links(), .links)
    let expected = miss(5, &bench)
    let page = bench.provider.json(
      bench.provider.listed(at: bench.now).reversed(),
      now: bench.now,
      [.init("Link", "</events?cursor=again>; rel=next")]
    )
    bench.provider.script = [.success(page)]
    // The second answer is the same page under another URL.
    bench.walk()
    bench.provider.script = [.success(page), .success(page)]
    bench.walk()
    #expect(bench.ids == expected)
    #expect(bench.order.count == expected.count)
  }

  @Test func `P2: events that shift a page down between two requests lose none`() throws {
    var bench = bench(try .pages(), .pages)
    var expected = miss(25, &bench)
    // Three more happen while page 1 is on its way.
    let first = bench.provider.answerNow(try .pages(), page: 1, at: bench.now)
    for id in ["new1", "new2", "new3"] { bench.happen(id, isPushed: false) }
    expected.formUnion(["new1", "new2", "new3"])
    bench.provider.script = [first]
    bench.walk()
    bench.walk()
    #expect(bench.ids == expected)
  }

  @Test func `P3: items deleted between pages are found by the second pass`() throws {
    var bench = bench(try .pages(), .pages)
    let expected = miss(25, &bench)
    let first = bench.provider.answerNow(try .pages(), page: 1, at: bench.now)
    // Three of page 1 are deleted: what was at the top of page 2 moves to page 1, unseen.
    let gone = bench.provider.listed(at: bench.now).suffix(3).map(\.id)
    bench.provider.events.removeAll { gone.contains($0.id) }
    bench.provider.script = [first]
    bench.walk()
    #expect(bench.ids == expected)
    #expect(bench.reports.last?.tally.pages ?? 0 > 3)
  }

  @Test(arguments: [ScriptedProvider.Style.stripe, .links])
  func `P4: an event that is visible late is found by the overlap`(
    style: ScriptedProvider.Style
  ) throws {
    var bench = bench(style == .stripe ? try .stripe() : try .links(), style)
    bench.happen("late", isPushed: false, visibleAfter: 90)
    bench.run(10)
    bench.happen("on-time", isPushed: false)
    bench.walk()
    #expect(bench.ids == ["on-time"])
    bench.run(120)
    bench.walk()
    #expect(bench.ids == ["late", "on-time"])
  }

  @Test func `P5: later than the overlap, only the wide sweep finds it`() throws {
    var bench = bench(try .links(), .links)
    bench.happen("very-late", isPushed: false, visibleAfter: 4000)
    bench.run(10)
    for index in 0..<30 {
      bench.happen("e\(index)", isPushed: false)
      bench.run(200)
    }
    #expect(!bench.ids.contains("very-late"))
    bench.run(86400)
    #expect(bench.ids.contains("very-late"))
    #expect(bench.reports.contains { $0.purpose == .wide && $0.stored == 1 })
  }

  @Test(arguments: kinds.indices)
  func `P6: a hundred events of one second cross the pages whole`(index: Int) throws {
    let (style, plan) = Self.kinds[index]
    guard style != .windows else { return }
    var bench = bench(try plan(), style)
    var expected: Set<String> = []
    for index in 0..<100 {
      let id = "same\(1000 + index)"
      expected.insert(id)
      bench.happen(id, isPushed: false)
    }
    bench.run(200)
    bench.walk()
    bench.run(200)
    bench.walk()
    #expect(bench.ids == expected)
  }

  @Test func `P6: a second with more events than an answer holds is said, not skipped`() throws {
    var bench = bench(try .windows(), .windows)
    for index in 0..<100 { bench.happen("same\(index)", isPushed: false) }
    bench.run(200)
    bench.walk()
    #expect(bench.reports.last?.ending == .refused(.windowFull))
    let before = bench.durable?.watermark
    bench.walk()
    #expect(bench.durable?.watermark == before)
  }

  @Test func `P7: times out of order do not matter where positions are by persistence`() throws {
    var bench = bench(try .lastingLinks(), .lastingLinks)
    for (index, offset) in [0, -50, 30, -200, 10].enumerated() {
      bench.provider.add("o\(index)", at: bench.now + Int64(offset), visible: bench.now)
      bench.run(20)
      bench.walk()
    }
    // What says to be from before the start was there before us.
    #expect(bench.ids.isSuperset(of: ["o0", "o1", "o2", "o4"]))
  }

  @Test(arguments: [ScriptedProvider.Style.links, .pages, .stripe, .lastingLinks])
  func `P8: a walk that reaches its pages goes on, and moves no mark before`(
    style: ScriptedProvider.Style
  ) throws {
    var plan =
      switch style {
      case .links: try PollPlan.links()
      case .pages: try PollPlan.pages()
      case .stripe: try PollPlan.stripe()
      default: try PollPlan.lastingLinks()
      }
    plan.limits.pages = 3
    var bench = bench(plan, style)
    let before = bench.durable?.watermark
    var expected = miss(45, &bench)
    bench.run(200)
    #expect(bench.walks >= 1)
    let report = bench.reports.first { $0.ending == .incomplete(.pages) }
    bench.walk()
    bench.walk()
    bench.run(600)
    expected.formUnion(miss(3, &bench))
    bench.run(1200)
    #expect(bench.ids == expected)
    #expect(report != nil || bench.reports.contains { $0.ending == .incomplete(.pages) })
    if let mark = bench.durable?.watermark, let before { #expect(mark >= before) }
  }

  @Test func `P8: the mark stays while the walk has not arrived`() throws {
    var plan = try PollPlan.links()
    plan.limits.pages = 2
    var bench = bench(plan, .links)
    _ = miss(60, &bench)
    let mark = bench.durable?.watermark
    bench.walk()
    #expect(bench.reports.last?.ending == .incomplete(.pages))
    #expect(bench.durable?.watermark == mark)
    #expect(bench.durable?.resume != nil)
  }

  @Test func `P9: an empty page with a next one goes on`() throws {
    var bench = bench(try .links(), .links)
    let expected = miss(5, &bench)
    let empty = bench.provider.json([], now: bench.now, [.init("Link", "</events?p=2>; rel=next")])
    bench.provider.script = [.success(empty)]
    bench.walk()
    #expect(bench.ids == expected)
  }

  @Test func `P10: a short page goes on when more is said to follow`() throws {
    var bench = bench(try .localstripe(), .localstripe)
    let expected = miss(5, &bench)
    let first = bench.provider.listed(at: bench.now).prefix(1)
    bench.provider.script = [
      .success(bench.provider.json(Array(first), more: true, now: bench.now))
    ]
    bench.walk()
    #expect(bench.ids == expected)
  }

  @Test func `P11: a link that never ends ends with an empty page`() throws {
    var bench = bench(try .lastingLinks(), .lastingLinks)
    let expected = miss(12, &bench)
    bench.walk()
    #expect(bench.ids == expected)
    #expect(bench.reports.last?.ending == .complete)
  }

  @Test func `P12: results that are false are the end`() throws {
    var bench = bench(try .links(), .links)
    _ = miss(2, &bench)
    let list = bench.provider.listed(at: bench.now)
    let link = PollResponse.Field("Link", "</events?cursor=x>; rel=\"next\"; results=\"false\"")
    bench.provider.script = [.success(bench.provider.json(list, now: bench.now, [link]))]
    let calls = bench.provider.calls.count
    bench.walk()
    #expect(bench.provider.calls.count == calls + 1)
    #expect(bench.reports.last?.ending == .complete)
  }

  @Test func `P13: the same next and an empty page is the end`() throws {
    var bench = bench(try .links(), .links)
    let link = PollResponse.Field("Link", "</events>; rel=\"next\"")
    bench.provider.script = [.success(bench.provider.json([], now: bench.now, [link]))]
    bench.walk()
    #expect(bench.reports.last?.ending == .complete)
  }

  @Test func `P14: the same next and the same items is an error`() throws {
    var bench = bench(try .links(), .links)
    _ = miss(3, &bench)
    let mark = bench.durable?.watermark
    let list = bench.provider.listed(at: bench.now)
    let link = PollResponse.Field("Link", "</events>; rel=\"next\"")
    bench.provider.script = [.success(bench.provider.json(list, now: bench.now, [link]))]
    bench.walk()
    #expect(bench.reports.last?.ending == .refused(.loop))
    #expect(bench.durable?.watermark == mark)
  }

  @Test func `P15: a cursor that leads back is an error`() throws {
    var bench = bench(try .links(), .links)
    _ = miss(3, &bench)
    let mark = bench.durable?.watermark
    func page(_ cursor: String) -> Result<PollResponse, PollFailure> {
      let list = [ScriptedProvider.Event(id: cursor, created: bench.now, visible: bench.now)]
      let link = PollResponse.Field("Link", "</events?cursor=\(cursor)>; rel=next")
      return .success(bench.provider.json(list, now: bench.now, [link]))
    }
    bench.provider.script = [page("A"), page("B"), page("A"), page("B")]
    bench.walk()
    #expect(bench.reports.last?.ending == .refused(.loop))
    #expect(bench.durable?.watermark == mark)
  }

  @Test(
    arguments: [
      (["<https://a.example/x?q=a,b;c>; rel=\"next\""], "https://a.example/x?q=a,b;c"),
      (["</p?x=1>; title=\"a > b, c; rel=next\"; rel=\"prev\", </q>; rel=next"], "/q"),
      (["</one>; rel=\"first prev\", </two>; rel=\"last next\""], "/two"),
      (["</a>; rel=first", "</b>; rel=next"], "/b"),
      (["?page=2; rel=next", "<?page=3>;rel=\"next\""], "?page=3"),
      (["</v>; rel=\"validate\"", "</n>; REL = \"NEXT\""], "/n"),
      (["</a>; rel=\"x\\\"next\", </b>; rel=prev"], nil), (["<unclosed; rel=next"], nil),
      (["</sentry>; rel=\"next\"; results=\"true\""], "/sentry"), ([""], nil), ([], nil),
    ] as [([String], String?)]
  )
  func `P16, P17: links are read as RFC 8288 has them`(values: [String], next: String?) {
    #expect(LinkHeader.next("next", in: values) == next)
  }

  @Test func `P19: the cursor goes with the query that it came from`() throws {
    var token = TokenPaging(
      place: .pointer(try JSONPointer("/cursor")),
      slot: .body(try JSONPointer("/cursor")),
      isPersistent: false
    )
    token.repeatsQuery = true
    var plan = try PollPlan.links()
    plan.paging = .token(token)
    plan.request.method = .post
    plan.request.body = Array(#"{"query":{"sort":"ASC"},"limit":100}"#.utf8)
    plan.request.since = TimeParameter(
      slot: .body(try JSONPointer("/query/filter/since")),
      format: .rfc3339(offsetMinutes: nil)
    )
    var bench = bench(plan, .links)
    bench.provider.calls = []
    let event = ScriptedProvider.Event(id: "a", created: bench.now, visible: bench.now)
    let first = bench.provider.json([event], now: bench.now, extra: #","cursor":"c1""#)
    bench.provider.script = [.success(first), .success(bench.provider.json([], now: bench.now))]
    bench.walk()
    let bodies = bench.provider.calls.compactMap { $0.body }.map {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(bodies.count == 2)
    #expect(bodies[1] == bodies[0].dropLast() + #","cursor":"c1"}"#)
    #expect(bodies[0].contains(#""filter":{"since":"20"#))
  }

  @Test func `P20: a list without times goes by ids and a page of overlap`() throws {
    var bench = bench(try .pages(hasTime: false), .pages, limit: 5)
    var expected: Set<String> = []
    for round in 0..<10 {
      expected.formUnion(miss(4, &bench))
      // The one below the last one that was read appears late.
      if round == 5 { bench.provider.add("late", at: bench.now - 12, visible: bench.now + 30) }
      bench.walk()
    }
    expected.insert("late")
    bench.run(60)
    bench.walk()
    #expect(bench.ids == expected)
    // It does not read everything each time.
    #expect(bench.reports.last?.tally.pages ?? 0 <= 4)
  }
}

extension ScriptedProvider {
  /// What the list says now, for an answer that arrives later.
  func answerNow(
    _ plan: PollPlan,
    page: Int,
    at now: Int64
  ) -> Result<PollResponse, PollFailure> {
    let start = (page - 1) * limit
    return .success(
      json(Array(listed(at: now).reversed().dropFirst(start).prefix(limit)), now: now)
    )
  }
}
