import Testing
import WebhookReceiver

/// RFC 9530, with its values and those of RFC 9421.
@Suite struct ContentDigestTests {
  private static let body = "{\"hello\": \"world\"}"
  private static let sha256 = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
  private static let sha512 = SignedRequest.digest
  private static let malformed = VerificationError.malformedHeader(name: "Content-Digest")

  private static func error(
    _ values: [String],
    body: String = body
  ) -> VerificationError? {
    let request = WebhookRequest(
      headers: HeaderFields(values.map { ("content-digest", $0) }),
      body: Array(body.utf8)
    )
    return SignedRequest.error { () throws(VerificationError) in
      try ContentDigest.check(request)
    }
  }

  @Test(arguments: [
    [sha256], [sha512], ["\(sha256), \(sha512)"], [sha512, sha256], ["\(sha256),\t\(sha512)"],
    ["md5=:AAAA:, \(sha256)"], ["id-sha-256=1, \(sha256), x=(a b)"], ["\(sha256);x=1"],
  ])
  func `the digest of the body is accepted`(values: [String]) {
    #expect(Self.error(values) == nil)
  }

  @Test(arguments: [
    [sha256], [sha512], ["\(sha256), \(sha512)"],
  ])
  func `the digest of another body is refused`(values: [String]) {
    for body in ["", "{\"hello\": \"world\"}\n", "{\"hello\": \"World\"}"] {
      #expect(Self.error(values, body: body) == .bodyDigestMismatch)
    }
  }

  @Test func `every known digest has to be right`() {
    let wrong = Self.sha256.replacing("X48E", with: "X48F")
    #expect(Self.error([wrong]) == .bodyDigestMismatch)
    #expect(Self.error(["\(wrong), \(Self.sha512)"]) == .bodyDigestMismatch)
    #expect(Self.error(["\(Self.sha512), \(wrong)"]) == .bodyDigestMismatch)
    #expect(Self.error(["sha-256=:X48E:"]) == .bodyDigestMismatch)
    #expect(Self.error(["sha-256=::"]) == .bodyDigestMismatch)
  }

  @Test(arguments: [
    "", "sha-256", "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
    "sha-256=\"X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\"",
    "SHA-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
    "sha-256=(:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:)",
    "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE:",
    "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPF=:",
    "md5=:AAAA:", "sha-384=:AAAA:", "\(sha256), \(sha256)", "\(sha256),", "sha-256=1, \(sha512)",
  ])
  func `what is not a digest is refused, and none that is known`(value: String) {
    #expect(Self.error([value]) == Self.malformed)
  }

  @Test func `the header has to be there`() {
    #expect(Self.error([]) == .missingHeader(name: "Content-Digest"))
  }

  @Test(arguments: [
    ("rfc9530-sha256-nolf", "{\"hello\": \"world\"}", ContentDigest.Algorithm.sha256),
    ("rfc9530-sha256-lf", "{\"hello\": \"world\"}\n", .sha256),
    ("rfc9421-digest-req", "{\"hello\": \"world\"}", .sha512),
    ("rfc9421-digest-resp", "{\"message\": \"good dog\"}", .sha512),
  ])
  func `the values are the published ones`(
    id: String,
    body: String,
    algorithm: ContentDigest.Algorithm
  ) throws {
    let expected = try #require(try SignedRequest.primitive(id).expected)
    let value = ContentDigest.value(of: Array(body.utf8), algorithms: [algorithm])
    // Some entries are the whole value, some the digest alone.
    #expect(value == expected || value == "sha-256=:\(expected):")
    #expect(Self.error([value], body: body) == nil)
  }

  @Test func `the value of both algorithms verifies`() {
    let value = ContentDigest.value(
      of: Array(Self.body.utf8),
      algorithms: ContentDigest.Algorithm.allCases
    )
    #expect(value == "\(Self.sha256), \(Self.sha512)")
    #expect(ContentDigest.value(of: Array(Self.body.utf8)) == Self.sha256)
    let empty = ContentDigest.value(of: [])
    #expect(Self.error([empty], body: "") == nil)
  }
}
