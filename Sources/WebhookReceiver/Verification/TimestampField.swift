/// The text of a request's timestamp: what is signed, and what the time is read from.
struct TimestampField: Sendable {
  /// Where the text is in the headers' storage.
  let range: Range<Int>
  private let header: String
  private let format: Profile.TimestampRule.Format
  private let text: ArraySlice<UInt8>

  /// Nil where the scheme has none.
  init?(
    _ rule: Profile.TimestampRule?,
    _ headers: HeaderFields,
    _ list: SignatureList,
    signatureHeader: String
  ) throws(VerificationError) {
    guard let rule else { return nil }
    switch rule.source {
    case .headers(let names):
      (header, range) = try headers.required(oneOf: names)
    case .signatureElement:
      guard let element = list.timestamp else { throw .malformedHeader(name: signatureHeader) }
      (header, range) = (signatureHeader, element)
    }
    format = rule.format
    text = headers.storage[range]
  }

  /// The time; only the one text per time that its format allows is read.
  func value() throws(VerificationError) -> Timestamp {
    let timestamp: Timestamp?
    switch format {
    case .unixSeconds: timestamp = Timestamp(unixSeconds: text.span)
    case .unixMilliseconds: timestamp = Timestamp(unixMilliseconds: text.span)
    case .rfc3339: timestamp = Timestamp(rfc3339: text.span)
    }
    guard let timestamp else { throw .malformedHeader(name: header) }
    return timestamp
  }
}
