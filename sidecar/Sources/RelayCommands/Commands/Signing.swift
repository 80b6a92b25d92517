internal import WebhookReceiver

/// What `sign` and `send` share: a profile, a secret, and a new id for every event.
struct Signing: Sendable {
  let profile: Profile
  let secret: Secret
  let parameters: [String: String]
  let type: String?
  /// The address of the endpoint, for schemes that sign it.
  let url: String?
  let method: String

  /// Without the address, the path of a request line that nobody knows would be signed.
  func requireAddress() throws(CommandFailure) {
    guard url == nil, profile.signsURL || profile.signsPath else { return }
    throw .usage(
      "\(profile.id) signs the address that it posts to; give it as the provider knows it, with "
        + "--url https://hooks.example.com/in/\(profile.id)"
    )
  }

  /// The request that the provider would send.
  func request(
    body: [UInt8],
    id: String,
    target: String = "/",
    timestamp: Timestamp
  ) throws(CommandFailure) -> WebhookRequest {
    do throws(SigningError) {
      return try signer.request(event(body, id, target, timestamp))
    } catch {
      throw .usage("cannot sign for \(profile.id): \(error)")
    }
  }

  /// The header fields that the provider would send with this body.
  func headers(
    body: [UInt8],
    id: String,
    timestamp: Timestamp
  ) throws(CommandFailure) -> [(name: String, value: String)] {
    do throws(SigningError) {
      return try signer.headers(event(body, id, "/", timestamp))
    } catch .wholeRequestOnly {
      throw .usage(
        "\(profile.id) has its signature in the body or in the URL; give --whole to print the"
          + " whole request"
      )
    } catch {
      throw .usage("cannot sign for \(profile.id): \(error)")
    }
  }

  /// A body for trying an endpoint out.
  func sampleBody(id: String, number: Int) -> [UInt8] {
    signer.sampleBody(id: id, type: type, number: number)
  }

  /// Says which options a body that was given makes useless.
  func noteUnused(_ arguments: ParsedArguments, _ surroundings: Surroundings) {
    for (option, isPlaced) in [("id", signer.placesID), ("type", signer.placesType)]
    where arguments.has(option) && !isPlaced {
      surroundings.note(
        "--\(option) is not used: \(profile.id) has the \(option) in the body, and the file says it"
      )
    }
  }

  private var signer: Signer {
    Signer(profile, secrets: [secret], parameters: parameters)
  }

  private func event(
    _ body: [UInt8],
    _ id: String,
    _ target: String,
    _ timestamp: Timestamp
  ) -> Signer.Event {
    var event = Signer.Event(body: body, timestamp: timestamp)
    event.id = id
    event.type = type
    event.url = url
    event.method = method
    event.target = target
    return event
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
