/// A signature of a request (RFC 9421) that nobody has verified yet.
package struct HTTPSignature: Sendable {
  /// The name under which both header fields have it; the sender's choice.
  package let label: String
  /// What it covers, in its order.
  package let components: [HTTPSignatureComponent]
  package let created: Timestamp?
  package let expires: Timestamp?
  package let keyID: String?
  /// What the sender says; `HTTPSignaturePolicy` says what is believed.
  package let algorithm: String?
  package let nonce: String?
  package let tag: String?
  /// The bytes to verify.
  package let signature: [UInt8]
  /// What they are to be the signature of (RFC 9421, section 2.5).
  package let base: [UInt8]

  /// The signatures of a request with their bases, in the order of `Signature-Input`.
  ///
  /// The two header fields as wholes are refused when they are not of the form, when a label or
  /// parameter is repeated, when a label is in one of them only, and when there are more than
  /// `max` signatures. A single signature that covers what this request does not have, or what
  /// cannot be read here, is passed over, because a proxy may have added it; when no other is
  /// left, the reason is thrown. With a `label`, the other signatures are not looked at.
  package static func all(
    in request: WebhookRequest,
    max: Int,
    label: String? = nil
  ) throws(VerificationError) -> [HTTPSignature] {
    let inputs = try members(of: "Signature-Input", in: request.headers)
    let signatures = try members(of: "Signature", in: request.headers)
    guard inputs.members.count <= max else { throw .malformedHeader(name: "Signature-Input") }
    guard inputs.members.count == signatures.members.count else {
      throw .malformedHeader(name: "Signature")
    }
    var builder = HTTPSignatureBase(request)
    var found: [HTTPSignature] = []
    var refusal: VerificationError?
    for input in inputs.members {
      let candidate = try Candidate(input, signatures[input.key])
      guard label == nil || label == input.key else { continue }
      do throws(VerificationError) {
        found.append(HTTPSignature(candidate, base: try builder.base(of: candidate.input)))
      } catch {
        refusal = refusal ?? error
      }
    }
    guard found.isEmpty else { return found }
    throw refusal ?? .requirementNotMet("no signature of the request has the configured label")
  }

  /// Never empty.
  private static func members(
    of name: String,
    in headers: HeaderFields
  ) throws(VerificationError) -> StructuredDictionary {
    let dictionary = try headers.dictionary(of: name)
    guard !dictionary.members.isEmpty, !dictionary.hasRepetition else {
      throw .malformedHeader(name: name)
    }
    return dictionary
  }

  private init(_ candidate: Candidate, base: [UInt8]) {
    label = candidate.label
    components = candidate.input.components
    created = candidate.parameters.created
    expires = candidate.parameters.expires
    keyID = candidate.parameters.keyID
    algorithm = candidate.parameters.algorithm
    nonce = candidate.parameters.nonce
    tag = candidate.parameters.tag
    signature = candidate.signature
    self.base = base
  }
}

/// The two entries of one label, well-formed.
private struct Candidate {
  let label: String
  let input: HTTPSignatureInput
  let parameters: HTTPSignatureParameters
  let signature: [UInt8]

  init(_ member: StructuredMember, _ other: StructuredMember?) throws(VerificationError) {
    guard let other, case .item(.bytes(let signature)) = other.content, !signature.isEmpty else {
      throw .malformedHeader(name: "Signature")
    }
    guard case .list(let items) = member.content else {
      throw .malformedHeader(name: "Signature-Input")
    }
    label = member.key
    self.signature = signature
    parameters = try HTTPSignatureParameters(member.parameters)
    var components: [HTTPSignatureComponent] = []
    for item in items {
      guard let component = HTTPSignatureComponent(item) else {
        throw .malformedHeader(name: "Signature-Input")
      }
      components.append(component)
    }
    input = HTTPSignatureInput(components: components, parameters: member.parameters)
  }
}

extension HeaderFields {
  /// All lines of a field as one dictionary.
  func dictionary(of name: String) throws(VerificationError) -> StructuredDictionary {
    let lines = valueRanges(of: name)
    guard !lines.isEmpty else { throw .missingHeader(name: name) }
    let size = lines.reduce(0) { $0 + $1.count }
    guard size <= StructuredFields.textBytesMax else { throw .malformedHeader(name: name) }
    do throws(StructuredFieldError) {
      return try StructuredDictionary(parsing: joined(lines).span)
    } catch {
      throw .malformedHeader(name: name)
    }
  }

  /// Several lines of one field are one list (RFC 9110, section 5.3).
  func joined(_ lines: [Range<Int>]) -> [UInt8] {
    Array(lines.map { storage[$0] }.joined(separator: ", ".utf8))
  }
}
