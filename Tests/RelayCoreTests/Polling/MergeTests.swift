import RelayCore
import Testing
import WebhookReceiver

/// Polling §10, merging, as far as it is policy; what the journal's thread does with it is tried
/// end to end.
@Suite struct MergeTests {
  private func policy(_ identity: Profile.Identity) -> AdmissionPolicy {
    AdmissionPolicy(identity: identity, replayGuard: .flag, windowSeconds: 1000)
  }

  private let seen = Sighting(sequence: 7, seconds: 500)

  @Test func `M1: a polled event that was pushed is a duplicate of the push`() {
    let decision = policy(.boundID).decidePolled(Sightings(id: seen), at: 600)
    #expect(decision == .duplicateOfPush(seen))
    #expect(policy(.unboundID).decidePolled(Sightings(id: seen), at: 600) == .duplicateOfPush(seen))
  }

  @Test func `M2: a push after the poll of its id is a duplicate, whatever its bytes`() {
    let sightings = Sightings(id: seen, polled: seen)
    #expect(policy(.unboundID).decide(sightings, at: 600) == .duplicate(of: 7))
    // Push against push it stays a conflict.
    #expect(policy(.unboundID).decide(Sightings(id: seen), at: 600) == .storeConflict)
    #expect(policy(.boundID).decide(Sightings(event: seen), at: 600) == .duplicate(of: 7))
  }

  @Test func `M4: the first one wins, by either way`() {
    let polledTwice = Sightings(id: seen, polled: seen)
    #expect(policy(.unboundID).decidePolled(polledTwice, at: 600) == .duplicateOfPoll(7))
    #expect(policy(.unboundID).decidePolled(Sightings(), at: 600) == .store)
  }

  @Test func `R13: a delivery of several events is a duplicate when each of them is known`() {
    let known = Sightings(id: seen, polled: seen)
    let whole = policy(.boundID).decide(Sightings(event: seen), at: 600)
    #expect(whole == .duplicate(of: 7))
    func decide(
      _ first: AdmissionPolicy.Decision,
      own: Sightings?,
      _ items: [Sightings],
      hasUnknown: Bool = false,
      at now: UInt32 = 600
    ) -> AdmissionPolicy.Decision {
      let batch = BatchSightings(own: own, items: items, hasUnknownItems: hasUnknown)
      return policy(.boundID).decideBatch(first, batch, at: now)
    }
    // Polling brought the first of its events: the others are not to be lost with it.
    let polled = Sightings(polled: seen)
    #expect(decide(whole, own: polled, [known, Sightings()]) == .storeConflict)
    #expect(decide(whole, own: polled, [known, known]) == whole)
    // Pushed before: the same delivery again, as its identity says.
    #expect(decide(whole, own: Sightings(), [known, Sightings()]) == whole)
    // An id of its own says nothing of its events.
    #expect(decide(.store, own: nil, [known, known]) == .duplicate(of: 7))
    #expect(decide(.store, own: nil, [known, Sightings()]) == .store)
    #expect(decide(.store, own: nil, []) == .store)
    #expect(decide(.store, own: Sightings(), [known]) == .store)
    // Of one that cannot be looked for nobody knows whether it is new.
    #expect(decide(.store, own: nil, [known], hasUnknown: true) == .store)
    #expect(decide(whole, own: polled, [known], hasUnknown: true) == .storeConflict)
    #expect(decide(whole, own: polled, [], hasUnknown: true) == .storeConflict)
    #expect(decide(whole, own: Sightings(), [], hasUnknown: true) == whole)
    // Other pushes had them: the identity decides, and the guard against replays.
    let pushed = Sightings(id: seen)
    #expect(decide(.store, own: nil, [pushed, pushed]) == .store)
    #expect(decide(.store, own: nil, [known, pushed]) == .store)
    #expect(decide(.storeReplayedBody, own: nil, [pushed]) == .storeReplayedBody)
    #expect(decide(whole, own: polled, [known, pushed]) == .storeConflict)
    // Stored as a conflict, and delivered again; another delivery of that id holds another event.
    let again = AdmissionPolicy.Decision.duplicate(of: 9)
    let with = Sightings(id: Sighting(sequence: 9, seconds: 550))
    #expect(decide(again, own: polled, [known, with]) == again)
    #expect(decide(again, own: polled, [with], hasUnknown: true) == again)
    #expect(decide(again, own: polled, [with, Sightings()]) == .storeConflict)
    // What has left the window is not known any more.
    #expect(decide(whole, own: polled, [known], at: 1501) == whole)
    #expect(decide(.store, own: nil, [known], at: 1501) == .store)
  }

