import RelaySystem
import Testing

@Suite("Socket address") struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1:8080", true),
    ("0.0.0.0:0", "0.0.0.0:0", false),
    ("[::1]:81", "[::1]:81", true),
    ("[2001:db8::1]:443", "[2001:db8::1]:443", false),
    ("[::]:90", "[::]:90", false),
    ("unix:/run/in.sock", "unix:/run/in.sock", true),
  ])
  func `is read and printed`(text: String, printed: String, isLoopback: Bool) throws {
    let address = try SocketAddress(parsing: text)
    #expect(address.description == printed)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(arguments: [
    "", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
    "256.0.0.1:80", "1.2.3:80", "01.2.3.4:80", "::1:80", "[::1]", "[::g]:80", "[1:2]:80", "unix:",
    "example.com:80",
  ])
  func `anything else is refused`(text: String) {
    #expect(throws: SystemError.self) { try SocketAddress(parsing: text) }
  }
}
