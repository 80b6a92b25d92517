import Testing
import WebhookReceiver

/// Whatever comes over the wire is answered, and never with an address that a stranger chose.
@Suite struct AddressMutationTests {
  private static let trusted = "10.0.0.0/8"
  private static let rounds = Campaign.rounds(
    2500,
    campaign: 10_000,
    of: "a mutated address or header of proxies, per seed"
  )

  /// Bytes that mean something to one of the parsers, so that mutations reach deep.
  private static let alphabet =
    Array(",;=\"\\ \t:.[]_x%for10296\r\nPROXYTCP\u{0}".utf8) + [0x80, 0xff]

  /// Changes one to four places.
  private static func mutated(
    _ original: [UInt8],
    _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0...3, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let other = Int.random(in: 0...bytes.count, using: &generator)
      let part = min(place, other)..<min(max(place, other), min(place, other) + 24)
      switch Int.random(in: 0...4, using: &generator) {
      case 0: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
      case 1 where place < bytes.count:
        bytes[place] = alphabet.randomElement(using: &generator) ?? 0
      case 2 where place < bytes.count:
        bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      case 3: bytes.removeSubrange(part)
      default: bytes.insert(contentsOf: bytes[part], at: place)
      }
    }
    return bytes
  }

  private static func client(
    _ lines: [[UInt8]],
    _ header: TrustedProxies.Header
  ) throws -> IPAddress? {
    let proxies = try TrustedProxies([trusted], header: header)
    let peer = try #require(IPAddress("10.0.0.1"))
    var headers = HeaderFields()
    let name = header == .forwarded ? "Forwarded" : "X-Forwarded-For"
    for line in lines { headers.append(name: Array(name.utf8), value: line) }
    return try? proxies.clientAddress(peer: peer, headers: headers)
  }

  private static let chains = [
    "6.6.6.6, 203.0.113.9, 10.0.0.2", "6.6.6.6,2001:db8::9,10.0.0.3 , 10.0.0.2",
    "10.7.7.7, 10.0.0.3, 10.0.0.2", "::ffff:203.0.113.9, ::ffff:10.0.0.2",
  ]
  private static let pairs = [
    "for=6.6.6.6, for=203.0.113.9;proto=https, for=10.0.0.2",
    "for=6.6.6.6;host=\"a,\\\"b\\\\\", by=_p;for=\"[2001:db8::9]\";host=\"x,y\", for=\"10.0.0.2\"",
    "for=\"[::ffff:10.0.0.4]\", for=10.0.0.3;;proto=http, For=10.0.0.2",
  ]

  @Test(arguments: 0..<10)
  func `a mutated X-Forwarded-For answers what its reading by hand does`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var answers = 0
    for round in 0..<Self.rounds {
      let chain = Self.chains[round % Self.chains.count]
      let bytes = Self.mutated(Array(chain.utf8), &generator)
      let answer = try Self.client([bytes], .xForwardedFor)
      let expected = Reading.client(
        of: bytes.split(separator: 0x2c, omittingEmptySubsequences: false)
      ) {
        let text = String(decoding: $0, as: UTF8.self)
        return IPAddress(Array($0).span) ?? Reading.withPort(text)
      }
      #expect(answer == expected, "\(bytes)")
      answers += answer == nil ? 0 : 1
    }
    // Both ways are taken often, or the test says little.
    #expect(answers > Self.rounds / 10 && answers < Self.rounds * 9 / 10)
  }

  @Test(arguments: 0..<10)
  func `a mutated Forwarded answers what its reading by hand does`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 100 + seed)
    var answers = 0
    for round in 0..<Self.rounds {
      let chain = Self.pairs[round % Self.pairs.count]
      let bytes = Self.mutated(Array(chain.utf8), &generator)
      let answer = try Self.client([bytes], .forwarded)
      let expected = Reading.client(of: Reading.elements(of: bytes)) { Reading.address(of: $0) }
      #expect(answer == expected, "\(String(decoding: bytes, as: UTF8.self))")
      answers += answer == nil ? 0 : 1
    }
    #expect(answers > Self.rounds / 10 && answers < Self.rounds * 9 / 10)
  }

  @Test(arguments: 0..<4)
  func `no stranger changes the answer that the proxies give`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 200 + seed)
    let expected = try #require(IPAddress("203.0.113.9"))
    for round in 0..<Self.rounds {
      let bare = Self.mutated(Array(Self.chains[round % Self.chains.count].utf8), &generator)
      let proxies = Array("203.0.113.9, 10.0.0.2".utf8)
      let joined = try Self.client([bare + [0x2c] + proxies], .xForwardedFor)
      let apart = try Self.client([bare, proxies], .xForwardedFor)
      #expect(joined == expected && apart == expected, "\(bare)")

      let pair = Self.mutated(Array(Self.pairs[round % Self.pairs.count].utf8), &generator)
      let named = Array("for=\"203.0.113.9\";host=\"a\\\",b\", for=10.0.0.2".utf8)
      let joinedPairs = try Self.client([pair + [0x2c] + named], .forwarded)
      let apartPairs = try Self.client([pair, named], .forwarded)
      #expect(joinedPairs == expected && apartPairs == expected, "\(pair)")
    }
  }

  @Test(arguments: 0..<20)
  func `a mutated PROXY header has one result, however it is split`(seed: UInt64) {
    var generator = SeededGenerator(seed: 300 + seed)
    let headers = (ProxyHeaderTests.good.map(\.bytes) + ProxyHeaderTests.bad.map(\.bytes))
      .filter { $0.count < 300 }
    for round in 0..<Self.rounds {
      let bytes = Self.mutated(headers[round % headers.count], &generator)
      let whole = ProxyHeader.parse(bytes.span)
      let count = Int.random(in: 0...bytes.count, using: &generator)
      let part = ProxyHeader.parse(bytes.span.extracting(0..<count))
      #expect(part == .needMore || part == whole, "\(bytes)")
      switch whole {
      case .parsed(_, _, let byteCount), .local(let byteCount):
        #expect(byteCount <= bytes.count && byteCount >= 15, "\(bytes)")
      case .needMore: #expect(bytes.count < 16 + 4096)
      case .malformed: break
      }
    }
  }
}

