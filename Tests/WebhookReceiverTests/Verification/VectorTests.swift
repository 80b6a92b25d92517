import Testing
import WebhookReceiver

/// Known answers, and the same with one bit of difference.
@Suite struct VectorTests {
  @Test(arguments: Vector.all)
  func `what a provider signed verifies`(vector: Vector) throws {
    let webhook = try vector.verifier(tolerance: nil).verify(vector.request, at: vector.now)
    #expect(webhook.profile == vector.profile.id)
    #expect(webhook.body == vector.body)
    #expect(webhook.secretIndex == 0)
    #expect(webhook.signedBytesDigest == SHA256.digest(vector.body))
  }

  @Test func `every built-in scheme has a vector except Shopify, whose scheme is a subset`() {
    let covered = Set(Vector.all.map(\.profile.id))
    #expect(Set(Profile.catalogue.map(\.id)).subtracting(covered) == ["shopify"])
  }

  @Test(arguments: Vector.all)
  func `every flipped bit of the body is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    for bit in 0..<vector.body.count * 8 {
      var body = vector.body
      body[bit / 8] ^= 1 << UInt8(bit % 8)
      let request = vector.request(headers: vector.headers, body: body)
      #expect(
        verificationError(verifier, request, at: vector.now) == .signatureMismatch,
        "bit \(bit)"
      )
    }
  }

  @Test(arguments: Vector.all)
  func `a byte more or less of the body is refused`(vector: Vector) throws {
    let longer = [vector.body + [0x0a], [0x20] + vector.body, vector.body + vector.body, []]
    for body in longer + [Array(vector.body.dropLast()), Array(vector.body.dropFirst())] {
      #expect(try !vector.verifies(vector.headers, body))
    }
  }

  /// Ids and timestamps that have headers of their own; GitHub and Toss do not sign their ids.
  @Test(arguments: Vector.all)
  func `every flipped bit of a signed header is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    for (index, header) in vector.headers.enumerated() {
      let name = header.name.lowercased()
      guard !name.contains("signature") else { continue }
      for bit in 0..<header.value.utf8.count * 8 {
        let fields = flipped(vector, header: index, bit: bit)
        let request = WebhookRequest(headers: fields, body: vector.body)
        let error = verificationError(verifier, request, at: vector.now)
        #expect(error != nil, "\(name) bit \(bit)")
      }
    }
  }

  @Test(arguments: Vector.all)
  func `every flipped bit of the matching signature is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    let index = try #require(
      vector.headers.firstIndex { $0.name.lowercased().contains("signature") }
    )
    let range = try matchingElement(vector, header: index)
    for bit in range.lowerBound * 8..<range.upperBound * 8 {
      let request = WebhookRequest(
        headers: flipped(vector, header: index, bit: bit),
        body: vector.body
      )
      #expect(verificationError(verifier, request, at: vector.now) != nil, "bit \(bit)")
    }
  }

  @Test func `every flipped bit of Stripe's timestamp is refused`() throws {
    let vector = try #require(Vector.all.first { $0.profile.id == "stripe" })
    #expect(vector.headers[0].value.hasPrefix("t=1492774577,"))
    let verifier = try vector.verifier()
    for bit in 0..<12 * 8 {
      let request = WebhookRequest(
        headers: flipped(vector, header: 0, bit: bit),
        body: vector.body
      )
      #expect(verificationError(verifier, request, at: vector.now) != nil, "bit \(bit)")
    }
  }

  @Test(arguments: Vector.all)
  func `another secret is refused`(vector: Vector) throws {
    let isPublicKey = vector.name == "v1a"
    let usesBase64 = vector.profile.id == "standard-webhooks" || vector.profile.id == "svix"
    let other = isPublicKey ? "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" : "b3RoZXI="
    let verifier = try Verifier(
      profile: vector.profile,
      secrets: [Secret(usesBase64 ? other : "other")],
      tolerance: .seconds(1 << 40)
    )
    #expect(verificationError(verifier, vector.request, at: vector.now) == .signatureMismatch)
  }

  @Test(arguments: Vector.all)
  func `header names have no case`(vector: Vector) throws {
    let upper = vector.headers.map { ($0.name.uppercased(), $0.value) }
    let lower = vector.headers.map { ($0.name.lowercased(), $0.value) }
    #expect(try vector.verifies(upper, vector.body))
    #expect(try vector.verifies(lower, vector.body))
  }

  @Test(arguments: Vector.all)
  func `every header of a vector is needed, and needed once`(vector: Vector) throws {
    let verifier = try vector.verifier()
    for index in vector.headers.indices {
      var headers = vector.headers
      let name = headers[index].name
      headers.append(headers[index])
      let doubled = vector.request(headers: headers, body: vector.body)
      let expected = VerificationError.malformedHeader(name: spelling(of: name, vector.profile))
      #expect(verificationError(verifier, doubled, at: vector.now) == expected)
      headers[index].value = ""
      headers.removeLast()
      let emptied = vector.request(headers: headers, body: vector.body)
      #expect(verificationError(verifier, emptied, at: vector.now) == expected)
      headers.remove(at: index)
      let removed = vector.request(headers: headers, body: vector.body)
      guard case .missingHeader = verificationError(verifier, removed, at: vector.now) else {
        Issue.record("\(name) is not missed")
        continue
      }
    }
  }

  /// The name as the profile spells it.
  private func spelling(of name: String, _ profile: Profile) -> String {
    var names = profile.signature.headers
    if case .headers(let more) = profile.timestamp?.source { names += more }
    for case .header(let more) in profile.message { names += more }
    return names.first { $0.lowercased() == name.lowercased() } ?? name
  }

  private func flipped(_ vector: Vector, header: Int, bit: Int) -> HeaderFields {
    var fields = HeaderFields()
    for (index, field) in vector.headers.enumerated() {
      var value = Array(field.value.utf8)
      if index == header { value[bit / 8] ^= 1 << UInt8(bit % 8) }
      fields.append(name: Array(field.name.utf8), value: value)
    }
    return fields
  }

  /// The byte range of the one element that verifies by itself.
  private func matchingElement(_ vector: Vector, header: Int) throws -> Range<Int> {
    let value = Array(vector.headers[header].value.utf8)
    guard let separator = vector.profile.signature.separator else { return 0..<value.count }
    let elements = value.split(separator: UInt8(ascii: separator))
    let timestamp = elements.first { $0.starts(with: "t=".utf8) }
    var found: [Range<Int>] = []
    for element in elements {
      var headers = vector.headers
      let alone = [timestamp, element].compactMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
      headers[header].value = alone.joined(separator: String(separator))
      let isTimestamp = element.startIndex == timestamp?.startIndex
      if try !isTimestamp && vector.verifies(headers, vector.body) {
        found.append(element.startIndex..<element.endIndex)
      }
    }
    try #require(found.count == 1)
    return found[0]
  }
}
