internal import WebhookReceiver

/// What `sign` and `send` share: a profile, a secret, and a new id for every event.
struct Signing: Sendable {
  let profile: Profile
  let secret: Secret
  let type: String?

  func headers(
    body: [UInt8],
    id: String,
    timestamp: Timestamp
  ) throws(CommandFailure) -> [(name: String, value: String)] {
    let signed: [(name: String, value: String)]
    do {
      signed = try Signer.sign(
        profile: profile,
        secret: secret,
        body: body,
        id: id,
        timestamp: timestamp,
        url: nil,
        type: type
      )
    } catch {
      throw .usage("cannot sign for \(profile.id): \(error)")
    }
    return signed
  }

  /// 128 random bits, in the alphabet every provider's ids share; the version and variant bits of a
  /// UUID are set because GitHub's and Shopify's ids are UUIDs.
  func newID(_ randomBytes: (Int) -> [UInt8]) -> String {
    var bytes = randomBytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += byte < 16 ? "0" : ""
      text += String(byte, radix: 16)
    }
    return text
  }
}