  @Test func `a delivery comes again where a push of it was first, and not where polling was`() {
    let polled = BatchSightings(own: Sightings(polled: seen), items: [])
    let pushed = BatchSightings(own: nil, items: [Sightings(id: seen, polled: seen)])
    func isRepetition(_ first: AdmissionPolicy.Decision, _ batch: BatchSightings) -> Bool {
      policy(.boundID).isRepetition(first, batch, at: 600)
    }
    #expect(!isRepetition(.duplicate(of: 7), polled))
    #expect(isRepetition(.duplicate(of: 9), polled))
    #expect(isRepetition(.duplicate(of: 9), pushed))
    #expect(!isRepetition(.store, pushed))
    #expect(!isRepetition(.storeConflict, polled))
  }

  @Test func `M9: a key older than its window is a new event by either way`() {
    let sightings = Sightings(id: seen, polled: seen)
    #expect(policy(.unboundID).decidePolled(sightings, at: 1501) == .store)
    #expect(policy(.unboundID).decide(sightings, at: 1501) == .store)
    #expect(policy(.unboundID).decidePolled(sightings, at: 1500) == .duplicateOfPoll(7))
  }

  @Test func `M10: parts of an id cannot be shifted between each other`() throws {
    // The key is made of lengths and parts; a resource and its version of an escaped text.
    var plan = try PollPlan.links()
    plan.kind = .resourceState
    plan.version = try ItemTemplate("/type")
    var provider = ScriptedProvider(style: .links)
    for (id, version) in [("a@b", "c"), ("a", "b@c"), ("a%40b", "c")] {
      var event = ScriptedProvider.Event(id: id, created: PollBench.epoch + 1, visible: 0)
      event.type = version
      provider.events.append(event)
    }
    var bench = PollBench(plan, provider)
    bench.run(1)
    bench.walk()
    #expect(bench.ids.count == 3)
  }

  @Test func `M13: a polled event waits for its push, and not for ever`() throws {
    var plan = try PollPlan.stripe()
    plan.preferPush = .seconds(120)
    var bench = PollBench(plan, ScriptedProvider(style: .stripe))
    bench.run(1)
    bench.happen("comes", isPushed: false)
    bench.happen("never", isPushed: false)
    bench.walk()
    #expect(bench.ids.isEmpty)
    #expect(bench.reports.last?.tally.held == 2)
    bench.run(60)
    bench.push("comes")
    bench.run(120)
    #expect(bench.journal["comes"]?.origin == .push)
    #expect(bench.journal["never"]?.origin == .poll)
  }

  @Test(arguments: [ScriptedProvider.Style.links, .lastingLinks, .iterator, .pages])
  func `M13: what waits is never walked past`(style: ScriptedProvider.Style) throws {
    var plan =
      switch style {
      case .links: try PollPlan.links()
      case .lastingLinks: try PollPlan.lastingLinks()
      case .iterator: try PollPlan.iterator()
      default: try PollPlan.pages()
      }
    plan.preferPush = .seconds(120)
    var bench = PollBench(plan, ScriptedProvider(style: style))
    bench.run(1)
    var expected: Set<String> = []
    for index in 0..<60 {
      bench.happen("e\(index)", isPushed: index.isMultiple(of: 3))
      expected.insert("e\(index)")
      bench.run(17)
      if index.isMultiple(of: 4) { bench.walk() }
    }
    bench.run(1000)
    #expect(bench.ids == expected)
  }

  @Test func `M14: a journal without room stops polling, and moves no cursor`() throws {
    var bench = PollBench(try .stripe(), ScriptedProvider(style: .stripe))
    bench.run(1)
    bench.happen("a", isPushed: false)
    bench.isFull = true
    let before = bench.durable
    bench.walk()
    #expect(bench.reports.last?.ending == .notStored)
    bench.run(1800)
    #expect(bench.durable == before)
    // The provider is not asked again and again meanwhile, and it is not polling that is broken.
    #expect(bench.provider.calls.count < 40)
    #expect(!bench.machine.stall.isBlind)
    bench.isFull = false
    bench.run(1000)
    #expect(bench.ids == ["a"])
  }

  @Test func `M15: an early loss is found, although everything newer is known`() throws {
    for style in [ScriptedProvider.Style.stripe, .links, .localstripe, .lastingLinks, .offsets] {
      let plan =
        switch style {
        case .stripe: try PollPlan.stripe()
        case .links: try PollPlan.links()
        case .localstripe: try PollPlan.localstripe()
        case .offsets: try PollPlan.offsets()
        default: try PollPlan.lastingLinks()
        }
      var bench = PollBench(plan, ScriptedProvider(style: style))
      bench.run(1)
      var expected: Set<String> = []
      for index in 1...100 {
        let id = "e\(index)"
        expected.insert(id)
        bench.happen(id, isPushed: index != 5)
        bench.run(36)
      }
      bench.run(3600)
      #expect(bench.ids == expected, "\(style)")
      #expect(bench.polled == ["e5"], "\(style)")
    }
  }
}
