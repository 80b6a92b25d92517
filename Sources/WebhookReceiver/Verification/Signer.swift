/// Signs as a provider does: for tests, tools, and hops of one's own.
package enum Signer {
  /// The header fields that a provider would send with this body.
  ///
  /// `id` and `type` go into the headers where the provider has such; one that it sends inside the
  /// body is not put there. Without an `id` a random one is sent. `url` is for schemes that sign
  /// the address of the endpoint.
  package static func sign(
    profile: Profile,
    secret: Secret,
    body: [UInt8],
    id: String?,
    timestamp: Timestamp,
    url: String? = nil,
    type: String? = nil
  ) throws(SigningError) -> [(name: String, value: String)] {
    try sign(
      profile: profile,
      secrets: [secret],
      body: body,
      id: id,
      timestamp: timestamp,
      url: url,
      type: type
    )
  }

  /// As with one secret, with a signature of each: what a provider sends during a rotation.
  package static func sign(
    profile: Profile,
    secrets: [Secret],
    body: [UInt8],
    id: String?,
    timestamp: Timestamp,
    url: String? = nil,
    type: String? = nil
  ) throws(SigningError) -> [(name: String, value: String)] {
    guard !secrets.isEmpty else { throw .keyUnusable(.noSecrets) }
    guard secrets.count == 1 || profile.signature.separator != nil else {
      throw .oneSignatureOnly(profile: profile.id)
    }
    var fields = try eventFields(profile, id: id, type: type)
    let time = profile.timestamp.map { Self.text(of: timestamp, $0.format) }
    if let time, case .headers(let names) = profile.timestamp?.source, let name = names.first {
      fields.append((name, time))
    }
    let headers = HeaderFields(fields.map { ($0.name, $0.value) })
    let content: SignedContent
    do throws(VerificationError) {
      content = try SignedContent(
        profile.message,
        headers: headers,
        timestamp: time.map { .literal(Array($0.utf8)) }
      )
    } catch {
      throw .unsendable(error)
    }
    var elements: [String] = []
    if let time, case .signatureElement(let name) = profile.timestamp?.source {
      elements.append(name + Self.text(profile.signature.assignment) + time)
    }
    for (index, secret) in secrets.enumerated() {
      elements.append(try element(profile, secret, index, content, headers, body))
    }
    let separator = Self.text(profile.signature.separator)
    fields.append((profile.signature.headers[0], elements.joined(separator: separator)))
    return fields
  }

  /// Id and type, in the first header that the profile reads them from.
  private static func eventFields(
    _ profile: Profile,
    id: String?,
    type: String?
  ) throws(SigningError) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    if let name = headerName(profile.idPlaces) { fields.append((name, id ?? randomID())) }
    if let name = headerName(profile.typePlaces) {
      fields.append((name, type ?? profile.sampleType))
    }
    // What a verifier would refuse is refused here, where it can still be mended.
    do throws(VerificationError) {
      _ = try EventFacts(profile, headers: HeaderFields(fields.map { ($0.name, $0.value) }))
    } catch {
      throw .unsendable(error)
    }
    return fields
  }

  private static func headerName(_ places: [Profile.Place]) -> String? {
    guard case .header(let name)? = places.first else { return nil }
    return name
  }

  /// One signature as it stands in the header.
  private static func element(
    _ profile: Profile,
    _ secret: Secret,
    _ index: Int,
    _ content: SignedContent,
    _ headers: HeaderFields,
    _ body: [UInt8]
  ) throws(SigningError) -> String {
    let material: KeyMaterial
    do throws(VerifierError) {
      material = try KeyMaterial(secret, rule: profile.key, index: index)
    } catch {
      throw .keyUnusable(error)
    }
    let algorithm: Profile.SignatureRule.Algorithm
    let signature: [UInt8]?
    switch material {
    case .symmetric(let bytes):
      algorithm = .hmac
      signature = AuthenticationKey(bytes, digest: profile.digest)
        .flatMap { content.code(under: $0, headers: headers, body: body) }
    case .privateKey(let seed):
      algorithm = .ed25519
      let message = content.joined(headers: headers, body: body)
      signature = seed.withBytes { seed in
        Ed25519.PrivateKey(seed: seed)?.signature(of: message.span)
      }
    case .publicKey:
      let expected = "private key, \(profile.key.privateKeyPrefix ?? "")…"
      throw .keyUnusable(.wrongKeyHalf(index: index, expected: expected))
    }
    guard let signature else {
      throw .keyUnusable(.digestUnavailable(profile.digest.rawValue))
    }
    let text =
      profile.signature.encoding == .hex ? Hex.encode(signature) : Base64.encode(signature)
    guard let assignment = profile.signature.assignment else {
      return profile.signature.prefix + text
    }
    let version = profile.signature.versions.first { $0.algorithm == algorithm }
    return (version?.name ?? "") + Self.text(assignment) + text
  }

  private static func text(_ separator: Unicode.Scalar?) -> String {
    separator.map { String($0) } ?? ""
  }

  private static func text(
    of timestamp: Timestamp,
    _ format: Profile.TimestampRule.Format
  ) -> String {
    switch format {
    case .unixSeconds: String(timestamp.seconds)
    case .unixMilliseconds: String(timestamp.microseconds / 1000)
    case .rfc3339: timestamp.rfc3339
    }
  }

  /// A UUID of 122 random bits, which every provider's receivers take for an id.
  private static func randomID() -> String {
    var generator = SystemRandomNumberGenerator()
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Hex.encode(bytes)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }
}

/// Why a webhook cannot be signed.
@nonexhaustive
public enum SigningError: Error, Equatable, Sendable {
  /// The secret is not one of this provider's.
  case keyUnusable(VerifierError)
  /// A receiver would refuse what was asked for: an id that is too long, for instance.
  case unsendable(VerificationError)
  /// The provider sends one signature, and more than one secret was given.
  case oneSignatureOnly(profile: String)
}

extension SigningError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .keyUnusable(let error): error.description
    case .unsendable(let error):
      switch error {
      case .malformedHeader(let name):
        "the value for \(name) cannot be sent; give a short printable one, without the character "
          + "that the scheme puts behind it"
      default: error.description
      }
    case .oneSignatureOnly(let profile):
      "\(profile) sends one signature a request; sign with one secret"
    }
  }
}
