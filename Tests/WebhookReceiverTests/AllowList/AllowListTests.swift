import Testing
import WebhookReceiver

@Suite struct AllowListTests {
  @Test(arguments: [
    ("192.0.2.0/24", "192.0.2.0/24"), ("192.0.2.1", "192.0.2.1/32"),
    ("192.0.2.1/32", "192.0.2.1/32"),
    ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"), ("2001:db8::/32", "2001:db8::/32"),
    ("::1", "::1/128"), ("10.0.0.0/7", "10.0.0.0/7"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ("::ffff:10.1.2.3", "10.1.2.3/32"), ("::ffff:0:0/96", "0.0.0.0/0"),
    ("::fffe:0:0/95", "::fffe:0:0/95"),
  ])
  func `a block is read`(text: String, expected: String) throws {
    #expect(try AddressBlock(text).description == expected)
  }

  @Test(arguments: [
    "", "/", "/24", "192.0.2/24", "x/1", " 192.0.2.0/24", "::ffff:0:0/90", "192.0.2.0 /24", "*",
    "all",
  ])
  func `what is no address is refused`(text: String) {
    #expect(throws: AddressBlockError.notAnAddress(text)) { try AddressBlock(text) }
  }

  @Test(arguments: [
    "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/024", "192.0.2.0/ 24", "192.0.2.0/24 ",
    "192.0.2.0/24/24", "192.0.2.0/255.255.255.0", "192.0.2.0/1e1", "192.0.2.0/99999999999999999999",
    "192.0.2.0/٣",
  ])
  func `a length that is none is refused`(text: String) {
    #expect(throws: AddressBlockError.prefixOutOfRange(text, max: 32)) { try AddressBlock(text) }
  }

  @Test(arguments: [
    ("192.0.2.1/24", "192.0.2.0/24"), ("10.0.0.0/1", "0.0.0.0/1"), ("1.2.3.4/0", "0.0.0.0/0"),
    ("2001:db8::1/32", "2001:db8::/32"), ("::1/127", "::/127"),
    ("::ffff:10.1.0.0/104", "10.0.0.0/8"),
    ("255.255.255.255/31", "255.255.255.254/31"),
  ])
  func `bits behind the prefix are refused with the block that was meant`(
    text: String,
    block: String
  ) {
    let error = #expect(throws: AddressBlockError.self) { try AllowList(["10.0.0.0/8", text]) }
    #expect(error == .hostBitsSet(text, block: block))
    #expect(error?.description.contains("write \"\(block)\"") == true)
  }

  @Test(arguments: [
    ("192.0.2.0", true), ("192.0.2.255", true), ("192.0.1.255", false), ("192.0.3.0", false),
    ("::ffff:192.0.2.7", true), ("::192.0.2.7", false), ("198.51.100.7", true),
    ("198.51.100.8", false),
    ("2001:db8::", true), ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true), ("2001:db9::", false),
    ("2001:db7:ffff::", false), ("0.0.0.0", false), ("255.255.255.255", false), ("::", false),
  ])
  func `an address is in the list or not`(text: String, isIn: Bool) throws {
    let list = try AllowList(["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"])
    #expect(try list.contains(#require(IPAddress(text))) == isIn)
  }

  @Test func `every IPv4 address is not every IPv6 address`() throws {
    let v4 = try AllowList(["0.0.0.0/0"])
    let v6 = try AllowList(["::/0"])
    for text in ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"] {
      let address = try #require(IPAddress(text))
      #expect(v4.contains(address) && !v6.contains(address))
    }
    for text in ["::", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::fffe:1.2.3.4"] {
      let address = try #require(IPAddress(text))
      #expect(v6.contains(address) && !v4.contains(address))
    }
  }

  @Test func `an empty list holds nobody`() throws {
    let list = try AllowList([])
    #expect(list.isEmpty)
    #expect(try !list.contains(#require(IPAddress("127.0.0.1"))))
    #expect(try !list.contains(#require(IPAddress("::1"))))
  }

  @Test func `order, repetition and overlap make no difference`() throws {
    let one = try AllowList([
      "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "11.0.0.0/8", "255.0.0.0/8",
    ])
    let other = try AllowList(["255.0.0.0/8", "10.0.0.0/7", "255.255.255.255"])
    #expect(one == other)
  }

  @Test(arguments: 0..<20)
  func `a list holds what its blocks hold`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    // A small corner of the address space, so that blocks overlap, nest and touch.
    let blocks = try (0..<60).map { _ in
      let isV4 = Bool.random(using: &generator)
      let bits = Int.random(in: 0...9, using: &generator)
      let number = Int.random(in: 0..<1024, using: &generator) & ~(1 << bits - 1)
      return try isV4
        ? AddressBlock("10.0.\(number >> 8).\(number & 0xff)/\(32 - bits)")
        : AddressBlock("2001:db8::\(String(number, radix: 16))/\(128 - bits)")
    }
    let list = AllowList(blocks: Array(blocks.prefix(Int.random(in: 0...60, using: &generator))))
    let same = try AllowList(blocks.map(\.description))
    for number in 0..<1100 {
      let v4 = try #require(IPAddress("10.0.\(number >> 8).\(number & 0xff)"))
      let v6 = try #require(IPAddress("2001:db8::\(String(number, radix: 16))"))
      for address in [v4, v6] {
        #expect(same.contains(address) == blocks.contains { $0.contains(address) })
        if list.contains(address) { #expect(same.contains(address)) }
      }
    }
  }
}
