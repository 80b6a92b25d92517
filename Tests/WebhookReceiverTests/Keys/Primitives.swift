import Foundation
import Testing

/// Values that providers and RFCs publish (Tests/Fixtures/primitives.json).
struct Primitives: Decodable {
  let id: String
  var expected: String?
  var signature: String?
  var ts: String?
  var body: String?
  var crc32: String?
  var secret: String?
  var plainToken: String?
  var crc_token: String?
  var signed: String?
  var secret_hex: String?

  private enum CodingKeys: CodingKey {
    case id, expected, signature, ts, body, crc32, secret, plainToken, crc_token, signed, secret_hex
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    // Of some entries it is a Boolean, or a number.
    func text(_ key: CodingKeys) -> String? {
      if let text = try? values.decode(String.self, forKey: key) { return text }
      return (try? values.decode(Int64.self, forKey: key)).map { "\($0)" }
    }
    expected = text(.expected)
    signature = text(.signature)
    ts = text(.ts)
    body = text(.body)
    crc32 = text(.crc32)
    secret = text(.secret)
    plainToken = text(.plainToken)
    crc_token = text(.crc_token)
    signed = text(.signed)
    secret_hex = text(.secret_hex)
  }

  static func value(_ id: String) throws -> Primitives {
    let file = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/primitives.json")
    let entries = try JSONDecoder().decode([Primitives].self, from: Data(contentsOf: file))
    return try #require(entries.first { $0.id == id })
  }
}
