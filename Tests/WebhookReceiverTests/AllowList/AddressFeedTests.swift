import Foundation
import Testing
import WebhookReceiver

@Suite struct AddressFeedTests {
  /// A document as a provider publishes it.
  static func fixture(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appending(path: "Fixtures/feeds/\(name)")))
  }

  private static let stripe = [
    "3.18.12.63/32", "3.130.192.231/32", "13.235.14.237/32", "13.235.122.149/32",
    "18.211.135.69/32", "35.154.171.200/32", "52.15.183.38/32", "54.88.130.119/32",
    "54.88.130.237/32", "54.187.174.169/32", "54.187.205.235/32", "54.187.216.72/32",
  ]

  @Test(
    arguments: [
      (
        "github.json", .github,
        [
          "192.30.252.0/22", "185.199.108.0/22", "140.82.112.0/20", "143.55.64.0/20",
          "2a0a:a440::/29", "2606:50c0::/32",
        ]
      ),
      ("stripe.json", .stripe, stripe), ("stripe.txt", .stripe, stripe),
      ("stripe.txt", .plain, stripe),
      (
        "atlassian.json", .atlassian(products: ["bitbucket"]),
        ["104.192.136.0/21", "18.205.93.0/25", "2401:1d80:320c:3::/64"]
      ),
      (
        "atlassian.json", .atlassian(products: ["jira", "trello"]),
        ["104.192.136.0/21", "13.52.5.96/28", "2401:1d80:320c:3::/64"]
      ),
      (
        "pagerduty.json", .pagerDuty,
        [
          "44.242.69.192/32", "52.89.71.166/32", "54.213.187.133/32", "44.227.162.49/32",
          "3.12.124.142/32", "3.150.52.68/32", "3.133.151.5/32",
        ]
      ),
      ("plain.txt", .plain, ["5.39.64.0/18", "2a01:4f8::/32", "8.8.4.4/32"]),
    ] as [(String, AddressFeed.Shape, [String])]
  )
  func `a provider's document is read`(
    name: String,
    shape: AddressFeed.Shape,
    expected: [String]
  ) throws {
    let feed = try AddressFeed(Self.fixture(name), shape: shape)
    #expect(feed.blocks.map(\.description) == expected)
    #expect(feed.allowList == (try AllowList(expected)))
  }

  @Test func `the shape that a profile names reads its provider's document`() throws {
    var read: Set<String> = []
    for case .feed(_, let name) in Profile.catalogue.map(\.senders) {
      let shape = try #require(AddressFeed.Shape(named: name))
      #expect(throws: Never.self) { try AddressFeed(Self.fixture("\(name).json"), shape: shape) }
      read.insert(name)
    }
    #expect(read == ["atlassian", "github", "pagerduty", "stripe"])
    #expect(AddressFeed.Shape(named: "plain") == .plain)
    for name in ["", "GITHUB", "bitbucket"] { #expect(AddressFeed.Shape(named: name) == nil) }
  }

  @Test(
    arguments: [
      ("0.0.0.0/0", .tooWide(entry: 2, block: "0.0.0.0/0", prefixLengthMin: 8)),
      ("::/0", .tooWide(entry: 2, block: "::/0", prefixLengthMin: 16)),
      ("::ffff:0:0/96", .tooWide(entry: 2, block: "0.0.0.0/0", prefixLengthMin: 8)),
      ("4.0.0.0/7", .tooWide(entry: 2, block: "4.0.0.0/7", prefixLengthMin: 8)),
      ("2a00::/15", .tooWide(entry: 2, block: "2a00::/15", prefixLengthMin: 16)),
      ("10.0.0.0/8", .notPublic(entry: 2, block: "10.0.0.0/8")),
      ("10.1.2.3", .notPublic(entry: 2, block: "10.1.2.3/32")),
      ("::ffff:10.1.2.3", .notPublic(entry: 2, block: "10.1.2.3/32")),
      ("172.16.0.0/12", .notPublic(entry: 2, block: "172.16.0.0/12")),
      ("172.0.0.0/8", .notPublic(entry: 2, block: "172.0.0.0/8")),
      ("192.168.7.0/24", .notPublic(entry: 2, block: "192.168.7.0/24")),
      ("100.127.255.255", .notPublic(entry: 2, block: "100.127.255.255/32")),
      ("127.0.0.1", .notPublic(entry: 2, block: "127.0.0.1/32")),
      ("169.254.169.254", .notPublic(entry: 2, block: "169.254.169.254/32")),
      ("0.0.0.0", .notPublic(entry: 2, block: "0.0.0.0/32")),
      ("224.0.0.1", .notPublic(entry: 2, block: "224.0.0.1/32")),
      ("255.255.255.255", .notPublic(entry: 2, block: "255.255.255.255/32")),
      ("::1", .notPublic(entry: 2, block: "::1/128")),
      ("::", .notPublic(entry: 2, block: "::/128")),
      ("fe80::/64", .notPublic(entry: 2, block: "fe80::/64")),
      ("fd00::/16", .notPublic(entry: 2, block: "fd00::/16")),
      ("ff02::1", .notPublic(entry: 2, block: "ff02::1/128")),
      ("64:ff9b::a00:1", .notPublic(entry: 2, block: "64:ff9b::a00:1/128")),
      ("8.8.8.8/24", .notABlock(entry: 2, .hostBitsSet("8.8.8.8/24", block: "8.8.8.0/24"))),
      ("8.8.8.8/33", .notABlock(entry: 2, .prefixOutOfRange("8.8.8.8/33", max: 32))),
      ("example.com", .notABlock(entry: 2, .notAnAddress("example.com"))),
      ("<html>\u{1b}[2Jé", .notABlock(entry: 2, .notAnAddress("<html>.[2J.."))),
      ("fe80::1%eth0", .notABlock(entry: 2, .notAnAddress("fe80::1%eth0"))),
    ] as [(String, AddressFeedError)]
  )
  func `one bad entry refuses the feed and is named`(entry: String, error: AddressFeedError) {
    let text = Array("8.8.4.4\n\(entry)\n1.1.1.1\n".utf8)
    #expect(throws: error) { try AddressFeed(text, shape: .plain) }
    let json = JSONValue.array(["8.8.4.4", entry, "1.1.1.1"].map { .string($0) })
    #expect(throws: error) { try AddressFeed(json.bytes, shape: .pagerDuty) }
  }

  @Test(arguments: [
    "172.15.0.0/16", "172.32.0.0/11", "192.167.0.0/16", "192.169.0.0/16", "100.63.0.0/16",
    "100.128.0.0/9", "11.0.0.0/8", "9.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "223.0.0.0/8",
    "169.253.0.0/16", "169.255.0.0/16", "2000::/16", "3fff::/16", "::ffff:8.8.8.8",
  ])
  func `what is just outside of a private network is taken`(block: String) throws {
    let feed = try AddressFeed(Array(block.utf8), shape: .plain)
    #expect(feed.blocks == [try AddressBlock(block)])
  }

  @Test(
    arguments: [
      ("", .plain, .empty), ("# nothing\n\n", .plain, .empty), ("[]", .pagerDuty, .empty),
      ("{\"hooks\":[]}", .github, .empty), ("{\"items\":[]}", .atlassian(products: ["x"]), .empty),
      ("{\"web\":[\"8.8.8.8\"]}", .github, .noList(path: "/hooks")),
      ("{\"hooks\":\"8.8.8.8\"}", .github, .noList(path: "/hooks")),
      ("[\"8.8.8.8\"]", .github, .noList(path: "/hooks")),
      ("{}", .pagerDuty, .noList(path: "")), ("[\"8.8.8.8\"]", .stripe, .noList(path: "/WEBHOOKS")),
      ("{\"hooks\":[\"8.8.8.8\",8]}", .github, .unknownEntry(entry: 2)),
      ("{\"hooks\":[[\"8.8.8.8\"]]}", .github, .unknownEntry(entry: 1)),
      ("[null]", .pagerDuty, .unknownEntry(entry: 1)),
      (
        "{\"items\":[{\"product\":[\"x\"],\"direction\":[\"egress\"]}]}",
        .atlassian(products: ["x"]), .unknownEntry(entry: 1)
      ),
      (
        "{\"items\":[{\"cidr\":\"8.8.8.8\",\"product\":[\"x\"]}]}", .atlassian(products: ["x"]),
        .unknownEntry(entry: 1)
      ),
      (
        "{\"items\":[{\"cidr\":\"8.8.8.8\",\"product\":[\"x\"],\"direction\":[\"ingress\"]}]}",
        .atlassian(products: ["x"]), .empty
      ),
    ] as [(String, AddressFeed.Shape, AddressFeedError)]
  )
  func `a document of another shape is refused`(
    text: String,
    shape: AddressFeed.Shape,
    error: AddressFeedError
  ) {
    #expect(throws: error) { try AddressFeed(Array(text.utf8), shape: shape) }
  }

  @Test func `a page of HTML, a cut document and a key twice are refused`() throws {
    let html = Array("<!DOCTYPE html><title>Sign in</title>".utf8)
    #expect(throws: AddressFeedError.self) { try AddressFeed(html, shape: .github) }
    #expect(throws: AddressFeedError.self) { try AddressFeed(html, shape: .plain) }
    #expect(throws: AddressFeedError.self) { try AddressFeed(html, shape: .stripe) }
    let whole = try Self.fixture("github.json")
    for count in stride(from: 0, to: whole.count - 2, by: 7) {
      #expect(throws: AddressFeedError.self) {
        try AddressFeed(Array(whole.prefix(count)), shape: .github)
      }
    }
    let twice = Array("{\"hooks\":[\"8.8.8.8\"],\"hooks\":[\"9.9.9.9\"]}".utf8)
    #expect(throws: AddressFeedError.self) { try AddressFeed(twice, shape: .github) }
  }

  @Test func `the limits hold, and what is at a limit is taken`() throws {
    func lines(_ count: Int, _ line: (Int) -> String) -> [UInt8] {
      (0..<count).flatMap { Array(line($0).utf8) + [0x0a] }
    }
    let most = lines(20_000) { "8.8.\($0 >> 8).\($0 & 0xff)" }
    #expect(try AddressFeed(most, shape: .plain).blocks.count == 20_000)
    #expect(throws: AddressFeedError.tooManyBlocks(max: 20_000)) {
      try AddressFeed(most + Array("9.9.9.9".utf8), shape: .plain)
    }
    let blanks = [UInt8](repeating: 0x20, count: AddressFeed.bytesMax - 7)
    #expect(try AddressFeed(blanks + Array("9.9.9.9".utf8), shape: .plain).blocks.count == 1)
    #expect(throws: AddressFeedError.tooLong(bytesMax: AddressFeed.bytesMax)) {
      try AddressFeed(blanks + Array("9.9.9.99".utf8), shape: .plain)
    }
    let widest = lines(32) { "\($0 + 128).0.0.0/8" }
    #expect(throws: AddressFeedError.tooManyAddresses) {
      try AddressFeed(widest + Array("8.8.8.8".utf8), shape: .plain)
    }
    let widestV6 = lines(1025) { "\(String(0x2000 + $0, radix: 16))::/16" }
    #expect(throws: AddressFeedError.tooManyAddresses) {
      try AddressFeed(widestV6, shape: .plain)
    }
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: AddressFeed.bytesMax)
    #expect(throws: AddressFeedError.self) { try AddressFeed(deep, shape: .pagerDuty) }
  }
}

