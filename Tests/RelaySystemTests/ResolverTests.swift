import RelaySystem
import Synchronization
import Testing

@Suite("Names") struct ResolverTests {
  /// Answers of a name server that a test decides.
  private final class Names: Sendable {
    let asked = Mutex<[String]>([])
    let answers = Mutex<[String: Resolver.Answer]>([:])
    let gate = Gate()

    func lookUp(_ host: String) -> Resolver.Answer {
      asked.withLock { $0.append(host) }
      if host.hasPrefix("slow") { while !gate.wait(timeoutMilliseconds: 20_000) {} }
      return answers.withLock { $0[host] } ?? .failure(SystemError("look up", 2))
    }
  }

  /// Waits for the answers of a test.
  private final class Answers: Sendable {
    private let came = Mutex<[Resolver.Answer]>([])
    private let gate = Gate()

    var take: @Sendable (Resolver.Answer) -> Void {
      { answer in
        self.came.withLock { $0.append(answer) }
        self.gate.ring()
      }
    }

    func wait(for count: Int) -> [Resolver.Answer] {
      while true {
        let came = came.withLock { $0 }
        if came.count >= count { return came }
        if !gate.wait(timeoutMilliseconds: 20_000) { return came }
      }
    }
  }

  private let address = SocketAddress.v4([10, 1, 2, 3], port: 0)

  @Test func `numbers and localhost need no look-up`() throws {
    let names = Names()
    let resolver = try Resolver { names.lookUp($0) }
    #expect(resolver.known("127.0.0.1", now: 0) == [.v4([127, 0, 0, 1], port: 0)])
    #expect(resolver.known("::1", now: 0)?.first?.isLoopback == true)
    #expect(resolver.known("localhost", now: 0)?.allSatisfy { $0.isLoopback } == true)
    #expect(resolver.known("a.localhost", now: 0)?.count == 2)
    #expect(resolver.known("example.com", now: 0) == nil)
    #expect(names.asked.withLock { $0 } == [])
  }

  @Test func `what was found is kept, and for longer where a new look-up fails`() throws {
    let names = Names()
    names.answers.withLock { $0["a"] = .success([address]) }
    let resolver = try Resolver { names.lookUp($0) }
    let answers = Answers()
    #expect(resolver.resolve("a", completion: answers.take))
    #expect(answers.wait(for: 1) == [.success([address])])
    let now = SystemClock.monotonicNanoseconds()
    #expect(resolver.known("a", now: now) == [address])
    #expect(resolver.known("a", now: now + Resolver.freshNanoseconds) == nil)
    names.answers.withLock { $0["a"] = nil }
    #expect(resolver.resolve("a", completion: answers.take))
    #expect(answers.wait(for: 2)[1] == .success([address]))
    #expect(resolver.resolve("b", completion: answers.take))
    #expect(answers.wait(for: 3)[2] == .failure(SystemError("look up", 2)))
  }

  @Test func `those who ask for one name at once share a look-up`() throws {
    let names = Names()
    names.answers.withLock { $0["slow"] = .success([address]) }
    let resolver = try Resolver { names.lookUp($0) }
    let answers = Answers()
    for _ in 0..<5 { #expect(resolver.resolve("slow", completion: answers.take)) }
    names.gate.ring()
    #expect(answers.wait(for: 5).count == 5)
    #expect(names.asked.withLock { $0 } == ["slow"])
  }

  @Test func `a silent name server holds up no other name`() throws {
    let names = Names()
    names.answers.withLock { $0["quick"] = .success([address]) }
    let resolver = try Resolver { names.lookUp($0) }
    let (slow, quick) = (Answers(), Answers())
    #expect(resolver.resolve("slow", completion: slow.take))
    #expect(resolver.resolve("quick", completion: quick.take))
    #expect(quick.wait(for: 1) == [.success([address])])
    names.gate.ring()
    #expect(slow.wait(for: 1).count == 1)
  }

  @Test func `the system's resolver knows this machine`() throws {
    let resolver = try Resolver()
    let answers = Answers()
    #expect(resolver.resolve("localhost", completion: answers.take))
    guard case .success(let addresses) = answers.wait(for: 1).first else {
      Issue.record("localhost was not found")
      return
    }
    #expect(addresses.allSatisfy { $0.isLoopback })
  }

  @Test func `a pool of workers takes no more than it says`() throws {
    let pool = try WorkerPool(name: "test", threads: 1, queueMax: 2)
    let (gate, done) = (Gate(), Answers())
    #expect(pool.submit { while !gate.wait(timeoutMilliseconds: 20_000) {} })
    // The first may be taken already, or not yet.
    var taken = 0
    while taken < 10, pool.submit({ done.take(.success([])) }) { taken += 1 }
    #expect((1...2).contains(taken))
    gate.ring()
    #expect(done.wait(for: taken).count == taken)
    pool.close()
    #expect(!pool.submit {})
  }
}
