/// The parameters of a query as signatures name them (RFC 9421, section 2.2.8).
///
/// They are decoded as a form's (`+` is a space) and encoded anew, so that every spelling of a
/// parameter has one text.
struct QueryParameters {
  private enum Entry {
    case once([UInt8])
    case repeated
    case notText
  }

  /// The longest query whose parameters are told apart: more than that no webhook's URL has.
  static let queryBytesMax = 8192

  private var entries: [[UInt8]: Entry] = [:]

  init(_ query: some BidirectionalCollection<UInt8>) throws(VerificationError) {
    guard query.count <= Self.queryBytesMax else {
      throw .requirementNotMet("the signature covers a parameter of a query that is too long")
    }
    for pair in query.split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      // A name that is not text has no identifier.
      guard let name = Self.canonical(pair[..<equals]) else { continue }
      if entries[name] != nil {
        entries[name] = .repeated
      } else {
        let value = equals == pair.endIndex ? [] : Self.canonical(pair[equals...].dropFirst())
        entries[name] = value.map { .once($0) } ?? .notText
      }
    }
  }

  /// The encoded value of the parameter whose encoded name this is.
  func value(of name: String) throws(VerificationError) -> [UInt8] {
    switch entries[Array(name.utf8)] {
    case .once(let value): return value
    case .repeated:
      throw .requirementNotMet("the signature covers a query parameter that occurs more than once")
    case .notText:
      throw .requirementNotMet("the signature covers a query parameter that is not UTF-8")
    case nil:
      throw .requirementNotMet("the signature covers a query parameter that is not there")
    }
  }

  /// Decoded and encoded; nil when the bytes are not UTF-8, because a reader that is to replace
  /// what is not would give many values one text.
  private static func canonical(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    var index = text.startIndex
    while index != text.endIndex {
      let byte = text[index]
      index = text.index(after: index)
      if byte == UInt8(ascii: "%"), let value = hexPair(text[index...]) {
        decoded.append(value)
        text.formIndex(&index, offsetBy: 2)
      } else {
        decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    guard String(validating: decoded, as: UTF8.self) != nil else { return nil }
    var encoded: [UInt8] = []
    for byte in decoded {
      if isPlain(byte) {
        encoded.append(byte)
      } else {
        encoded.append(contentsOf: [
          UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
        ])
      }
    }
    return encoded
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  /// What the percent-encode set of forms leaves as it is (WHATWG URL, section 1.3).
  private static func isPlain(_ byte: UInt8) -> Bool {
    ASCII.isLetter(byte) || ASCII.isDigit(byte) || "*-._".utf8.contains(byte)
  }

  private static func hexPair(_ text: some Collection<UInt8>) -> UInt8? {
    let pair = Array(text.prefix(2))
    guard pair.count == 2, let high = Hex.value(of: pair[0]), let low = Hex.value(of: pair[1])
    else { return nil }
    return high << 4 | low
  }
}
