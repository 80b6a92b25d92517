import RelayServer
import RelaySystem
import WebhookReceiver

/// PROXY headers as proxies send them, and as none does.
enum ProxySamples {
  static let signature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]
  static let v4: [UInt8] = [203, 0, 113, 9, 10, 0, 0, 1, 0xdc, 0x04, 0x01, 0xbb]
  private static let v6: [UInt8] =
    [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
    + [UInt8](repeating: 0, count: 15) + [1, 0xff, 0xff, 0x00, 0x50]

  static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8]) -> [UInt8] {
    signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 0xff)] + rest
  }

  /// A header of a v4 client whose checksum is right, or off by these bits.
  static func checked(flipping bits: UInt32 = 0, after extensions: [UInt8] = []) -> [UInt8] {
    let rest = v4 + extensions + [0x03, 0, 4, 0, 0, 0, 0, 0x04, 0, 2, 7, 7]
    var bytes = binary(0x21, 0x11, rest)
    let sum = crc32c(bytes.span) ^ bits
    let place = 16 + v4.count + extensions.count + 3
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
    return bytes
  }

  static func client(_ text: String, _ port: UInt16) -> ProxyPreamble.Sender {
    IPAddress(text).map { .client(ProxyHeader.Endpoint(address: $0, port: port)) } ?? .unknown
  }

  private static let longest = String(repeating: "f", count: 91)

  static let good: [(bytes: [UInt8], sender: ProxyPreamble.Sender)] = lines + binaries

  private static let lines: [(bytes: [UInt8], sender: ProxyPreamble.Sender)] = [
    (line("TCP4 203.0.113.9 10.0.0.1 56324 443"), client("203.0.113.9", 56324)),
    (line("TCP6 2001:db8::1 ::1 65535 80"), client("2001:db8::1", 65535)),
    (line("UNKNOWN"), .unknown), (line("UNKNOWN \(longest)"), .unknown),
  ]

  private static let binaries: [(bytes: [UInt8], sender: ProxyPreamble.Sender)] = {
    let named = client("203.0.113.9", 56324)
    let alpn: [UInt8] = [0x04, 0, 3, 1, 2, 3]
    let path = [UInt8](repeating: 7, count: 216)
    return [
      (binary(0x21, 0x11, v4), named), (binary(0x21, 0x11, v4 + alpn), named),
      (binary(0x21, 0x21, v6), client("2001:db8::1", 65535)),
      (binary(0x21, 0x00, [1, 2, 3]), .unknown), (binary(0x21, 0x31, path), .unknown),
      (binary(0x20, 0x00, []), .proxy), (binary(0x20, 0x11, v4), .proxy),
      (checked(), named), (checked(after: [0x02, 0, 1, 0x61]), named),
    ]
  }()

  static let bad: [(bytes: [UInt8], refusal: ProxyRefusal)] = badLines + badBinaries

  private static let badLines: [(bytes: [UInt8], refusal: ProxyRefusal)] = [
    (Array("POST /in/github HTTP/1.1\r\n".utf8), .malformed(.noSignature)),
    // The first bytes of a TLS ClientHello.
    ([0x16, 0x03, 0x01, 0x02, 0x00, 0x01], .malformed(.noSignature)),
    (line("TCP4 203.0.113.9 10.0.0.1 1 99999"), .malformed(.badPort)),
    (line("UNKNOWN \(longest)f"), .malformed(.lineTooLong)),
  ]

  private static let badBinaries: [(bytes: [UInt8], refusal: ProxyRefusal)] = {
    let longer: [UInt8] = [0x21, 0x11, 0xff, 0xff]
    // A checksum of another length is none.
    let short: [UInt8] = [0x03, 0, 2, 0, 0]
    let empty: [UInt8] = [0x03, 0, 0]
    return [
      (signature + longer, .malformed(.tooLong)),
      (binary(0x21, 0x11, [1, 2]), .malformed(.addressesCut)),
      (checked(flipping: 1), .checksum), (checked(flipping: 0x8000_0000), .checksum),
      (binary(0x21, 0x11, v4 + short), .checksum), (binary(0x21, 0x11, v4 + empty), .checksum),
    ]
  }()

  private static func line(_ text: String) -> [UInt8] { Array("PROXY \(text)\r\n".utf8) }
}

extension ProxyPreamble {
  /// What comes of bytes that arrive in these pieces: the sender or the refusal, and how many bytes
  /// were taken; nil while more is needed.
  static func outcome(of pieces: [[UInt8]]) -> (step: Step, taken: Int)? {
    var preamble = ProxyPreamble()
    var taken = 0
    for piece in pieces {
      let step = preamble.take(piece.span)
      switch step {
      case .needMore: taken += piece.count
      case .complete(_, let count): return (step, taken + count)
      case .refused: return (step, taken)
      }
    }
    return nil
  }
}