@Suite struct AddressFeedStateTests {
  private let listed = Array("8.8.8.0/24\n9.9.9.0/24\n1.1.1.0/24\n1.0.0.0/24\n".utf8)

  private func holds(_ state: AddressFeedState, _ text: String) throws -> Bool {
    state.allowList.contains(try #require(IPAddress(text)))
  }

  @Test func `before the first feed the seed holds, and without one nobody is let in`() throws {
    let nobody = AddressFeedState(shape: .plain)
    #expect(nobody.allowList.isEmpty && nobody.feed == nil && nobody.age(at: .seconds(9)) == nil)
    let seeded = AddressFeedState(shape: .plain, seed: [try AddressBlock("8.8.8.8")])
    #expect(try holds(seeded, "8.8.8.8") && !holds(seeded, "8.8.8.9"))
  }

  @Test func `a bad feed keeps the good one and tells why`() throws {
    var state = AddressFeedState(shape: .plain)
    state.update(with: [], at: .seconds(1))
    #expect(state.failure == .empty && state.allowList.isEmpty && state.age(at: .seconds(2)) == nil)
    state.update(with: listed, at: .seconds(10))
    #expect(state.failure == nil && !state.hasShrunk)
    #expect(state.age(at: .seconds(10)) == .zero)
    state.update(with: listed + Array("0.0.0.0/0".utf8), at: .seconds(70))
    #expect(
      state.failure == .tooWide(entry: 5, block: "0.0.0.0/0", prefixLengthMin: 8)
    )
    #expect(try holds(state, "8.8.8.8") && !holds(state, "4.4.4.4"))
    #expect(state.age(at: .seconds(70)) == .seconds(60))
    #expect(state.feed?.blocks.count == 4)
    state.update(with: listed, at: .seconds(130))
    #expect(state.failure == nil && state.age(at: .seconds(131)) == .seconds(1))
    // A clock that the caller reads in another order is no age below zero.
    #expect(state.age(at: .zero) == .zero)
  }

