import Testing
import WebhookReceiver

/// Known answers, and the same with one bit of difference.
@Suite struct VectorTests {
  @Test func `all vectors are there`() {
    #expect(Vector.all.count == 26)
    #expect(Set(Vector.all.map(\.profile.id)).count == 22)
  }

  @Test(arguments: Vector.all)
  func `what a provider signed verifies`(vector: Vector) throws {
    let webhook = try vector.verifier(tolerance: nil).verify(vector.request, at: vector.now)
    #expect(webhook.profile == vector.profile.id)
    #expect(webhook.body == vector.body)
    #expect(webhook.secretIndex == 0)
  }

  /// Mailgun signs its time and token alone: nothing else of the body is under the signature.
  @Test(arguments: Vector.all)
  func `every flipped bit of the body is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    let signed =
      vector.profile.id == "mailgun"
      ? try signatureBytes(of: vector.body) : Array(vector.body.indices)
    for bit in signed.flatMap({ $0 * 8..<$0 * 8 + 8 }) {
      var body = vector.body
      body[bit / 8] ^= 1 << UInt8(bit % 8)
      let request = vector.request(headers: vector.headers, body: body)
      #expect(verificationError(verifier, request, at: vector.now) != nil, "bit \(bit)")
    }
  }

  /// The bytes of the three values in Mailgun's `signature`.
  private func signatureBytes(of body: [UInt8]) throws -> [Int] {
    var bytes: [Int] = []
    for name in ["timestamp", "token", "signature"] {
      let pattern = try JSONPattern("/signature/\(name)")
      guard case .all(let hits)? = JSONScanner.matches(of: pattern, in: body.span, max: 1) else {
        continue
      }
      bytes += hits.flatMap { Array($0.range) }
    }
    try #require(bytes.count > 64)
    return bytes
  }

  @Test(arguments: Vector.all.filter { $0.profile.id != "mailgun" })
  func `a byte more or less of the body is refused`(vector: Vector) throws {
    var others = [vector.body + [0x0a], [0x20] + vector.body]
    if !vector.body.isEmpty {
      others += [vector.body + vector.body, []]
      others += [Array(vector.body.dropLast()), Array(vector.body.dropFirst())]
    }
    for body in others { #expect(try !vector.verifies(vector.headers, body)) }
  }

  /// Ids, times and versions in headers of their own.
  ///
  /// What the provider does not sign is left out: GitHub's and Box's ids.
  @Test(arguments: Vector.all)
  func `every flipped bit of a signed header is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    let unsigned = ["x-github-delivery", "x-github-event", "box-delivery-id"]
    for (index, header) in vector.headers.enumerated() {
      let name = header.name.lowercased()
      let isSignature = name.contains("signature") && !name.contains("signature-")
      guard !isSignature, !unsigned.contains(name) else { continue }
      for bit in 0..<header.value.utf8.count * 8 {
        var request = vector.request
        request.headers = flipped(vector, header: index, bit: bit)
        let error = verificationError(verifier, request, at: vector.now)
        #expect(error != nil, "\(name) bit \(bit)")
      }
    }
  }

  @Test(arguments: Vector.all)
  func `every flipped bit of the matching signature is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    for index in vector.headers.indices {
      guard let range = try matchingElement(vector, header: index) else { continue }
      for bit in range.lowerBound * 8..<range.upperBound * 8 {
        var request = vector.request
        request.headers = flipped(vector, header: index, bit: bit)
        #expect(verificationError(verifier, request, at: vector.now) != nil, "bit \(bit)")
      }
    }
  }

  @Test(arguments: Vector.all.filter { $0.profile.signatureScheme?.signsURL == true })
  func `every flipped bit of a signed URL is refused`(vector: Vector) throws {
    let verifier = try vector.verifier()
    // The URL gives the path, and the request adds its query alone.
    let path = String(vector.target.prefix { $0 != "?" })
    try flipBits(of: String(vector.target.dropFirst(path.count))) { query in
      // The question mark that is gone makes another path of the query.
      guard query.hasPrefix("?") else { return }
      var request = vector.request
      request.target = path + query
      #expect(verificationError(verifier, request, at: vector.now) != nil, "\(query)")
    }
    // Contentful does not sign scheme and host.
    let signsAll = vector.profile.signatureScheme?.message.contains(.url) == true
    let fixed = signsAll ? "" : String(vector.url.dropLast(vector.target.count))
    try flipBits(of: String(vector.url.dropFirst(fixed.count))) { rest in
      var request = vector.request
      request.url = fixed + rest
      #expect(verificationError(verifier, request, at: vector.now) != nil, "\(rest)")
    }
  }

  /// Texts with one bit of difference, those that are no UTF-8 left out: no request line has them.
  private func flipBits(of text: String, _ body: (String) throws -> Void) throws {
    for bit in 0..<text.utf8.count * 8 {
      var bytes = Array(text.utf8)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      if let other = String(validating: bytes, as: UTF8.self) { try body(other) }
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
    var other = "b3RoZXI="
    if isPublicKey { other = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" }
    if vector.profile.key.encoding == .hex { other = "0a0b0c0d" }
    if let count = vector.profile.key.byteCount { other = String(repeating: "b", count: count) }
    let verifier = try Verifier(
      profile: vector.profile,
      secrets: [Secret(other)],
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
  func `a header that is looked at is needed, and needed once`(vector: Vector) throws {
    let verifier = try vector.verifier()
    for index in vector.headers.indices {
      let name = vector.headers[index].name
      var headers = vector.headers
      headers.remove(at: index)
      let removed = vector.request(headers: headers, body: vector.body)
      guard let error = verificationError(verifier, removed, at: vector.now) else { continue }
      switch error {
      case .missingHeader, .signatureMismatch: break
      default: Issue.record("\(name) is not missed: \(error)")
      }
      headers = vector.headers + [vector.headers[index]]
      let doubled = vector.request(headers: headers, body: vector.body)
      let refusal = verificationError(verifier, doubled, at: vector.now)
      guard case .malformedHeader(let named) = refusal else {
        Issue.record("\(name) twice: \(String(describing: refusal))")
        continue
      }
      #expect(named.lowercased() == name.lowercased())
    }
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

  /// The byte range of the one element of a header without which nothing verifies; nil: none.
  private func matchingElement(_ vector: Vector, header: Int) throws -> Range<Int>? {
    guard let rule = vector.profile.signatureScheme?.signature else { return nil }
    let name = vector.headers[header].name.lowercased()
    let isPlace = rule.places.contains { $0.description.lowercased() == "header:\(name)" }
    guard isPlace else { return nil }
    let value = Array(vector.headers[header].value.utf8)
    guard let separator = rule.separator else {
      var headers = vector.headers
      headers[header].value = "x"
      return try vector.verifies(headers, vector.body) ? nil : 0..<value.count
    }
    let elements = value.split(separator: UInt8(ascii: separator))
    let time = elements.first { $0.starts(with: "t=".utf8) || $0.starts(with: "ts=".utf8) }
    var found: [Range<Int>] = []
    for element in elements {
      var headers = vector.headers
      let alone = [time, element].compactMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
      headers[header].value = alone.joined(separator: String(separator))
      let isTime = element.startIndex == time?.startIndex
      if try !isTime && vector.verifies(headers, vector.body) {
        found.append(element.startIndex..<element.endIndex)
      }
    }
    try #require(found.count == 1)
    return found[0]
  }
}

extension Profile.SignatureScheme {
  /// Whether the address of the endpoint, or a part of it, is under the signature.
  var signsURL: Bool {
    message.contains { [.url, .path, .pathEscapingQuery].contains($0) }
  }
}
