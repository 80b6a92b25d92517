/// What a proxy sends before the first byte of a connection to say for whom it connects: the
/// PROXY protocol, versions 1 and 2 (HAProxy, doc/proxy-protocol.txt).
///
/// It is for connections of trusted proxies alone, and there it is required: a listener that
/// takes it or leaves it lets every client choose its own address.
@nonexhaustive
public enum ProxyHeader {
  /// One end of the connection that the proxy took.
  public struct Endpoint: Sendable, Hashable {
    /// Its address.
    public let address: IPAddress
    /// Its port, of TCP or UDP.
    public let port: UInt16

    /// Names one end.
    public init(address: IPAddress, port: UInt16) {
      self.address = address
      self.port = port
    }
  }

  /// What the bytes so far are.
  @nonexhaustive
  public enum Result: Sendable, Hashable {
    /// The beginning of a header; ask again with more bytes.
    case needMore
    /// A header of `byteCount` bytes. The endpoints are nil where the proxy knows none, or none
    /// with an address; then those of the connection itself hold.
    case parsed(source: Endpoint?, destination: Endpoint?, byteCount: Int)
    /// The proxy speaks for itself, as in a health check; the header has `byteCount` bytes.
    case local(byteCount: Int)
    /// Not a header, whatever follows; close the connection.
    case malformed(Malformation)
  }

  /// Why bytes are not a header.
  @nonexhaustive
  public enum Malformation: Sendable, Hashable {
    /// The connection does not begin with the signature of version 1 or 2.
    case noSignature
    /// There is no end of the line within the length that version 1 allows.
    case lineTooLong
    /// The line names a protocol that version 1 does not know.
    case unknownProtocol
    /// The line has not the four fields that version 1 wants, each after one space.
    case fieldCount
    /// A field is not an address of the family that the line names.
    case badAddress
    /// A field is not a port number.
    case badPort
    /// The binary header is not of version 2.
    case unknownVersion
    /// The command is neither LOCAL nor PROXY.
    case unknownCommand
    /// The family or the transport is none of those that version 2 knows.
    case unknownFamily
    /// The header says that it is longer than `lengthMax`.
    case tooLong
    /// The addresses of the family do not fit into the length.
    case addressesCut
    /// An extension (TLV) ends behind the header.
    case extensionCut
  }

  /// With the end of the line; the longest line that version 1 allows (section 2.1).
  static let lineBytesMax = 107
  /// The longest accepted part behind the 16 fixed bytes of version 2.
  ///
  /// Proxies send a few hundred bytes with a certificate's names. The format allows 64 KiB, which
  /// would be for every connection to claim.
  static let lengthMax = 4096

  /// Of version 2: the signature, command, family and length.
  static let fixedBytes = 16
  /// The longest header of either version; no more bytes are needed to read any.
  package static let bytesMax = fixedBytes + lengthMax
  private static let signatureV1 = Array("PROXY ".utf8)
  private static let signatureV2: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]

  /// Reads the header at the start of the bytes, which may hold more than it.
  ///
  /// A result other than `needMore` does not change with the bytes that follow. At most
  /// 16 + 4096 bytes are ever needed.
  public static func parse(_ bytes: Span<UInt8>) -> Result {
    guard !bytes.isEmpty else { return .needMore }
    let isV2 = bytes[0] == signatureV2[0]
    let signature = isV2 ? signatureV2 : signatureV1
    for index in 0..<min(signature.count, bytes.count) where bytes[index] != signature[index] {
      return .malformed(.noSignature)
    }
    guard bytes.count >= signature.count else { return .needMore }
    return isV2 ? binary(bytes) : line(bytes, from: signature.count)
  }
}

/// Version 1: one line of text.
extension ProxyHeader {
  private static func line(_ bytes: Span<UInt8>, from start: Int) -> Result {
    var end = start
    while true {
      guard end + 2 <= lineBytesMax else { return .malformed(.lineTooLong) }
      guard end + 2 <= bytes.count else { return .needMore }
      if bytes[end] == 0x0d, bytes[end + 1] == 0x0a { break }
      end += 1
    }
    let byteCount = end + 2
    var fields = FieldReader(bytes.extracting(start..<end))
    let isV4: Bool
    switch fields.word() {
    // What follows is to be ignored.
    case .unknown: return .parsed(source: nil, destination: nil, byteCount: byteCount)
    case .tcp4: isV4 = true
    case .tcp6: isV4 = false
    case .other: return .malformed(.unknownProtocol)
    }
    guard fields.spaces == 4 else { return .malformed(.fieldCount) }
    guard let source = fields.address(isV4: isV4), let destination = fields.address(isV4: isV4)
    else { return .malformed(.badAddress) }
    guard let sourcePort = fields.port(), let destinationPort = fields.port() else {
      return .malformed(.badPort)
    }
    return .parsed(
      source: Endpoint(address: source, port: sourcePort),
      destination: Endpoint(address: destination, port: destinationPort),
      byteCount: byteCount
    )
  }
}

