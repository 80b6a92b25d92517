import RelayConfiguration
import RelayServer
import RelaySystem
import Testing
import WebhookReceiver

/// Who is believed, as the configuration says.
@Suite("Trusted proxies of the ingress") struct ProxyRulesTests {
  private func rules(_ ingress: String) throws -> ProxyRules? {
    let text = """
      { ingress: { \(ingress) }, sources: { a: { path: "/a",
        verify: { profile: "github", secrets: ["literal:a secret of some length"] } } } }
      """
    let environment = Environment(
      variable: { _ in nil },
      readFile: { _ in .failure(.missing) },
      permissions: { _ in nil },
      absolutePath: { $0 }
    )
    let loaded = ConfigurationLoader.load(Array(text.utf8), file: "c", environment: environment)
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    return ProxyRules(try #require(loaded.configuration).ingress.proxies)
  }

  private func headers(_ fields: [(String, String)]) -> HeaderFields {
    var headers = HeaderFields()
    for (name, value) in fields { headers.append(name: Array(name.utf8), value: Array(value.utf8)) }
    return headers
  }

  private let proxy = SocketAddress.v4([10, 0, 0, 1], port: 1)
  private let mapped = SocketAddress.v6(
    [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 1],
    port: 1,
    scope: 0
  )
  private let stranger = SocketAddress.v4([203, 0, 113, 9], port: 1)
  private let unix = SocketAddress.unix("")

  @Test(arguments: ["", "trusted_proxies: []", "proxy_protocol: false"])
  func `without a proxy there are no rules, and nothing is looked at`(text: String) throws {
    #expect(try rules(text) == nil)
  }

  @Test func `the blocks are believed, in either form of the address, and nobody else`() throws {
    let rules = try #require(try rules("trusted_proxies: [\"10.0.0.0/8\"]"))
    #expect(rules.believes(proxy) && rules.believes(mapped))
    #expect(!rules.believes(stranger) && !rules.believes(unix))
    #expect(!rules.wantsHeader && !rules.unixPeersAreProxies)
  }

  @Test func `a unix socket is believed by its word alone`() throws {
    let listen = "listen: [\"unix:/run/in.sock\"]"
    let rules = try #require(try rules("\(listen), trusted_proxies: [\"unix\"]"))
    #expect(rules.believes(unix) && !rules.believes(proxy) && rules.unixPeersAreProxies)
  }

  @Test func `a PROXY header may come over unix sockets and from the blocks`() throws {
    let both = try #require(
      try rules("proxy_protocol: true, trusted_proxies: [\"10.0.0.0/8\"]")
    )
    #expect(both.wantsHeader && both.unixPeersAreProxies)
    #expect(both.mayBegin(proxy) && both.mayBegin(unix) && !both.mayBegin(stranger))
    // Of a unix peer the header of the connection is taken, and not that of its requests.
    #expect(both.believes(proxy) && !both.believes(unix))
    let listen = "listen: [\"unix:/run/in.sock\"]"
    let alone = try #require(try rules("\(listen), proxy_protocol: true"))
    #expect(alone.mayBegin(unix) && !alone.mayBegin(proxy))
  }

  @Test func `the header that is configured is read, and the other one ignored`() throws {
    let fields = headers([
      ("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.0.0.2"), ("Forwarded", "for=198.51.100.7"),
    ])
    let first = try #require(try rules("trusted_proxies: [\"10.0.0.0/8\"]"))
    #expect(try first.client(of: fields) == IPAddress("203.0.113.9"))
    let second = try #require(
      try rules("trusted_proxies: [\"10.0.0.0/8\"], forwarded_header: \"forwarded\"")
    )
    #expect(try second.client(of: fields) == IPAddress("198.51.100.7"))
    #expect(try second.client(of: headers([("X-Forwarded-For", "6.6.6.6")])) == nil)
  }

  @Test func `a chain that cannot be read as far as the client is refused`() throws {
    let rules = try #require(try rules("trusted_proxies: [\"10.0.0.0/8\"]"))
    for chain in ["unknown", "203.0.113.9,", "203.0.113.9, 10.0.0.2.1", "", "_hidden"] {
      #expect(throws: ForwardedError.self, "\(chain)") {
        try rules.client(of: headers([("X-Forwarded-For", chain)]))
      }
    }
  }

  @Test(arguments: ["203.0.113.9", "2001:db8::1", "::1", "0.0.0.0", "255.255.255.255"])
  func `an address that a proxy names is the same as one that the kernel does`(text: String) throws
  {
    let address = try #require(IPAddress(text))
    #expect(SocketAddress(address).address == address)
    #expect(SocketAddress(address, port: 7).port == 7)
  }
}