  @Test(arguments: [
    ("8.8.8.0/24\n9.9.9.0/24", false), ("8.8.8.0/24", true),
    ("7.7.7.0/24\n6.6.6.0/24\n5.5.5.0/24\n4.4.4.0/24\n3.3.3.0/24", true),
    ("8.8.0.0/16\n9.9.8.0/23\n1.0.0.0/15", false),
    ("8.8.8.0/25\n9.9.9.0/25\n1.1.1.0/25\n1.0.0.0/24", true),
  ])
  func `a list that loses more than half is in force and reported`(
    text: String,
    hasShrunk: Bool
  ) throws {
    var state = AddressFeedState(shape: .plain)
    state.update(with: listed, at: .zero)
    state.update(with: Array(text.utf8), at: .seconds(1))
    #expect(state.hasShrunk == hasShrunk)
    #expect(state.failure == nil && state.age(at: .seconds(1)) == .zero)
    #expect(state.allowList == (try AllowList(text.split(separator: "\n").map(String.init))))
    state.update(with: Array(text.utf8), at: .seconds(2))
    #expect(!state.hasShrunk)
  }

  @Test func `the seed counts as the list before the first feed`() throws {
    let seed = try ["7.7.7.7", "6.6.6.6", "5.5.5.5"].map { try AddressBlock($0) }
    var state = AddressFeedState(shape: .plain, seed: seed)
    state.update(with: listed, at: .zero)
    #expect(state.hasShrunk)
    #expect(try !holds(state, "7.7.7.7"))
  }
}
