/// What a signature covers and says about itself: the value of `@signature-params`.
struct HTTPSignatureInput {
  let components: [HTTPSignatureComponent]
  let parameters: [StructuredParameter]

  /// The value in its one text, whatever blanks and escapes the sender used.
  func append(to text: inout [UInt8]) {
    StructuredFieldWriter.append(components.map(\.item), parameters, to: &text)
  }
}

/// Builds the bases of a request's signatures (RFC 9421, section 2.5).
package struct HTTPSignatureBase {
  /// The longest base: room for eight of the longest fields, and a bound for a request that has
  /// many signatures cover the same long one.
  package static let bytesMax = 8 * StructuredFields.textBytesMax

  private let request: WebhookRequest
  // Read once, however many components ask for parts of them.
  private var dictionaries: [String: StructuredDictionary] = [:]
  private var queryParameters: QueryParameters?

  init(_ request: WebhookRequest) {
    self.request = request
  }

  /// The base to sign, and the value of the label's member in `Signature-Input`.
  ///
  /// The request has the header fields that are covered, and the URL that it is sent to.
  package static func base(
    for request: WebhookRequest,
    components: [HTTPSignatureComponent],
    parameters: HTTPSignatureParameters
  ) throws(VerificationError) -> (base: [UInt8], input: String) {
    guard let structured = parameters.structured else {
      throw .requirementNotMet(
        "the parameters of a signature are printable ASCII, its times are "
          + "before the year 10000"
      )
    }
    guard components.count <= StructuredFields.itemsMax else {
      throw .requirementNotMet("a signature covers up to \(StructuredFields.itemsMax) components")
    }
    let input = HTTPSignatureInput(components: components, parameters: structured)
    var builder = HTTPSignatureBase(request)
    let base = try builder.base(of: input)
    var text: [UInt8] = []
    input.append(to: &text)
    return (base, String(decoding: text, as: UTF8.self))
  }

  /// The header fields of one signature; nil when the label is not a key (RFC 9651, section 3.1.2).
  package static func headers(
    label: String,
    input: String,
    signature: [UInt8]
  ) -> [(name: String, value: String)]? {
    guard StructuredFields.isKey(label) else { return nil }
    return [
      ("Signature-Input", "\(label)=\(input)"),
      ("Signature", "\(label)=:\(Base64.encode(signature)):"),
    ]
  }

  mutating func base(of input: HTTPSignatureInput) throws(VerificationError) -> [UInt8] {
    var base: [UInt8] = []
    var seen: Set<HTTPSignatureComponent> = []
    for component in input.components {
      guard seen.insert(component).inserted else { throw .malformedHeader(name: "Signature-Input") }
      let source = try component.source()
      base.append(contentsOf: component.description.utf8)
      base.append(contentsOf: ": ".utf8)
      try appendValue(of: source, component.name, to: &base)
      base.append(UInt8(ascii: "\n"))
      guard base.count <= Self.bytesMax else { throw .malformedHeader(name: "Signature-Input") }
    }
    base.append(contentsOf: "\"@signature-params\": ".utf8)
    input.append(to: &base)
    return base
  }

  private mutating func appendValue(
    of source: HTTPSignatureComponent.Source,
    _ name: String,
    to base: inout [UInt8]
  ) throws(VerificationError) {
    switch source {
    case .method:
      guard !request.method.isEmpty, request.method.utf8.allSatisfy(ASCII.isToken)
      else { throw .requirementNotMet("the signature covers the method, which is not a word") }
      base.append(contentsOf: request.method.utf8)
    case .scheme: base.append(contentsOf: try RequestAddress(request.url).scheme.utf8)
    case .authority: base.append(contentsOf: try RequestAddress(request.url).authority.utf8)
    case .path: base.append(contentsOf: try path())
    case .targetURI:
      base.append(contentsOf: try RequestAddress(request.url).origin.utf8)
      try appendTarget(to: &base)
    case .requestTarget: try appendTarget(to: &base)
    case .query:
      base.append(UInt8(ascii: "?"))
      base.append(contentsOf: try RequestTarget(request.target).query ?? Substring().utf8)
    case .queryParameter(let parameter):
      base.append(contentsOf: try knownQueryParameters().value(of: parameter))
    case .field(let form): try appendField(name, form, to: &base)
    }
  }

  private mutating func knownQueryParameters() throws(VerificationError) -> QueryParameters {
    if let queryParameters { return queryParameters }
    let query = try RequestTarget(request.target).query
    let parameters = try QueryParameters(query ?? Substring().utf8)
    queryParameters = parameters
    return parameters
  }

  /// The path that the sender wrote is the configured one; where none is, a proxy that changes
  /// paths is not to be expected.
  private func path() throws(VerificationError) -> [UInt8] {
    let received = try RequestTarget(request.target)
    return request.url == nil
      ? Array(received.path) : Array(try RequestAddress(request.url).path.utf8)
  }

  private func appendTarget(to base: inout [UInt8]) throws(VerificationError) {
    base.append(contentsOf: try path())
    guard let query = try RequestTarget(request.target).query else { return }
    base.append(UInt8(ascii: "?"))
    base.append(contentsOf: query)
  }

  /// The values of a field have lost the blanks around them (RFC 9421, section 2.1).
  private mutating func appendField(
    _ name: String,
    _ form: HTTPSignatureComponent.Form,
    to base: inout [UInt8]
  ) throws(VerificationError) {
    let lines = request.headers.valueRanges(of: name)
    guard !lines.isEmpty else { throw .missingHeader(name: name) }
    let size = lines.reduce(0) { $0 + $1.count }
    guard size <= Self.bytesMax else { throw .malformedHeader(name: name) }
    let value = request.headers.joined(lines)
    // A line break would let a value forge lines of the base.
    let mayBeBinary = form == .lines
    let isClean = value.allSatisfy {
      $0 == 0x09 || $0 >= 0x20 && $0 <= 0x7e || mayBeBinary && $0 >= 0x80
    }
    guard isClean else { throw .malformedHeader(name: name) }
    switch form {
    case .joined: base.append(contentsOf: value)
    case .lines:
      for (index, line) in lines.enumerated() {
        if index > 0 { base.append(contentsOf: ", ".utf8) }
        StructuredFieldWriter.append(.bytes(Array(request.headers.storage[line])), to: &base)
      }
    case .structured: StructuredFieldWriter.append(try unambiguous(name), to: &base)
    case .member(let key):
      guard let member = try dictionary(name)[key] else {
        throw .requirementNotMet("the signature covers a member of a header that is not there")
      }
      StructuredFieldWriter.appendValue(of: member, to: &base)
    }
  }

  /// The field as a dictionary, where the text would be the same as a list or an item.
  ///
  /// The field's type is not known here, and without a repeated key the three do not differ.
  private mutating func unambiguous(
    _ name: String
  ) throws(VerificationError) -> StructuredDictionary {
    let dictionary = try? dictionary(name)
    guard let dictionary, !dictionary.hasRepetition else {
      throw .requirementNotMet(
        "the signature covers a header with the parameter sf that is not a dictionary of integers, "
          + "strings, tokens, byte sequences and booleans without repetitions"
      )
    }
    return dictionary
  }

  private mutating func dictionary(
    _ name: String
  ) throws(VerificationError) -> StructuredDictionary {
    if let known = dictionaries[name] { return known }
    let dictionary = try request.headers.dictionary(of: name)
    dictionaries[name] = dictionary
    return dictionary
  }
}
