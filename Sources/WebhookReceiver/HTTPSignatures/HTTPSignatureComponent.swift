/// The identifier of a part of a request that a signature covers (RFC 9421, section 2).
///
/// Two are equal when their names and parameters are, in whatever order the parameters stand.
package struct HTTPSignatureComponent: Sendable {
  /// A field's name in lower case, or `@` and the name of a derived component.
  package let name: String
  package let parameters: [StructuredParameter]

  package init(_ name: String, _ parameters: [StructuredParameter] = []) {
    self.name = name
    self.parameters = parameters
  }

  /// Reads what people write: `content-digest`, or `"@query-param";name="id"` as in the header.
  package init?(parsing text: String) {
    let name = text.utf8.first == UInt8(ascii: "\"") ? text : "\"\(text)\""
    let member = Array("c=(\(name))".utf8)
    guard let dictionary = try? StructuredDictionary(parsing: member.span),
      !dictionary.hasRepetition, dictionary.members.count == 1,
      let member = dictionary["c"], member.parameters.isEmpty,
      case .list(let items) = member.content, items.count == 1,
      let component = HTTPSignatureComponent(items[0])
    else { return nil }
    self = component
    guard (try? source()) != nil else { return nil }
  }

  /// Nil when the item is not a string.
  init?(_ item: StructuredItem) {
    guard case .string(let name) = item.value else { return nil }
    self.init(name, item.parameters)
  }

  var item: StructuredItem { StructuredItem(.string(name), parameters) }

  /// Whether this covers all of what `other` asks for.
  ///
  /// A whole field is covered in each of its three forms; `key` covers a part of it.
  func covers(_ other: HTTPSignatureComponent) -> Bool {
    if self == other { return true }
    guard name == other.name, other.parameters.isEmpty, parameters.count == 1 else { return false }
    return parameters[0].key == "sf" || parameters[0].key == "bs"
  }
}

extension HTTPSignatureComponent: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && Set(left.parameters) == Set(right.parameters)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(Set(parameters))
  }
}

extension HTTPSignatureComponent: CustomStringConvertible {
  /// The identifier as it stands in the header.
  package var description: String {
    var text: [UInt8] = []
    StructuredFieldWriter.append(.string(name), to: &text)
    StructuredFieldWriter.append(parameters, to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}

/// Where the value of a component comes from.
extension HTTPSignatureComponent {
  enum Source: Equatable {
    case method, targetURI, authority, scheme, requestTarget, path, query
    case queryParameter(String)
    case field(Form)
  }

  /// The form in which a field's value is covered (RFC 9421, section 2.1).
  enum Form: Equatable {
    /// Its lines, joined.
    case joined
    /// Written anew as the structured field that it is.
    case structured
    /// One member of a dictionary.
    case member(String)
    /// Each line on its own.
    case lines
  }

  /// Names of header fields are a fraction of this; errors repeat them.
  static let nameBytesMax = 128

  /// The source, or the refusal of an identifier that no request can have or that nobody knows.
  func source() throws(VerificationError) -> Source {
    guard !name.isEmpty, name.utf8.count <= Self.nameBytesMax else { throw Self.malformed }
    if name == "@query-param" {
      guard parameters.count == 1, parameters[0].key == "name",
        case .string(let parameter) = parameters[0].value
      else { throw Self.malformed }
      return .queryParameter(parameter)
    }
    if name.utf8.first == UInt8(ascii: "@") {
      guard parameters.isEmpty, let source = Self.derived[name] else { throw Self.malformed }
      return source
    }
    // A name in upper case would be a second identifier for the same field.
    let isFieldName = name.utf8.allSatisfy {
      ASCII.isToken($0) && !($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z"))
    }
    guard isFieldName else { throw Self.malformed }
    return .field(try form())
  }

  /// Without `@status`, which is of responses; `@signature-params` must not be covered.
  private static let derived: [String: Source] = [
    "@method": .method, "@target-uri": .targetURI, "@authority": .authority, "@scheme": .scheme,
    "@request-target": .requestTarget, "@path": .path, "@query": .query,
  ]

  private static var malformed: VerificationError { .malformedHeader(name: "Signature-Input") }

  private func form() throws(VerificationError) -> Form {
    var form = Form.joined
    for parameter in parameters {
      switch (parameter.key, parameter.value) {
      case ("tr", .boolean(true)):
        throw .requirementNotMet("the signature covers a trailer field, and those are not read")
      case ("sf", .boolean(true)):
        // `key` says the same and more.
        if form == .joined { form = .structured } else if form == .lines { throw Self.malformed }
      case ("key", .string(let key)):
        guard form != .lines else { throw Self.malformed }
        form = .member(key)
      case ("bs", .boolean(true)):
        guard form == .joined else { throw Self.malformed }
        form = .lines
      default:
        // `req` is of responses; what nobody knows may change what is covered.
        throw Self.malformed
      }
    }
    return form
  }
}
