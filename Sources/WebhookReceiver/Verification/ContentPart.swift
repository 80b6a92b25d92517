/// A part of a message made ready: numbers alone, so that nothing is counted as it is looked at.
enum ContentPart: Sendable {
  /// A part of the plan's literals.
  case literal(Range<Int>)
  case body
  case timestamp
  /// The first of these of the plan's header names that is present; there must be one.
  case header(Range<Int>, delimiter: Range<Int>)
  /// What has to be worked out for each request: an index of the plan's extras.
  case extra(Int)

  /// What has to be worked out, which may not hold the delimiter; that is empty when none follows.
  struct Extra: Sendable {
    let kind: Kind
    let delimiter: [UInt8]
  }

  enum Kind: Sendable {
    case method
    case url(decoding: [String])
    case path
    case pathEscapingQuery
    case secret
    case field(PlaceReader, name: String, isOptional: Bool)
    case fieldLine(PlaceReader, key: [UInt8], name: String, isOptional: Bool)
    case form(String)
    case formSorted
    /// The index of the header that lists them, and those that must be in the list.
    case signedHeaders(Int, needed: [String])
    case bodyCRC32
    case bodyDigest(Digest, Profile.SignatureRule.Encoding)
  }
}
