import RelayServer
import RelaySystem
import Synchronization
import Testing

@Suite("The outbound loop") struct OutboundLoopTests {
  typealias Loop = OutboundLoop<Owner>

  /// Writes down what it is told.
  final class Owner: OutboundOwner {
    enum Message: Sendable { case send(String), note(String), stop }

    let notes: Notes
    let onDrain: (OutboundContext) -> Void
    init(_ notes: Notes, onDrain: @escaping (OutboundContext) -> Void = { _ in }) {
      self.notes = notes
      self.onDrain = onDrain
    }

    func start(_ context: OutboundContext) { notes.add("start") }

    func receive(_ message: Message, _ context: OutboundContext) {
      switch message {
      case .note(let text): notes.add(text)
      case .stop: context.stop()
      case .send(let url):
        guard let request = try? OutboundRequest.get(url) else { return }
        context.client.send(request) { [notes] result in
          switch result {
          case .response(let response): notes.add("\(response.status)")
          case .failure(let failure): notes.add(failure.word)
          }
        }
      }
    }

    func wake(_ context: OutboundContext) {}

    func drain(until deadline: Int64, _ context: OutboundContext) {
      notes.add("drain")
      onDrain(context)
    }
  }

  /// Notes of one thread that another waits for.
  final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    private let gate = Gate()

    func add(_ line: String) {
      lines.withLock { $0.append(line) }
      gate.ring()
    }

    func wait(for line: String) -> [String] {
      while true {
        let lines = lines.withLock { $0 }
        if lines.contains(line) || !gate.wait(timeoutMilliseconds: 20_000) { return lines }
      }
    }
  }

  private func run(
    _ inbox: Loop.Inbox,
    _ notes: Notes,
    onDrain: @escaping @Sendable (OutboundContext) -> Void = { _ in }
  ) throws {
    let thread = try Thread(name: "outbound") {
      do {
        let owner = Owner(notes, onDrain: onDrain)
        try OutboundLoop(owner: owner, inbox: inbox, resolver: Resolver()).run()
      } catch {
        notes.add("\(error)")
      }
      notes.add("end")
    }
    thread.detach()
  }

  @Test func `messages come in order, and the loop ends when its owner says so`() throws {
    let (inbox, notes) = (Loop.Inbox(), Notes())
    try run(inbox, notes)
    inbox.post(contentsOf: [.owner(.note("1")), .owner(.note("2"))])
    inbox.post(.owner(.note("3")))
    inbox.post(.owner(.stop))
    #expect(notes.wait(for: "end") == ["start", "1", "2", "3", "end"])
  }

  @Test func `a drain lets what was sent finish, begins nothing, and ends with its owner`() throws {
    let server = try RawServer.start([
      [.read, .pause(milliseconds: 300), .send("HTTP/1.1 204 No Content\r\n\r\n"), .untilClosed]
    ])
    let (inbox, notes) = (Loop.Inbox(), Notes())
    try run(inbox, notes)
    inbox.post(.owner(.send(server.url)))
    server.waitForRequests(1)
    inbox.post(.drain(deadline: SystemClock.monotonicNanoseconds() + 20_000_000_000))
    inbox.post(.owner(.send(server.url)))
    #expect(notes.wait(for: "204") == ["start", "drain", "stopping", "204"])
    inbox.post(.owner(.stop))
    #expect(notes.wait(for: "end").last == "end")
    #expect(server.connections == 1)
  }

  @Test func `a drain ends at its deadline, and what is not done is told`() throws {
    let server = try RawServer.start([[.read, .untilClosed]])
    let (inbox, notes) = (Loop.Inbox(), Notes())
    try run(inbox, notes)
    inbox.post(.owner(.send(server.url)))
    server.waitForRequests(1)
    inbox.post(.drain(deadline: SystemClock.monotonicNanoseconds() + 100_000_000))
    #expect(notes.wait(for: "end") == ["start", "drain", "stopping", "end"])
  }

  @Test func `a wake comes at its time, not at a tick`() throws {
    var times: [Int64] = []
    let driver = try OutboundDriver.run { driver, context in
      for milliseconds in [Int64(1), 5, 20, 21] {
        let asked = context.now + milliseconds * 1_000_000
        driver.after(milliseconds: milliseconds, context) { times.append(context.now - asked) }
      }
    }
    #expect(driver.results.isEmpty)
    #expect(times.count == 4)
    // Never early; how late is the machine's affair.
    #expect(times.allSatisfy { $0 >= 0 })
  }

  @Test func `a completion may send the next request, and none comes from within send`() throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    let server = try RawServer.answering(answer, answer)
    let request = try OutboundRequest.get(server.url)
    let unusable = try OutboundRequest.get("https://127.0.0.1:1/")
    var order: [String] = []
    try OutboundDriver.run { driver, context in
      driver.send("bad", unusable, context) { _ in
        order.append("bad is over")
        driver.send("a", request, context) { _ in
          order.append("a is over")
          driver.send("b", request, context) { _ in order.append("b is over") }
          order.append("b is sent")
        }
        order.append("a is sent")
      }
      order.append("bad is sent")
    }
    #expect(
      order == [
        "bad is sent", "bad is over", "a is sent", "a is over", "b is sent", "b is over",
      ]
    )
  }

  @Test func `many requests over a few connections all come to their end`() throws {
    let answer = "HTTP/1.1 204 No Content\r\n\r\n"
    let steps = Array(repeating: [RawServer.Step.read, .send(answer)], count: 2000).flatMap { $0 }
    let server = try RawServer.start(Array(repeating: steps, count: 4))
    let request = try OutboundRequest.get(server.url)
    let driver = try OutboundDriver.run(limits: OutboundPoolLimits(perOriginMax: 4)) {
      for index in 0..<2000 { $0.send("\(index)", request, $1) }
    }
    #expect(driver.order.count == 2000)
    #expect((0..<2000).allSatisfy { driver.status("\($0)") == 204 })
    #expect(driver.counts.connectionsOpened == 4)
  }
}
