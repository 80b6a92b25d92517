import Testing
import WebhookReceiver

@Suite struct ProxyHeaderTests {
  private static let signature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]
  private static let v4: [UInt8] = [203, 0, 113, 9, 10, 0, 0, 1, 0xdc, 0x04, 0x01, 0xbb]
  private static let v6: [UInt8] =
    [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
    + [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [2]
    + [0xff, 0xff, 0x00, 0x50]

  /// A header of version 2 with the length of its rest, or another one.
  static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil)
    -> [UInt8]
  {
    let length = length ?? rest.count
    return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xff)] + rest
  }

  private static func endpoint(_ text: String, _ port: UInt16) -> ProxyHeader.Endpoint? {
    IPAddress(text).map { ProxyHeader.Endpoint(address: $0, port: port) }
  }

  /// The line, and the two ends it names.
  private static let lines: [(String, String, UInt16, String, UInt16)] = [
    ("PROXY TCP4 203.0.113.9 10.0.0.1 56324 443\r\n", "203.0.113.9", 56324, "10.0.0.1", 443),
    ("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255", 65535, "0.0.0.0", 0),
    ("PROXY TCP6 2001:db8::1 2001:DB8::2 1 80\r\n", "2001:db8::1", 1, "2001:db8::2", 80),
    ("PROXY TCP6 ::ffff:203.0.113.9 ::1 1 80\r\n", "203.0.113.9", 1, "::1", 80),
  ]
  private static let binaries: [([UInt8], ProxyHeader.Result)] = [
    (
      binary(0x21, 0x11, v4),
      .parsed(
        source: endpoint("203.0.113.9", 56324),
        destination: endpoint("10.0.0.1", 443),
        byteCount: 28
      )
    ),
    (
      binary(0x21, 0x12, v4 + [0x01, 0, 2, 0x68, 0x32, 0x04, 0, 0]),
      .parsed(
        source: endpoint("203.0.113.9", 56324),
        destination: endpoint("10.0.0.1", 443),
        byteCount: 36
      )
    ),
    (
      binary(0x21, 0x21, v6),
      .parsed(
        source: endpoint("2001:db8::1", 65535),
        destination: endpoint("2001:db8::2", 80),
        byteCount: 52
      )
    ),
  ]
  private static let withoutAddress: [[UInt8]] = [
    Array("PROXY UNKNOWN\r\n".utf8),
    Array("PROXY UNKNOWN ffff::1 what\never\r 6 5\r\n".utf8),
    Array(("PROXY UNKNOWN " + String(repeating: "f", count: 91) + "\r\n").utf8),
    binary(0x21, 0x00, []), binary(0x21, 0x00, [1, 2, 3]), binary(0x21, 0x10, [1]),
    binary(0x21, 0x01, [1, 0, 0]), binary(0x21, 0x31, [UInt8](repeating: 7, count: 216)),
    binary(0x21, 0x32, [UInt8](repeating: 7, count: 216) + [4, 0, 1, 0]),
    binary(0x21, 0x00, [UInt8](repeating: 7, count: 4096)),
  ]
  private static let local: [[UInt8]] = [
    binary(0x20, 0x00, []), binary(0x20, 0x11, v4), binary(0x20, 0xff, [1, 2, 3, 4]),
  ]
  private static let badLines: [(String, ProxyHeader.Malformation)] = [
    ("GET / HTTP/1.1\r\n", .noSignature), ("proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n", .noSignature),
    ("PROXY\r\n", .noSignature), ("\r\n\r\nGET", .noSignature), ("\0", .noSignature),
    ("PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n", .unknownProtocol), ("PROXY \r\n", .unknownProtocol),
    ("PROXY tcp4 1.1.1.1 1.1.1.1 1 1\r\n", .unknownProtocol),
    ("PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n", .unknownProtocol),
    ("PROXY TCP4\r\n", .fieldCount), ("PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n", .fieldCount),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n", .fieldCount),
    ("PROXY TCP4 1.1.1.1  1.1.1.1 1 1\r\n", .fieldCount),
    ("PROXY TCP4 1.1.1.1  1 1\r\n", .badAddress),
    ("PROXY TCP4 01.1.1.1 1.1.1.1 1 1\r\n", .badAddress),
    ("PROXY TCP4 ::1 ::1 1 1\r\n", .badAddress),
    ("PROXY TCP4 1.1.1.1 ::1 1 1\r\n", .badAddress),
    ("PROXY TCP4 ::ffff:1.1.1.1 1.1.1.1 1 1\r\n", .badAddress),
    ("PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n", .badAddress),
    ("PROXY TCP6 [::1] ::1 1 1\r\n", .badAddress),
    ("PROXY TCP6 fe80::1%1 ::1 1 1\r\n", .badAddress),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n", .badPort),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 1 01\r\n", .badPort),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 +1 1\r\n", .badPort),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n\r\n", .badPort),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\r\n", .badPort),
    ("PROXY TCP4 1.1.1.1 1.1.1.1  1\r\n", .badPort),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 100000 1\r\n", .badPort),
    ("PROXY UNKNOWN " + String(repeating: "f", count: 92) + "\r\n", .lineTooLong),
    ("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n" + String(repeating: "x", count: 100), .lineTooLong),
  ]
  private static let badBinaries: [([UInt8], ProxyHeader.Malformation)] = [
    (binary(0x11, 0x11, v4), .unknownVersion), (binary(0x31, 0x11, v4), .unknownVersion),
    (binary(0x22, 0x11, v4), .unknownCommand), (binary(0x2f, 0x11, v4), .unknownCommand),
    (binary(0x21, 0x41, v4), .unknownFamily), (binary(0x21, 0x13, v4), .unknownFamily),
    (binary(0x21, 0x00, [], length: 4097), .tooLong),
    (binary(0x20, 0x00, [], length: 65535), .tooLong),
    (binary(0x21, 0x11, Array(v4.dropLast())), .addressesCut),
    (binary(0x21, 0x21, v4), .addressesCut), (binary(0x21, 0x31, v6), .addressesCut),
    (binary(0x21, 0x11, []), .addressesCut),
    (binary(0x21, 0x11, v4 + [1]), .extensionCut),
    (binary(0x21, 0x11, v4 + [1, 0]), .extensionCut),
    (binary(0x21, 0x11, v4 + [1, 0, 2, 0]), .extensionCut),
    (binary(0x21, 0x21, v6 + [3, 0, 4, 1, 2, 3, 4, 1]), .extensionCut),
    (binary(0x21, 0x31, [UInt8](repeating: 7, count: 216) + [1, 0xff, 0xff]), .extensionCut),
  ]

  static let good: [(bytes: [UInt8], result: ProxyHeader.Result)] = {
    var good = binaries
    for (line, source, sourcePort, destination, destinationPort) in lines {
      let result = ProxyHeader.Result.parsed(
        source: endpoint(source, sourcePort),
        destination: endpoint(destination, destinationPort),
        byteCount: line.utf8.count
      )
      good.append((Array(line.utf8), result))
    }
    for bytes in withoutAddress {
      good.append((bytes, .parsed(source: nil, destination: nil, byteCount: bytes.count)))
    }
    for bytes in local { good.append((bytes, .local(byteCount: bytes.count))) }
    return good.map { (bytes: $0.0, result: $0.1) }
  }()

  static let bad: [(bytes: [UInt8], reason: ProxyHeader.Malformation)] =
    badLines.map { (bytes: Array($0.0.utf8), reason: $0.1) }
    + badBinaries.map { (bytes: $0.0, reason: $0.1) }

  @Test(arguments: good.indices)
  func `a header is read, and nothing behind it`(index: Int) {
    let (bytes, expected) = Self.good[index]
    for rest in ["", "GET / HTTP/1.1\r\n\r\n", "\r\n"] {
      let received = bytes + Array(rest.utf8)
      let result = ProxyHeader.parse(received.span)
      #expect(result == expected)
    }
  }

  @Test(arguments: bad.indices)
  func `anything else is refused with its reason`(index: Int) {
    let (bytes, reason) = Self.bad[index]
    let result = ProxyHeader.parse(bytes.span)
    #expect(result == .malformed(reason))
  }

  @Test func `however the bytes are split, the result is the same`() {
    for bytes in Self.good.map(\.bytes) + Self.bad.map(\.bytes) {
      let whole = ProxyHeader.parse(bytes.span)
      var isDecided = false
      for count in 0...bytes.count {
        let part = ProxyHeader.parse(bytes.span.extracting(0..<count))
        // One look at the whole beginning, or one after every byte: first nothing, then the end.
        #expect(part == .needMore ? !isDecided : part == whole)
        isDecided = part != .needMore
      }
      #expect(isDecided)
    }
  }

  @Test(arguments: bad.indices)
  func `every reason says what to do`(index: Int) {
    #expect(Self.bad[index].reason.description.contains("; "))
  }

  @Test func `a checksum is found where it is one, and nowhere else`() {
    let sum: [UInt8] = [0x03, 0, 4, 1, 2, 3, 4]
    let headers: [([UInt8], Range<Int>?)] = [
      (Self.binary(0x21, 0x11, Self.v4 + sum), 31..<35),
      (Self.binary(0x21, 0x11, Self.v4 + [0x01, 0, 2, 0x03, 0] + sum), 36..<40),
      (Self.binary(0x21, 0x21, Self.v6 + sum + sum), 55..<59),
      (Self.binary(0x21, 0x11, Self.v4 + [0x03, 0, 1, 9]), 31..<32),
      (Self.binary(0x21, 0x11, Self.v4), nil),
      (Self.binary(0x21, 0x11, Self.v4 + [0x04, 0, 4, 3, 0, 4, 1]), nil),
      // Of LOCAL, and where no addresses are, nobody knows what the bytes are.
      (Self.binary(0x20, 0x11, Self.v4 + sum), nil), (Self.binary(0x21, 0x00, sum), nil),
      (Array("PROXY UNKNOWN \u{3}\r\n".utf8), nil),
    ]
    for (bytes, expected) in headers {
      let found = ProxyHeader.checksumRange(in: bytes.span)
      #expect(found == expected, "\(bytes)")
    }
  }

  @Test func `a good header is complete with its last byte and not before`() {
    for (bytes, _) in Self.good {
      let part = ProxyHeader.parse(bytes.span.extracting(0..<bytes.count - 1))
      #expect(part == .needMore)
    }
  }
}
