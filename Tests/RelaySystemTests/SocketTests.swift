import Foundation
import Glibc
import RelaySystem
import Testing

@Suite("Sockets") struct SocketTests {
  /// Accepts the connection that is on its way.
  private func accept(_ listener: borrowing Listener) throws -> Accepted {
    var poller = try Poller()
    try poller.add(listener.rawValue, .readable, token: 1)
    var events: [PollEvent] = []
    while true {
      if let accepted = try listener.accept() { return accepted }
      try poller.wait(timeoutMilliseconds: 1000, into: &events)
    }
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func `bytes arrive as they were sent, and the end is seen`(text: String) throws {
    let listener = try Listener(try SocketAddress(parsing: text), reusePort: false)
    #expect(listener.localAddress.port != 0)
    let client = try Descriptor.connect(to: listener.localAddress, timeoutMilliseconds: 5000)
    let accepted = try accept(listener)
    #expect(accepted.peer.isLoopback)
    let sent = Array("hello".utf8)
    let count = try client.send(sent.span)
    #expect(count == sent.count)
    client.shutdownWrite()
    let descriptor = accepted.takeDescriptor()
    var received: [UInt8] = []
    var isAtEnd = false
    while !isAtEnd {
      var buffer = [UInt8](repeating: 0, count: 64)
      var span = buffer.mutableSpan
      guard let read = try descriptor.receive(into: &span) else { continue }
      isAtEnd = read == 0
      received += buffer.prefix(read)
    }
    #expect(received == sent)
  }

  @Test func `what was looked at is there to be read`() throws {
    let listener = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
    let client = try Descriptor.connect(to: listener.localAddress, timeoutMilliseconds: 5000)
    let descriptor = try accept(listener).takeDescriptor()
    var buffer = [UInt8](repeating: 0, count: 64)
    func look() throws -> Int? {
      var span = buffer.mutableSpan
      return try descriptor.peek(into: &span)
    }
    let nothing = try look()
    #expect(nothing == nil)
    let sent = Array("hello".utf8)
    let count = try client.send(sent.span)
    #expect(count == sent.count)
    client.shutdownWrite()
    var poller = try Poller()
    try poller.add(descriptor.rawValue, .readable, token: 1)
    var events: [PollEvent] = []
    try poller.wait(timeoutMilliseconds: 5000, into: &events)
    for _ in 0..<2 {
      let seen = try look()
      #expect(seen == sent.count && Array(buffer.prefix(sent.count)) == sent)
    }
    var three = [UInt8](repeating: 0, count: 3)
    var span = three.mutableSpan
    let taken = try descriptor.receive(into: &span)
    #expect(taken == 3)
    let left = try look()
    #expect(left == 2 && Array(buffer.prefix(2)) == Array("lo".utf8))
  }

  @Test func `an address in use is said to be`() throws {
    let first = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
    let address = first.localAddress
    var isInUse = false
    do throws(SystemError) {
      _ = try Listener(address, reusePort: false)
    } catch {
      isInUse = error.isAddressInUse
    }
    #expect(isInUse)
  }

  @Test func `two listeners share a port when both say so`() throws {
    let first = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: true)
    let second = try Listener(first.localAddress, reusePort: true)
    #expect(first.localAddress == second.localAddress)
  }

  /// Whether a listener of this kind is refused an address because somebody has it.
  private func isInUse(_ address: SocketAddress, _ use: PortUse) throws -> Bool {
    do throws(SystemError) {
      _ = try Listener(address, use)
      return false
    } catch {
      guard error.isAddressInUse else { throw error }
      return true
    }
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func `the first shares a port with those behind it, and takes none that is shared`(
    text: String
  ) throws {
    let first = try Listener(try SocketAddress(parsing: text), .first)
    let second = try Listener(first.localAddress, .shared)
    let third = try Listener(first.localAddress, .shared)
    #expect(third.localAddress == first.localAddress)
    for use in [PortUse.alone, .first] {
      let isRefused = try isInUse(second.localAddress, use)
      #expect(isRefused, "\(use)")
    }
  }

  @Test func `every one of them is given connections`() throws {
    let first = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), .first)
    let second = try Listener(first.localAddress, .shared)
    var taken = [0, 0]
    // The kernel draws lots: 64 connections are all of one with a chance of one in 2^63.
    for _ in 0..<64 {
      let client = try Descriptor.connect(to: first.localAddress, timeoutMilliseconds: 5000)
      var isAccepted = false
      while !isAccepted {
        if try first.accept() != nil {
          taken[0] += 1
          isAccepted = true
        } else if try second.accept() != nil {
          taken[1] += 1
          isAccepted = true
        }
      }
      client.shutdownWrite()
    }
    #expect(taken[0] > 0 && taken[1] > 0, "\(taken)")
  }

  /// A second descriptor of a socket, as it comes from somebody who has it as well.
  private func passed(_ number: Int32) throws -> PassedSocket {
    let copy = dup(number)
    try #require(copy >= 0)
    return PassedSocket(number: copy, name: "web")
  }

  @Test func `a socket that was passed is one for every thread, and stays when they are gone`()
    throws
  {
    let owner = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
    do {
      let first = try Listener(try passed(owner.rawValue))
      let second = try first.duplicate()
      #expect(first.localAddress == owner.localAddress && second.isPassed && !owner.isPassed)
      let client = try Descriptor.connect(to: owner.localAddress, timeoutMilliseconds: 5000)
      _ = try accept(second).takeDescriptor()
      let isPending = try first.accept() != nil
      #expect(!isPending)
      client.shutdownWrite()
    }
    let late = try Descriptor.connect(to: owner.localAddress, timeoutMilliseconds: 5000)
    _ = try accept(owner).takeDescriptor()
    late.shutdownWrite()
  }

  @Test func `the file of a unix socket is removed by who made it alone`() throws {
    let path = NSTemporaryDirectory() + "/passed-\(UInt64.random(in: 0 ... .max)).sock"
    do {
      let owner = try Listener(.unix(path), reusePort: false)
      do { _ = try Listener(try passed(owner.rawValue)) }
      #expect(FileManager.default.fileExists(atPath: path))
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `what does not listen is refused with what to write`() throws {
    let owner = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
    let client = try Descriptor.connect(to: owner.localAddress, timeoutMilliseconds: 5000)
    let error = try #require(throws: PassedSocketError.self) {
      _ = try Listener(try passed(client.rawValue))
    }
    #expect(error.description.contains("passed as web, does not listen; write Accept=no"))
  }

  @Test func `nobody there is refused`() throws {
    let address: SocketAddress
    do {
      let gone = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
      address = gone.localAddress
    }
    #expect(throws: SystemError.self) {
      _ = try Descriptor.connect(to: address, timeoutMilliseconds: 2000)
    }
  }
}
