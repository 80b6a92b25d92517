extension ContentPart.Extra {
  /// The bytes of this part in one request; a text that holds the delimiter is refused.
  func bytes(
    of request: WebhookRequest,
    _ reader: inout RequestReader,
    _ variant: MessageVariant
  ) throws(VerificationError) -> [UInt8] {
    switch kind {
    case .method: return try Self.checked(request.method, "method", delimiter)
    case .url(let decoding):
      let url = try EndpointURL(of: request).text(variant.url)
      return EndpointURL.decoding(decoding, in: url)
    case .path:
      return try Self.checked(try EndpointURL.signedTarget(of: request), "path", delimiter)
    case .pathEscapingQuery:
      let path = try Self.checked(try EndpointURL.signedTarget(of: request), "path", delimiter)
      return EndpointURL.escapingQuery(of: String(decoding: path, as: UTF8.self))
    case .secret: return []
    case .field(let place, let name, let isOptional):
      guard let text = try Self.text(request, &reader, place, name, isOptional) else { return [] }
      let value = text.slice(of: request)
      try SignedContent.check(value, named: name, isWithout: delimiter)
      return Array(value)
    case .fieldLine(let place, let key, let name, let isOptional):
      guard let text = try Self.text(request, &reader, place, name, isOptional) else { return [] }
      let value = text.slice(of: request)
      try SignedContent.check(value, named: name, isWithout: delimiter)
      return key + [0x0a] + value + [0x0a]
    case .form(let name):
      let place = "form:\(name)"
      guard let fields = try reader.formFields(of: request) else {
        throw .malformedHeader(name: place)
      }
      guard let value = try fields.only(name, place) else { throw .missingHeader(name: place) }
      try SignedContent.check(value[...], named: place, isWithout: delimiter)
      return value
    case .formSorted:
      guard let fields = try reader.formFields(of: request) else {
        throw .malformedHeader(name: "form")
      }
      // The decoded fields are signed: another spelling of them would be other bytes under the
      // same signature.
      guard !fields.hasLowercaseEscapes else {
        throw .requirementNotMet("the form has escapes in lower case, and the sender writes none")
      }
      return fields.sortedText
    case .signedHeaders(let index, let needed):
      return
        try Self.signedHeaders(index, request, reader, needed: needed)
    case .bodyCRC32: return Array("\(CRC32.checksum(request.bodyBytes))".utf8)
    case .bodyDigest(let digest, let encoding):
      return Array(SignatureText.encode(digest.digest(request.bodyBytes), encoding).utf8)
    }
  }

  private static func checked(
    _ text: String,
    _ name: String,
    _ delimiter: [UInt8]
  ) throws(VerificationError) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard !SignedContent.holds(delimiter.span, in: bytes.span) else {
      throw .requirementNotMet(
        "the \(name) of the request holds what stands behind it in the signed message"
      )
    }
    return bytes
  }

  /// More headers than any provider signs.
  private static let signedHeadersMax = 64

  private static func text(
    _ request: WebhookRequest,
    _ reader: inout RequestReader,
    _ place: PlaceReader,
    _ name: String,
    _ isOptional: Bool
  ) throws(VerificationError) -> FoundText? {
    if let text = try reader.text(at: place, of: request) { return text }
    guard isOptional else { throw .missingHeader(name: name) }
    return nil
  }

  /// Whether a name and a colon stand behind a semicolon.
  private static func holdsField(_ value: ArraySlice<UInt8>) -> Bool {
    value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).dropFirst()
      .contains { part in
        guard let colon = part.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return part[..<colon].allSatisfy { ASCII.isToken($0) || ASCII.isBlank($0) }
      }
  }

  /// `name:value` of each header in the list, in the order of the names, with `;` between.
  private static func signedHeaders(
    _ index: Int,
    _ request: WebhookRequest,
    _ reader: borrowing RequestReader,
    needed: [String]
  ) throws(VerificationError) -> [UInt8] {
    let headers = request.headers
    let name = reader.headerName(index)
    guard let range = try reader.header(index, of: request) else {
      throw .missingHeader(name: name)
    }
    guard !range.isEmpty else { throw .malformedHeader(name: name) }
    let list = String(decoding: headers.storage[range], as: UTF8.self)
    let names = list.split(separator: ",").map { part in
      part.drop { $0 == " " }.lowercased()
    }
    guard names.count <= signedHeadersMax, Set(names).count == names.count else {
      throw .malformedHeader(name: name)
    }
    // The list is the sender's: one that leaves itself or the time out lets anybody write them.
    for needed in [name] + needed where !names.contains(needed.lowercased()) {
      throw .requirementNotMet("the header \(needed) is not among the signed ones")
    }
    var text: [UInt8] = []
    for (index, signed) in names.sorted().enumerated() {
      guard let value = try headers.only(signed) else { throw .missingHeader(name: signed) }
      // What looks like the next field would be one to a sender who signs other headers.
      guard !holdsField(headers.storage[value]) else { throw .malformedHeader(name: signed) }
      if index > 0 { text.append(UInt8(ascii: ";")) }
      text += Array(signed.utf8) + [UInt8(ascii: ":")] + headers.storage[value]
    }
    return text
  }
}
