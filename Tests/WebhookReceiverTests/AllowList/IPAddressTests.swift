import Testing
import WebhookReceiver

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("192.0.2.1", "192.0.2.1"),
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ("1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::1.2.3.4", "::102:304"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:201", "192.0.2.1"),
    ("0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"), ("::fffe:1.2.3.4", "::fffe:102:304"),
    ("fe80::", "fe80::"), ("::1:0:0:0", "::1:0:0:0"), ("0:0:1::", "0:0:1::"),
  ])
  func `an address is read and written in its one form`(text: String, expected: String) {
    let address = IPAddress(text)
    #expect(address?.description == expected)
    #expect(IPAddress(expected) == address)
  }

  @Test(arguments: [
    "", ".", ":", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", ".1.2.3", "1..2.3", "256.1.1.1",
    "1.2.3.256", "01.2.3.4", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "+1.2.3.4",
    "0x1.2.3.4",
    "1.2.3.4/32", "1.2.3.4:80", "999999999999.1.1.1", "1.2.3.a", "１.2.3.4", "1.2.3.1000",
    ":::", "::1::", "1::2::3", ":1", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "g::", "[::1]", "fe80::1%eth0", "::1%1",
    "::1 ",
    "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5",
    "1.2.3.4::",
    "::01.2.3.4", "::256.0.0.1", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::/0", "1:::2", "::-1",
    "1:2:3:4:5:6::1.2.3.4", "0000:0000:0000:0000:0000:ffff:255.255.255.2555",
  ])
  func `anything else is refused`(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func `the bytes of a socket are an address`() {
    #expect(IPAddress(bytes: [192, 0, 2, 1]) == IPAddress("192.0.2.1"))
    let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 192, 0, 2, 1]
    #expect(IPAddress(bytes: mapped) == IPAddress("192.0.2.1"))
    #expect(
      IPAddress(bytes: [0x20, 1] + [UInt8](repeating: 0, count: 13) + [1]) == IPAddress("2001::1")
    )
    for count in 0...20 where count != 4 && count != 16 {
      #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
  }

  @Test func `random addresses survive being written`() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<3000 {
      // Many zero groups, so that shortening is exercised.
      let groups = (0..<8).map { _ in
        Bool.random(using: &generator) ? 0 : UInt16.random(in: 0...UInt16.max, using: &generator)
      }
      let bytes = groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
      let address = IPAddress(bytes: bytes)
      #expect(address != nil && address.flatMap { IPAddress($0.description) } == address)
      let long = groups.map { String($0, radix: 16) }.joined(separator: ":")
      #expect(IPAddress(long) == address)
    }
  }

  @Test func `no text stops the parser`() {
    var generator = SeededGenerator(seed: 9)
    let alphabet = Array("0129af:.:.g/ ".utf8)
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...50, using: &generator)
      let text = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      if let address = IPAddress(text.span) { #expect(IPAddress(address.description) == address) }
    }
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
    ("128.0.0.1", false), ("::2", false), ("0.0.0.0", false), ("::", false),
  ])
  func `loopback is told from the rest`(text: String, isLoopback: Bool) {
    #expect(IPAddress(text)?.isLoopback == isLoopback)
  }
}
