import Foundation
import Testing
import WebhookReceiver

/// A request that a provider, or its published test, has signed.
struct Vector: Sendable, CustomTestStringConvertible {
  let profile: Profile
  let name: String
  let method: String
  let url: String
  let headers: [(name: String, value: String)]
  let body: [UInt8]
  let secrets: [Secret]
  let now: Timestamp

  var testDescription: String { "\(profile.id)/\(name)" }

  var request: WebhookRequest { request(headers: headers, body: body) }

  func request(headers: [(name: String, value: String)], body: [UInt8]) -> WebhookRequest {
    WebhookRequest(
      method: method,
      target: target,
      headers: HeaderFields(headers.map { ($0.name, $0.value) }),
      body: body,
      url: url
    )
  }

  /// Path and query of the URL: what stands in the request line.
  var target: String {
    let path = url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
    return path.isEmpty ? "/" : String(path)
  }

  /// A verifier that lets every time pass, so that only the signature can refuse.
  func verifier(tolerance: Duration? = .seconds(1 << 40)) throws -> Verifier {
    try Verifier(profile: profile, secrets: secrets, tolerance: tolerance)
  }

  func verifies(_ headers: [(name: String, value: String)], _ body: [UInt8]) throws -> Bool {
    let request = request(headers: headers, body: body)
    return (try? verifier().verify(request, at: now)) != nil
  }

  /// The vectors of the built-in profiles.
  static let all: [Vector] = {
    let fixtures = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/requests.json")
    do {
      let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: fixtures))
      return try entries.map(Vector.init)
    } catch {
      preconditionFailure("Tests/Fixtures/requests.json cannot be read: \(error)")
    }
  }()

  private struct Entry: Decodable {
    let profile: String
    let vector: String
    let method: String
    let url: String
    let headers: [[String]]
    let body_base64: Data
    let secrets: [String]
    let now: Int64?
  }

  private init(_ entry: Entry) throws {
    profile = try #require(Profile.named(entry.profile))
    name = entry.vector
    method = entry.method
    url = entry.url
    headers = entry.headers.map { ($0[0], $0[1]) }
    body = Array(entry.body_base64)
    secrets = try entry.secrets.map { (text) throws in try Secret(text) }
    now = Timestamp(seconds: entry.now ?? 1_767_323_045)
  }
}

/// HMAC-SHA-256 as RFC 2104 writes it: a second opinion on what the engine computes.
enum ReferenceHMAC {
  static func code(key: [UInt8], message: [UInt8]) -> [UInt8] {
    let key = key.count > 64 ? SHA256.digest(key) : key
    let block = key + Array(repeating: 0, count: 64 - key.count)
    let inner = SHA256.digest(block.map { $0 ^ 0x36 } + message)
    return SHA256.digest(block.map { $0 ^ 0x5c } + inner)
  }
}

/// The error that the verifier gives, or nil when it accepts.
func verificationError(
  _ verifier: Verifier,
  _ request: WebhookRequest,
  at now: Timestamp
) -> VerificationError? {
  let error = caught { () throws(VerificationError) in try verifier.verify(request, at: now) }
  let engine = caught { () throws(VerificationError) in
    try verifier.verifyByEngine(request, at: now)
  }
  #expect(error == engine, "the engine alone says something else")
  return error
}

private func caught(
  _ verify: () throws(VerificationError) -> VerifiedWebhook
) -> VerificationError? {
  do throws(VerificationError) {
    _ = try verify()
    return nil
  } catch {
    return error
  }
}
