import Foundation
import Testing
import WebhookReceiver

/// The request of RFC 9421, appendix B.2.
enum SignedRequest {
  static let digest =
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXv"
    + "Jwew==:"

  static let headers = [
    ("Host", "example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Digest", digest),
    ("Content-Length", "18"),
  ]

  static func make(_ more: [(String, String)] = []) -> WebhookRequest {
    WebhookRequest(
      target: "/foo?param=Value&Pet=dog",
      headers: HeaderFields(headers + more),
      body: Array("{\"hello\": \"world\"}".utf8),
      url: "https://example.com/foo"
    )
  }

  /// With one signature, whose bytes do not matter.
  static func make(
    input: String,
    headers: [(String, String)],
    target: String = "/",
    url: String? = "https://example.com/"
  ) -> WebhookRequest {
    let signature = [("Signature-Input", input), ("Signature", "sig=:AAAA:")]
    return WebhookRequest(
      target: target,
      headers: HeaderFields(headers + signature),
      body: [],
      url: url
    )
  }

  /// The lines of the base but the last.
  static func lines(
    _ components: String,
    headers: [(String, String)] = [],
    target: String = "/",
    url: String? = "https://example.com/"
  ) throws(VerificationError) -> [String] {
    let request = make(input: "sig=(\(components))", headers: headers, target: target, url: url)
    let base = try HTTPSignature.all(in: request, max: 1)[0].base
    return String(decoding: base, as: UTF8.self).split(separator: "\n").dropLast().map(String.init)
  }

  /// The error that a reading gives, or nil when it is accepted.
  static func error<Result>(
    _ body: () throws(VerificationError) -> Result
  ) -> VerificationError? {
    do throws(VerificationError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  /// An entry of the file of published values.
  struct Primitive: Decodable {
    let id: String
    let expected: String?
    let signature_base: String?

    enum CodingKeys: CodingKey { case id, expected, signature_base }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      id = try container.decode(String.self, forKey: .id)
      // Of some entries it is a Boolean.
      expected = try? container.decode(String.self, forKey: .expected)
      signature_base = try container.decodeIfPresent(String.self, forKey: .signature_base)
    }
  }

  static func primitive(_ id: String) throws -> Primitive {
    let file = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/primitives.json")
    let entries = try JSONDecoder().decode([Primitive].self, from: Data(contentsOf: file))
    return try #require(entries.first { $0.id == id })
  }
}
