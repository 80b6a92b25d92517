import RelaySystem
import RelayTLS
import Testing

@Suite("TLS: what a listener serves with") struct TLSServerContextTests {
  private func refusal(
    _ identities: [TLSIdentity],
    _ authorities: [UInt8]? = nil
  ) -> TLSServerContext.Refusal? {
    do throws(TLSServerContext.Refusal) {
      _ = try TLSServerContext(identities: identities, clientAuthorities: authorities)
      return nil
    } catch {
      return error
    }
  }

  private func identity(_ chain: [UInt8], _ key: [UInt8]) -> TLSIdentity {
    TLSIdentity(certificateChain: chain, privateKey: key)
  }

  @Test func `a certificate is known by its names and dates`() throws {
    let now = SystemClock.wallMicroseconds() / 1_000_000
    let pair = try TestCertificate("cn", names: ["a.test", "*.b.test"])
    let context = try TLSServerContext(identities: [pair.identity])
    let certificate = try #require(context.certificates.first)
    #expect(certificate.names == ["a.test", "*.b.test"])
    #expect(abs(certificate.notBefore - now) < 3600)
    #expect(certificate.notAfter - certificate.notBefore == 86_400)
    #expect(!context.requiresClientCertificate)
  }

  @Test func `a common name is no name that clients ask for`() throws {
    let nameless = try TestCertificate("cn.test")
    let context = try TLSServerContext(identities: [nameless.identity])
    #expect(context.certificates.map(\.names) == [[]])
  }

  @Test func `what is wrong is told with the file that it is in`() throws {
    let (one, other) = (try TestCertificate("a"), try TestCertificate("b"))
    let good = one.identity
    let cases: [([TLSIdentity], [UInt8]?, TLSServerContext.Part, TLSFailure.Kind)] = [
      ([identity([], one.key)], nil, .certificate(0), .identityUnusable),
      ([identity(one.key, one.key)], nil, .certificate(0), .identityUnusable),
      ([good, identity([1, 2], other.key)], nil, .certificate(1), .identityUnusable),
      ([identity(one.certificate, [])], nil, .privateKey(0), .identityUnusable),
      (
        [good, identity(other.certificate, other.certificate)], nil, .privateKey(1),
        .identityUnusable
      ),
      ([identity(one.certificate, other.key)], nil, .privateKey(0), .keyMismatch),
      ([good], [], .clientAuthorities, .trustUnusable),
      ([good], one.key, .clientAuthorities, .trustUnusable),
    ]
    for (identities, authorities, part, kind) in cases {
      let found = refusal(identities, authorities)
      #expect(found?.part == part)
      #expect(found?.failure.kind == kind, "\(found.map { "\($0)" } ?? "taken")")
    }
  }

  @Test func `a chain that breaks off is refused, wherever it does`() throws {
    let (one, other) = (try TestCertificate("a"), try TestCertificate("b"))
    let whole = one.certificate + other.certificate
    #expect(refusal([identity(whole, one.key)]) == nil)
    // The last line end is not needed, and until the line that begins the second certificate is
    // whole there is nothing that could break off.
    let begin = one.certificate.count + "-----BEGIN CERTIFICATE-----".utf8.count
    for count in begin..<whole.count - 1 {
      let cut = Array(whole[..<count])
      #expect(refusal([identity(cut, one.key)])?.part == .certificate(0), "\(count)")
    }
  }

  @Test func `authorities that break off are refused, wherever they do`() throws {
    let (one, other) = (try TestCertificate("a"), try TestCertificate("b"))
    let whole = one.certificate + other.certificate
    #expect(refusal([one.identity], whole) == nil)
    let begin = one.certificate.count + "-----BEGIN CERTIFICATE-----".utf8.count
    for count in begin..<whole.count - 1 {
      let found = refusal([one.identity], Array(whole[..<count]))
      #expect(found?.part == .clientAuthorities, "\(count)")
      #expect(found?.failure.kind == .trustUnusable)
    }
    // Damage before the last one leaves nothing out either.
    var damaged = whole
    damaged[one.certificate.count / 2] = UInt8(ascii: "!")
    #expect(refusal([one.identity], damaged)?.part == .clientAuthorities)
  }

  @Test func `a key under a passphrase is refused, and nobody is asked`() throws {
    let pair = try TestCertificate(
      "a",
      options: ["-noenc"]
    )
    let encrypted = Subprocess(
      ["openssl", "pkey", "-aes256", "-passout", "pass:secret"],
      input: pair.key
    ).run()
    try #require(encrypted.isSuccess)
    let found = refusal([identity(pair.certificate, encrypted.output)])
    #expect(found?.part == .privateKey(0))
    #expect(found?.failure.kind == .keyEncrypted)
  }

  @Test func `a weak key is refused`() throws {
    let pair = try TestCertificate("a", algorithm: ["rsa:1024"])
    #expect(refusal([pair.identity])?.failure.kind == .certificateWeak)
  }
}
