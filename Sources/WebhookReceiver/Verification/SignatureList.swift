/// The signatures of a request, read out of their header.
///
/// An element that cannot be one of the scheme's is passed over and never spoils its neighbours:
/// providers add versions, and receivers that stop at the first surprise lose deliveries.
struct SignatureList: Sendable {
  struct Signature: Sendable {
    let algorithm: Profile.SignatureRule.Algorithm
    let bytes: [UInt8]
  }

  /// Four times what a provider sends in the middle of a rotation.
  ///
  /// More is an attempt to make one request cost much.
  static let elementsMax = 64
  /// The same for those that have to be compared; an Ed25519 one costs a tenth of a millisecond.
  static let signaturesMax = 16

  private(set) var signatures: [Signature] = []
  /// Where the element with the timestamp's name has its value; nil also when there are two.
  private(set) var timestamp: Range<Int>?
  /// Whether the header as a whole is not in the scheme's form.
  private(set) var isMalformed = false

  private let rule: Profile.SignatureRule
  private let codeByteCount: Int
  private let timestampName: String?
  private var hasOtherVersions = false
  private var hasTwoTimestamps = false

  init(_ profile: Profile, in storage: [UInt8], _ range: Range<Int>) {
    rule = profile.signature
    codeByteCount = profile.digest.byteCount
    if case .signatureElement(let name) = profile.timestamp?.source {
      timestampName = name
    } else {
      timestampName = nil
    }
    guard let separator = rule.separator else {
      readElement(storage, range)
      isMalformed = signatures.isEmpty
      return
    }
    var elementCount = 0
    var start = range.lowerBound
    while start <= range.upperBound {
      let end = Self.index(of: separator, in: storage, start..<range.upperBound)
      let element = Self.trimmed(storage, start..<(end ?? range.upperBound))
      start = (end ?? range.upperBound) + 1
      if element.isEmpty { continue }
      elementCount += 1
      guard elementCount <= Self.elementsMax, signatures.count <= Self.signaturesMax else {
        isMalformed = true
        return
      }
      readElement(storage, element)
    }
    let isTooLong = signatures.count > Self.signaturesMax
    // Only versions that this scheme does not know: a matter of signatures, not of form.
    let isEmpty = signatures.isEmpty && !hasOtherVersions
    isMalformed = isTooLong || isEmpty
    if hasTwoTimestamps { timestamp = nil }
  }

  private mutating func readElement(_ storage: [UInt8], _ element: Range<Int>) {
    guard let assignment = rule.assignment else {
      let prefix = rule.prefix.utf8
      guard storage[element].starts(with: prefix), let version = rule.versions.first else { return }
      add(storage, element.dropFirst(prefix.count), version.algorithm)
      return
    }
    // At the first one: base64 may end in more of the same character.
    guard let middle = Self.index(of: assignment, in: storage, element) else { return }
    let name = storage[element.lowerBound..<middle]
    let value = (middle + 1)..<element.upperBound
    if let timestampName, name.elementsEqual(timestampName.utf8) {
      hasTwoTimestamps = timestamp != nil
      timestamp = value
    } else if let version = rule.versions.first(where: { name.elementsEqual($0.name.utf8) }) {
      add(storage, value, version.algorithm)
    } else if !name.isEmpty {
      hasOtherVersions = true
    }
  }

  private mutating func add(
    _ storage: [UInt8],
    _ range: Range<Int>,
    _ algorithm: Profile.SignatureRule.Algorithm
  ) {
    let text = storage.span.extracting(range)
    let decoded: [UInt8]?
    switch rule.encoding {
    case .hex: decoded = Hex.decode(text, lowercaseOnly: true)
    case .base64: decoded = Base64.decode(text)
    }
    let byteCount = algorithm == .hmac ? codeByteCount : Ed25519.signatureByteCount
    guard let decoded, decoded.count == byteCount else { return }
    signatures.append(Signature(algorithm: algorithm, bytes: decoded))
  }

  private static func index(
    of character: Unicode.Scalar,
    in storage: [UInt8],
    _ range: Range<Int>
  ) -> Int? {
    range.first { storage[$0] == UInt8(ascii: character) }
  }

  private static func trimmed(_ storage: [UInt8], _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(storage[start]) { start += 1 }
    while end > start, isBlank(storage[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}
