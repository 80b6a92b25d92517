import RelayServer
import RelaySystem
import Testing

@Suite("A crowded unix socket") struct OutboundCrowdTests {
  private final class Holder {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  /// A listener that accepts nothing until it is told to.
  private final class Shy {
    let listener: Listener
    var served: [Holder] = []
    init(_ address: SocketAddress) throws(SystemError) {
      listener = try Listener(address, reusePort: false)
    }

    /// Answers whoever waits; who asked nothing does not mind.
    func serveAll() {
      let answer = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
      while let holder = try? accept() {
        _ = try? holder.descriptor.send(answer.span)
        served.append(holder)
      }
    }

    private func accept() throws(SystemError) -> Holder? {
      guard let accepted = try listener.accept() else { return nil }
      return Holder(accepted.takeDescriptor())
    }
  }

  /// Connects until the listener has no room.
  private func fill(_ address: SocketAddress) -> [Holder]? {
    var held: [Holder] = []
    for _ in 0..<4096 {
      do throws(SystemError) {
        held.append(Holder(try Descriptor.startConnecting(to: address)))
      } catch {
        return error.isTimeout ? held : nil
      }
    }
    return nil
  }

  @Test func `it is tried again until it has room`() throws {
    _ = Process.raiseDescriptorLimit(to: 16_384)
    let path = "/tmp/crowd-\(Process.pid)-\(UInt32.random(in: 0 ... .max)).sock"
    let shy = try Shy(.unix(path))
    let held = try #require(fill(.unix(path)))
    let request = try OutboundRequest.get("unix:\(path)")
    var hasAnswered = false
    let driver = try OutboundDriver.run { driver, context in
      driver.send("a", request, context) { _ in hasAnswered = true }
      for milliseconds in stride(from: Int64(200), to: 2000, by: 50) {
        driver.after(milliseconds: milliseconds, context) {
          if !hasAnswered { shy.serveAll() }
        }
      }
    }
    #expect(!held.isEmpty)
    #expect(driver.status("a") == 204)
    #expect(driver.counts.connectionsOpened == 1)
  }

  @Test func `it ends at the connect deadline where there never is room`() throws {
    _ = Process.raiseDescriptorLimit(to: 16_384)
    let path = "/tmp/crowd-\(Process.pid)-\(UInt32.random(in: 0 ... .max)).sock"
    let shy = try Shy(.unix(path))
    let held = try #require(fill(.unix(path)))
    var request = try OutboundRequest.get("unix:\(path)")
    request.limits.connectNanoseconds = 200_000_000
    let driver = try OutboundDriver.run { [request] in $0.send("a", request, $1) }
    #expect(!held.isEmpty && shy.served.isEmpty)
    #expect(driver.failure("a")?.word == "connect_timed_out")
  }
}
