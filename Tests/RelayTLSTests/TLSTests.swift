import RelayTLS
import Testing

@Suite("TLS without a socket") struct TLSTests {
  private func kind(
    roots: TLSClientContext.Roots = .system,
    _ identity: TLSClientContext.Identity? = nil
  ) -> TLSFailure.Kind? {
    do throws(TLSFailure) {
      _ = try TLSClientContext(roots: roots, identity: identity)
      return nil
    } catch {
      return error.kind
    }
  }

  @Test func `a context is made of the system's roots or of given ones`() throws {
    let pair = try TestCertificate("a")
    #expect(kind() == nil)
    #expect(kind(roots: .pem(pair.certificate)) == nil)
    #expect(kind(roots: .pem(pair.certificate + pair.certificate)) == nil)
  }

  @Test func `roots that are none are told, and never become the system's`() throws {
    let pair = try TestCertificate("a")
    let part = pair.certificate + pair.certificate.prefix(300)
    for text in [[], Array("nothing".utf8), pair.key, [0], part] {
      #expect(kind(roots: .pem(text)) == .trustUnusable)
    }
  }

  @Test func `an identity is a certificate and its own key`() throws {
    let (one, other) = (try TestCertificate("a"), try TestCertificate("b"))
    func identity(_ chain: [UInt8], _ key: [UInt8]) -> TLSClientContext.Identity {
      TLSClientContext.Identity(certificateChain: chain, privateKey: key)
    }
    #expect(kind(identity(one.certificate, one.key)) == nil)
    #expect(kind(identity(one.certificate + other.certificate, one.key)) == nil)
    for wrong in [
      identity(one.certificate, other.key), identity(one.key, one.key),
      identity(one.certificate, []), identity([], one.key), identity(one.certificate, [1, 2]),
    ] {
      #expect(kind(wrong) == .identityUnusable)
    }
  }

  @Test func `the first words are a hello with the name, and the rest waits`() throws {
    let session = try TLSClientSession(
      try TLSClientContext(),
      host: "hooks.example.com.",
      isAddress: false
    )
    let isDone = try session.shakeHands()
    #expect(!isDone)
    var hello: [UInt8] = []
    var scratch = [UInt8](repeating: 0, count: 7)
    session.takeOutput(into: &hello, using: &scratch)
    #expect(hello.first == 0x16)
    #expect(hello.firstRange(of: Array("hooks.example.com".utf8)) != nil)
    #expect(hello.firstRange(of: Array("hooks.example.com.".utf8)) == nil)
    #expect(hello.firstRange(of: Array("http/1.1".utf8)) != nil)
    let isDoneNow = try session.shakeHands()
    #expect(!isDoneNow)
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\0\0\0\0\0\0\0",
  ])
  func `what does not speak TLS is told from what does`(answer: String) throws {
    let session = try TLSClientSession(try TLSClientContext(), host: "::1", isAddress: true)
    _ = try session.shakeHands()
    let bytes = Array(answer.utf8)
    try session.feed(bytes.span)
    let failure = #expect(throws: TLSFailure.self) { _ = try session.shakeHands() }
    #expect(failure?.kind == .notTLS)
    #expect(failure?.description.contains("::1") == true)
    // It stays dead.
    #expect(throws: TLSFailure.self) { _ = try session.shakeHands() }
  }

  @Test func `an end inside the handshake is a truncation`() throws {
    let session = try TLSClientSession(try TLSClientContext(), host: "a", isAddress: false)
    _ = try session.shakeHands()
    session.feedEnd()
    let failure = #expect(throws: TLSFailure.self) { _ = try session.shakeHands() }
    #expect(failure?.kind == .truncated)
  }

  @Test(arguments: ["", "a\0b", String(repeating: "a", count: 300)])
  func `a host that is none is refused`(host: String) throws {
    let context = try TLSClientContext()
    #expect(throws: TLSFailure.self) {
      _ = try TLSClientSession(context, host: host, isAddress: false)
    }
  }

  @Test func `every kind is one word for metrics`() {
    let words = TLSFailure.Kind.allCases.map(\.rawValue)
    #expect(Set(words).count == words.count)
    #expect(words.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
  }
}
