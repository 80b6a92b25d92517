import RelayTLS
import Testing

@Suite("TLS of a listener, without a socket") struct TLSServerTests {
  /// What came of a handshake, on the side that noticed first.
  private func failure(
    _ context: TLSServerContext,
    trusting roots: [UInt8],
    as identity: TLSIdentity? = nil,
    host: String
  ) throws -> TLSFailure.Kind? {
    do throws(TLSFailure) {
      var pair = try SessionPair(context, trusting: roots, as: identity, host: host)
      try pair.shakeHands()
      return nil
    } catch {
      return error.kind
    }
  }

  @Test func `bytes go both ways, and a goodbye ends them`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let context = try TLSServerContext(identities: [own.identity])
    var pair = try SessionPair(context, trusting: own.certificate, host: "a.test")
    try pair.shakeHands()
    let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    #expect(try pair.send(large, from: pair.client, to: pair.server) == large)
    pair.server.trim()
    pair.client.trim()
    #expect(try pair.send(large, from: pair.server, to: pair.client) == large)
    #expect(pair.server.clientNames.isEmpty)
    #expect(!pair.server.isResumed)
    pair.client.close()
    #expect(try pair.carry(from: pair.client, to: pair.server) > 0)
    var piece = [UInt8](repeating: 0, count: 10)
    #expect(try SessionPair.read(pair.server, into: &piece) == .ended)
    // Half-closed: the answer still goes out.
    #expect(try pair.send([1, 2, 3], from: pair.server, to: pair.client) == [1, 2, 3])
  }

  @Test func `a handshake may come byte by byte`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let context = try TLSServerContext(identities: [own.identity])
    var pair = try SessionPair(context, trusting: own.certificate, host: "a.test")
    try pair.shakeHands(pieceBytes: 1)
    #expect(try pair.send([1], from: pair.client, to: pair.server) == [1])
  }

  @Test func `part of a record is told from none, wherever it is cut`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let context = try TLSServerContext(identities: [own.identity])
    var pair = try SessionPair(context, trusting: own.certificate, host: "a.test")
    try pair.shakeHands()
    var piece = [UInt8](repeating: 0, count: 1000)
    for _ in 0..<2 {
      let bytes = (0..<100).map { UInt8($0) }
      try pair.client.write(bytes.span)
      var wire: [UInt8] = []
      pair.client.takeOutput(into: &wire)
      for index in wire.indices.dropLast() {
        try pair.server.feed(wire.span.extracting(index..<index + 1))
        #expect(try SessionPair.read(pair.server, into: &piece) == .waits)
        #expect(pair.server.holdsPartialRecord, "\(index + 1)")
        pair.server.trim()
      }
      try pair.server.feed(wire.span.extracting(wire.count - 1..<wire.count))
      #expect(try SessionPair.read(pair.server, into: &piece) == .bytes(100))
      #expect(try SessionPair.read(pair.server, into: &piece) == .waits)
      #expect(!pair.server.holdsPartialRecord)
    }
  }

  @Test func `the name that a client asks for decides, spelled out before by wildcard`() throws {
    let first = try TestCertificate("first", names: ["first.test"])
    let wild = try TestCertificate("wild", names: ["*.example.test"])
    let exact = try TestCertificate("exact", names: ["A.example.test"])
    let context = try TLSServerContext(
      identities: [first.identity, wild.identity, exact.identity]
    )
    #expect(
      context.certificates.map(\.names) == [["first.test"], ["*.example.test"], ["A.example.test"]]
    )
    #expect(try failure(context, trusting: first.certificate, host: "first.test") == nil)
    #expect(try failure(context, trusting: wild.certificate, host: "b.example.test") == nil)
    #expect(try failure(context, trusting: exact.certificate, host: "a.example.test") == nil)
    // Two labels are not one, and what nobody has gets the first.
    for host in ["c.b.example.test", "example.test", "other.test"] {
      #expect(try failure(context, trusting: first.certificate, host: host) == .nameMismatch)
    }
  }

  @Test func `of one name each kind of key is served`() throws {
    let curve = try TestCertificate("a", names: ["a.test"])
    let rsa = try TestCertificate("a", names: ["a.test"], algorithm: ["rsa:2048"])
    let other = try TestCertificate("b", names: ["b.test"])
    let context = try TLSServerContext(identities: [other.identity, rsa.identity, curve.identity])
    // Our own client understands both, and libssl takes one of them.
    #expect(
      try failure(context, trusting: curve.certificate + rsa.certificate, host: "a.test") == nil
    )
  }

  @Test func `clients show a certificate where an authority is named`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let authority = try TestCertificate("authority")
    let stranger = try TestCertificate("stranger")
    let context = try TLSServerContext(
      identities: [own.identity],
      clientAuthorities: authority.certificate
    )
    #expect(context.requiresClientCertificate)
    let leaf = ["-addext", "basicConstraints=CA:FALSE"]
    let good = try TestCertificate(
      "ignored",
      names: ["Hooks.example.test", "b.test"],
      by: authority,
      options: leaf
    )
    var pair = try SessionPair(
      context,
      trusting: own.certificate,
      as: good.identity,
      host: "a.test"
    )
    try pair.shakeHands()
    #expect(pair.server.clientNames == ["hooks.example.test", "b.test"])
    let nameless = try TestCertificate("Common name", by: authority, options: leaf)
    pair = try SessionPair(
      context,
      trusting: own.certificate,
      as: nameless.identity,
      host: "a.test"
    )
    try pair.shakeHands()
    #expect(pair.server.clientNames == ["common name"])
    let bad = try TestCertificate("b", names: ["b.test"], by: stranger, options: leaf)
    #expect(
      try failure(context, trusting: own.certificate, as: bad.identity, host: "a.test")
        == .unknownAuthority
    )
    #expect(
      try failure(context, trusting: own.certificate, host: "a.test") == .certificateMissing
    )
  }

  @Test func `a client's certificate for servers only is refused`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let authority = try TestCertificate("authority")
    let context = try TLSServerContext(
      identities: [own.identity],
      clientAuthorities: authority.certificate
    )
    let server = try TestCertificate(
      "b",
      by: authority,
      options: ["-addext", "extendedKeyUsage=serverAuth"]
    )
    #expect(
      try failure(context, trusting: own.certificate, as: server.identity, host: "a.test")
        == .certificateRefused
    )
  }

  @Test func `a client's chain is bounded`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let client = try TestCertificate("client")
    let context = try TLSServerContext(
      identities: [own.identity],
      clientAuthorities: client.certificate
    )
    // In PEM a certificate is a third longer than on the wire.
    for (bytes, kind) in [(16 << 10, nil), (32 << 10, TLSFailure.Kind.other)] {
      let chain = (0..<bytes / client.certificate.count).flatMap { _ in client.certificate }
      let identity = TLSIdentity(certificateChain: chain, privateKey: client.key)
      #expect(
        try failure(context, trusting: own.certificate, as: identity, host: "a.test") == kind
      )
    }
  }

  @Test func `a name with a zero or a line break in it is no name`() throws {
    let own = try TestCertificate("a", names: ["a.test"])
    let client = try TestCertificate("x", options: ["-subj", "/CN=good.test\u{1}"])
    let context = try TLSServerContext(
      identities: [own.identity],
      clientAuthorities: client.certificate
    )
    var pair = try SessionPair(
      context,
      trusting: own.certificate,
      as: client.identity,
      host: "a.test"
    )
    try pair.shakeHands()
    #expect(pair.server.clientNames.isEmpty)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", TLSFailure.Kind.plainHTTP), ("POST /in HTTP/1.1\r\n", .plainHTTP),
    ("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n", .notTLS), ("SSH-2.0-OpenSSH_9.2\r\n", .notTLS),
    ("\u{16}\u{3}\u{1}\u{0}\u{5}abcde", .notTLS), ("\0\0\0\0\0\0\0\0\0\0\0\0", .notTLS),
  ])
  func `what is no handshake is told apart`(text: String, kind: TLSFailure.Kind) throws {
    let own = try TestCertificate("a")
    let server = try TLSServerSession(TLSServerContext(identities: [own.identity]))
    let bytes = Array(text.utf8)
    try server.feed(bytes.span)
    let failure = #expect(throws: TLSFailure.self) { _ = try server.shakeHands() }
    #expect(failure?.kind == kind)
    // It stays dead, and says nothing in the clear.
    #expect(throws: TLSFailure.self) { _ = try server.shakeHands() }
  }
}