/// Another way to the same answer, slow and without a trick.
private enum Reading {
  static func client(
    of elements: [ArraySlice<UInt8>],
    address: (ArraySlice<UInt8>) -> IPAddress?
  ) -> IPAddress? {
    var client: IPAddress?
    for element in elements.reversed() {
      let text = element.drop { $0 == 0x20 || $0 == 0x09 }
      let end = text.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? text.startIndex
      guard let address = address(text[..<end]) else { return nil }
      client = address
      guard address.isV4, address.description.hasPrefix("10.") else { return address }
    }
    return client
  }

  /// Tries every comma from the right: the first behind which a whole element stands is the one.
  ///
  /// An element that none makes whole is there as it is, to be refused.
  static func elements(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var elements: [ArraySlice<UInt8>] = []
    var end = text.endIndex
    search: while true {
      for comma in text[..<end].indices.reversed() where text[comma] == 0x2c {
        let part = text[comma + 1..<end]
        guard parameters(part) != nil else { continue }
        elements.append(part)
        end = comma
        continue search
      }
      elements.append(text[..<end])
      return elements.reversed()
    }
  }

  static func address(of element: ArraySlice<UInt8>) -> IPAddress? {
    guard element.allSatisfy({ $0 < 0x80 }), let parameters = parameters(element) else {
      return nil
    }
    let named = parameters.filter { $0.name.lowercased() == "for" }
    guard named.count == 1, let value = named.first?.value else { return nil }
    return node(value) ?? withPort(value)
  }

  /// IPv4 as it is, IPv6 in brackets.
  private static func node(_ value: String) -> IPAddress? {
    guard value.hasPrefix("["), value.hasSuffix("]") else {
      return value.contains(":") ? nil : IPAddress(value)
    }
    let inner = String(value.dropFirst().dropLast())
    return inner.contains(":") ? IPAddress(inner) : nil
  }

  /// The same with a colon and the number of a port behind it.
  static func withPort(_ value: String) -> IPAddress? {
    guard let colon = value.lastIndex(of: ":") else { return nil }
    let port = value[value.index(after: colon)...]
    guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      UInt16(port) != nil
    else { return nil }
    return node(String(value[..<colon]))
  }

  /// The parameters of one element, blanks around it apart; nil when it is none.
  private static func parameters(_ element: ArraySlice<UInt8>) -> [(name: String, value: String)]? {
    var rest = element.drop { $0 == 0x20 || $0 == 0x09 }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
    var parameters: [(name: String, value: String)] = []
    while let first = rest.first {
      if first == UInt8(ascii: ";") {
        rest = rest.dropFirst()
        continue
      }
      let name = rest.prefix { isToken($0) }
      rest = rest.dropFirst(name.count)
      guard !name.isEmpty, rest.first == UInt8(ascii: "=") else { return nil }
      rest = rest.dropFirst()
      var value: [UInt8] = []
      if rest.first == UInt8(ascii: "\"") {
        rest = rest.dropFirst()
        while let byte = rest.first, byte != UInt8(ascii: "\"") {
          let size = byte == UInt8(ascii: "\\") ? 2 : 1
          value += rest.prefix(size)
          rest = rest.dropFirst(size)
        }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest = rest.dropFirst()
      } else {
        value = Array(rest.prefix { isToken($0) })
        rest = rest.dropFirst(value.count)
        guard !value.isEmpty else { return nil }
      }
      guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { return nil }
      parameters.append(
        (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
      )
    }
    return parameters
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7f && !Array("\"(),/:;<=>?@[\\]{}".utf8).contains(byte)
  }
}