/// Version 2: binary.
extension ProxyHeader {
  private static func binary(_ bytes: Span<UInt8>) -> Result {
    guard bytes.count >= fixedBytes else { return .needMore }
    guard bytes[12] >> 4 == 2 else { return .malformed(.unknownVersion) }
    let isLocal = bytes[12] & 0xf == 0
    guard isLocal || bytes[12] & 0xf == 1 else { return .malformed(.unknownCommand) }
    let family = bytes[13] >> 4
    let transport = bytes[13] & 0xf
    // Of LOCAL the family is to be ignored.
    guard isLocal || (family <= 3 && transport <= 2) else { return .malformed(.unknownFamily) }
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    guard length <= lengthMax else { return .malformed(.tooLong) }
    let byteCount = fixedBytes + length
    if isLocal { return bytes.count >= byteCount ? .local(byteCount: byteCount) : .needMore }
    let addressBytes = addressBytes(family: family, transport: transport)
    guard length >= addressBytes else { return .malformed(.addressesCut) }
    guard bytes.count >= byteCount else { return .needMore }
    if addressBytes > 0 {
      let extensions = bytes.extracting(fixedBytes + addressBytes..<byteCount)
      guard areWhole(extensions) else { return .malformed(.extensionCut) }
    }
    let size = addressBytes == 12 ? 4 : 16
    guard addressBytes == 12 || addressBytes == 36 else {
      return .parsed(source: nil, destination: nil, byteCount: byteCount)
    }
    let ports = fixedBytes + 2 * size
    return .parsed(
      source: endpoint(bytes, at: fixedBytes, size: size, portAt: ports),
      destination: endpoint(bytes, at: fixedBytes + size, size: size, portAt: ports + 2),
      byteCount: byteCount
    )
  }

  /// Without a family or a transport nobody knows how long the addresses are.
  static func addressBytes(family: UInt8, transport: UInt8) -> Int {
    transport == 0 ? 0 : [0, 12, 36, 216][Int(family)]
  }

  private static func endpoint(
    _ bytes: Span<UInt8>,
    at start: Int,
    size: Int,
    portAt: Int
  ) -> Endpoint {
    var number: UInt128 = 0
    for index in start..<start + size { number = number << 8 | UInt128(bytes[index]) }
    return Endpoint(
      address: size == 4
        ? IPAddress(v4: UInt32(truncatingIfNeeded: number)) : IPAddress(v6: number),
      port: UInt16(bytes[portAt]) << 8 | UInt16(bytes[portAt + 1])
    )
  }

  /// Of an extension: its type, and its length in two bytes.
  static let extensionHeadBytes = 3

  /// Whether the extensions, each a type, a length of two bytes and a value, end where they must.
  private static func areWhole(_ bytes: Span<UInt8>) -> Bool {
    var position = 0
    while position < bytes.count {
      guard bytes.count - position >= extensionHeadBytes else { return false }
      position += extensionHeadBytes + (Int(bytes[position + 1]) << 8 | Int(bytes[position + 2]))
    }
    return position == bytes.count
  }
}

/// Walks over the fields of a line, which single spaces separate.
private struct FieldReader: ~Escapable {
  enum Word { case tcp4, tcp6, unknown, other }

  private let text: Span<UInt8>
  private var position = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  /// How many spaces are in the whole line.
  var spaces: Int {
    var count = 0
    for index in text.indices where text[index] == UInt8(ascii: " ") { count += 1 }
    return count
  }

  mutating func word() -> Word {
    let range = field()
    let word = String(decoding: range.map { text[$0] }, as: UTF8.self)
    switch word {
    case "TCP4": return .tcp4
    case "TCP6": return .tcp6
    case "UNKNOWN": return .unknown
    default: return .other
    }
  }

  mutating func address(isV4: Bool) -> IPAddress? {
    let range = field()
    var hasColon = false
    for index in range where text[index] == UInt8(ascii: ":") { hasColon = true }
    return hasColon == isV4 ? nil : IPAddress(text.extracting(range))
  }

  /// Digits without a leading zero, up to 65535.
  mutating func port() -> UInt16? {
    let range = field()
    guard (1...5).contains(range.count) else { return nil }
    guard range.count == 1 || text[range.lowerBound] != UInt8(ascii: "0") else { return nil }
    var number = 0
    for index in range {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      number = number * 10 + Int(digit)
    }
    return UInt16(exactly: number)
  }

  /// The field that starts here; goes on behind the space after it.
  private mutating func field() -> Range<Int> {
    let start = position
    while position < text.count, text[position] != UInt8(ascii: " ") { position += 1 }
    let range = start..<position
    if position < text.count { position += 1 }
    return range
  }
}
