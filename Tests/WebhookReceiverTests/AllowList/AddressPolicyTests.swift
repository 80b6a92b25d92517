import Testing
import WebhookReceiver

@Suite struct AddressPolicyTests {
  private static let allow = ["192.0.2.0/24", "2001:db8::/32"]
  private static let deny = ["192.0.2.128/25", "198.51.100.7"]

  @Test(
    arguments: [
      ("192.0.2.1", .permitted, .permitted, .permitted, .permitted),
      ("::ffff:192.0.2.1", .permitted, .permitted, .permitted, .permitted),
      ("192.0.2.200", .permitted, .permitted, .denied, .denied),
      ("::ffff:192.0.2.200", .permitted, .permitted, .denied, .denied),
      ("198.51.100.7", .permitted, .notAllowed, .denied, .denied),
      ("198.51.100.8", .permitted, .notAllowed, .permitted, .notAllowed),
      ("2001:db8::1", .permitted, .permitted, .permitted, .permitted),
      ("2001:db9::1", .permitted, .notAllowed, .permitted, .notAllowed),
      (nil, .permitted, .unknownAddress, .unknownAddress, .unknownAddress),
    ]
      as [(
        String?, AddressPolicy.Decision, AddressPolicy.Decision, AddressPolicy.Decision,
        AddressPolicy.Decision
      )]
  )
  func `deny wins over allow, and no list means everybody`(
    text: String?,
    neither: AddressPolicy.Decision,
    allowOnly: AddressPolicy.Decision,
    denyOnly: AddressPolicy.Decision,
    both: AddressPolicy.Decision
  ) throws {
    let allow = try AllowList(Self.allow)
    let deny = try DenyList(Self.deny)
    let address = try text.map { try #require(IPAddress($0)) }
    #expect(AddressPolicy().decision(for: address) == neither)
    #expect(AddressPolicy(allow: allow).decision(for: address) == allowOnly)
    #expect(AddressPolicy(deny: deny).decision(for: address) == denyOnly)
    #expect(AddressPolicy(allow: allow, deny: deny).decision(for: address) == both)
  }

  @Test func `an empty allow-list lets nobody in and an empty deny-list keeps nobody out`() throws {
    let address = try #require(IPAddress("192.0.2.1"))
    let nobody = AddressPolicy(allow: try AllowList([]))
    #expect(nobody.decision(for: address) == .notAllowed)
    #expect(nobody.decision(for: nil) == .unknownAddress)
    let everybody = AddressPolicy(deny: try DenyList([]))
    #expect(everybody.decision(for: address) == .permitted)
    #expect(everybody.decision(for: nil) == .permitted)
  }

  @Test func `a deny-list refuses what is no block`() throws {
    #expect(throws: AddressBlockError.notAnAddress("here")) {
      try DenyList(["10.0.0.0/8", "here"])
    }
    #expect(throws: AddressBlockError.hostBitsSet("10.0.0.1/8", block: "10.0.0.0/8")) {
      try DenyList(["10.0.0.1/8"])
    }
    let list = try DenyList(["0.0.0.0/0"])
    #expect(!list.isEmpty)
    #expect(try !list.contains(#require(IPAddress("::1"))))
  }
}
