/// The fields that decide about the connection and the body, gathered while a head is read.
struct FieldSemantics {
  /// What every reader can count without loss: below 2^53.
  private static let lengthDigitsMax = 15
  /// The longest name of the domain name system.
  private static let hostBytesMax = 255

  private var hosts = 0
  private(set) var host: Range<Int>?
  private var length: Int?
  private var codings = TransferCodings()
  private var options = ConnectionOptions()
  private(set) var expectsContinue = false

  /// Names are told apart by length first: most fields are none of these.
  mutating func take(_ field: RequestHead.Field, in bytes: Span<UInt8>) throws(HTTPError) {
    switch field.name.count {
    case 4 where Words.equals(bytes, field.name, "host"):
      hosts += 1
      guard Self.isHost(bytes, field.value) else {
        throw .badRequest("the Host header is not a host")
      }
      host = field.value
    case 6 where Words.equals(bytes, field.name, "expect"):
      // An expectation other than 100-continue cannot be met (RFC 9110 §10.1.1): 417.
      guard Words.equals(bytes, field.value, "100-continue") else { throw .expectationFailed }
      expectsContinue = true
    case 10 where Words.equals(bytes, field.name, "connection"):
      options.take(field.value, in: bytes)
    case 14 where Words.equals(bytes, field.name, "content-length"):
      try takeLength(bytes, field.value)
    case 17 where Words.equals(bytes, field.name, "transfer-encoding"):
      try codings.take(bytes, field.value)
    default:
      break
    }
  }

  /// Digits and nothing else (RFC 9110 §8.6); a second one must not come, not even an equal one:
  /// what a list of lengths means is for nobody to choose (RFC 9112 §6.3).
  private mutating func takeLength(
    _ bytes: Span<UInt8>,
    _ value: Range<Int>
  ) throws(HTTPError) {
    guard length == nil else { throw .badRequest("Content-Length is given twice") }
    guard !value.isEmpty else { throw .badRequest("Content-Length is not a number") }
    var total = 0
    for index in value {
      guard Words.isDigit(bytes[index]) else {
        throw .badRequest("Content-Length is not a number")
      }
      // Beyond the bound only the rest of the digits is looked at: the sum must not overflow.
      if value.count <= Self.lengthDigitsMax { total = total * 10 + Int(bytes[index] - 0x30) }
    }
    guard value.count <= Self.lengthDigitsMax else { throw .bodyTooLarge }
    length = total
  }

  /// HTTP/1.1 has exactly one Host, and an absolute target repeats it (RFC 9112 §3.2, §3.2.2).
  ///
  /// A server that believed the one and a proxy that believed the other could be played off.
  func checkHost(
    _ version: RequestHead.Version,
    _ form: Target.Form,
    in bytes: Span<UInt8>
  ) throws(HTTPError) {
    guard hosts <= 1 else { throw .badRequest("Host is given twice") }
    guard let host else {
      guard version == .http10 else { throw .badRequest("Host is missing") }
      return
    }
    guard case .absolute(let authority) = form else { return }
    var isSame = authority.count == host.count
    if isSame {
      for offset in 0..<host.count {
        let left = Words.lowercased(bytes[authority.lowerBound + offset])
        let right = Words.lowercased(bytes[host.lowerBound + offset])
        if left != right { isSame = false }
      }
    }
    guard isSame else { throw .badRequest("Host differs from the authority of the target") }
  }

  func framing(_ version: RequestHead.Version) throws(HTTPError) -> RequestHead.Framing {
    guard codings.isPresent else { return length.map { .length($0) } ?? .none }
    // Both at once is how requests are smuggled (RFC 9112 §6.1).
    guard length == nil else {
      throw .badRequest("Content-Length and Transfer-Encoding are given together")
    }
    // A client of HTTP/1.0 cannot mean it (RFC 9112 §6.1).
    guard version == .http11 else {
      throw .badRequest("Transfer-Encoding needs HTTP/1.1")
    }
    try codings.check()
    return .chunked
  }

  func keepsAlive(_ version: RequestHead.Version) -> Bool { options.keepsAlive(version) }

  /// Bytes that a host and port may have (RFC 3986 §3.2.2); an empty Host is allowed.
  ///
  /// `@` is none of them: user information in an authority is an attempt to mislead (RFC 9110
  /// §4.2.4).
  static func isHost(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
    guard value.count <= hostBytesMax else { return false }
    for index in value {
      switch bytes[index] {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: continue
      case 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F, 0x7E, 0x25: continue
      default: return false
      }
    }
    return true
  }
}
