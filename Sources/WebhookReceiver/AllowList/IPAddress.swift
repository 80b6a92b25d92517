/// An IPv4 or IPv6 address.
///
/// An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address: a dual-stack socket
/// reports one for the other, and an allow-list must not see two senders where there is one.
public struct IPAddress: Sendable, Hashable {
  enum Value: Sendable, Hashable {
    case v4(UInt32)
    /// Never in ::ffff:0:0/96.
    case v6(UInt128)
  }

  let value: Value

  init(v4 number: UInt32) {
    value = .v4(number)
  }

  init(v6 number: UInt128) {
    let isMapped = number >> 32 == 0xffff
    value = isMapped ? .v4(UInt32(truncatingIfNeeded: number)) : .v6(number)
  }

  /// Reads an address in its usual text form, strictly.
  ///
  /// IPv4 is four decimal numbers without leading zeros (which some systems read as octal).
  /// IPv6 may shorten with `::` and end in an IPv4 address. Brackets, zones, ports and blanks
  /// are refused.
  public init?(_ text: String) {
    self.init(text.utf8.span)
  }

  /// Reads an address from bytes of text.
  package init?(_ text: Span<UInt8>) {
    guard text.count <= AddressReader.textBytesMax else { return nil }
    var reader = AddressReader(text)
    if let number = reader.v4() {
      guard reader.isAtEnd else { return nil }
      self.init(v4: number)
      return
    }
    reader = AddressReader(text)
    guard let number = reader.v6(), reader.isAtEnd else { return nil }
    self.init(v6: number)
  }

  /// Makes an address of the 4 or 16 bytes that a socket reports, in network order.
  package init?(bytes: [UInt8]) {
    switch bytes.count {
    case 4: self.init(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case 16: self.init(v6: bytes.reduce(0) { $0 << 8 | UInt128($1) })
    default: return nil
    }
  }

  /// The 4 or 16 bytes of the address, in network order.
  package var bytes: [UInt8] {
    switch value {
    case .v4(let number): (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - $0 * 8)) }
    case .v6(let number): (0..<16).map { UInt8(truncatingIfNeeded: number >> (120 - $0 * 8)) }
    }
  }

  /// Whether this is an IPv4 address.
  public var isV4: Bool {
    if case .v4 = value { true } else { false }
  }

  /// Whether the address is this machine's own: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    switch value {
    case .v4(let number): number >> 24 == 127
    case .v6(let number): number == 1
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// The address as RFC 5952 writes it: lower case, the longest run of zeros shortened.
  public var description: String {
    switch value {
    case .v4(let number):
      [24, 16, 8, 0].map { String(number >> $0 & 0xff) }.joined(separator: ".")
    case .v6(let number):
      Self.text(groups: (0..<8).map { UInt16(truncatingIfNeeded: number >> (112 - $0 * 16)) })
    }
  }

  private static func text(groups: [UInt16]) -> String {
    var longest = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start > longest.count { longest = start..<end }
      start = end + 1
    }
    let texts = groups.map { String($0, radix: 16) }
    // A single zero group is written out (RFC 5952, section 4.2.2).
    guard longest.count >= 2 else { return texts.joined(separator: ":") }
    return texts[..<longest.lowerBound].joined(separator: ":") + "::"
      + texts[longest.upperBound...].joined(separator: ":")
  }
}

/// Walks over the text of an address.
private struct AddressReader: ~Escapable {
  /// Eight groups of four with colons, the last two in decimal: the longest form there is.
  static let textBytesMax = 45

  private let text: Span<UInt8>
  private var position = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  var isAtEnd: Bool { position == text.count }

  mutating func v4() -> UInt32? {
    var number: UInt32 = 0
    for index in 0..<4 {
      if index > 0 {
        guard take(".") else { return nil }
      }
      guard let octet = octet() else { return nil }
      number = number << 8 | octet
    }
    return number
  }

  /// Groups before `::` are counted from the front, groups after it from the back.
  mutating func v6() -> UInt128? {
    var groups: UInt128 = 0
    var count = 0
    var countBeforeGap: Int?
    if take(":") {
      guard take(":") else { return nil }
      countBeforeGap = 0
    }
    while !isAtEnd {
      // A group must follow a single colon, and nothing follows `::` at the end.
      let start = position
      if count <= 6, let embedded = v4() {
        groups = groups << 32 | UInt128(embedded)
        count += 2
        break
      }
      position = start
      guard count < 8, let group = group() else { return nil }
      groups = groups << 16 | UInt128(group)
      count += 1
      guard !isAtEnd else { break }
      guard take(":"), !isAtEnd else { return nil }
      if take(":") {
        guard countBeforeGap == nil else { return nil }
        countBeforeGap = count
      }
    }
    guard let countBeforeGap else { return count == 8 ? groups : nil }
    // `::` stands for at least one group of zeros.
    guard count <= 7 else { return nil }
    let tailBits = (count - countBeforeGap) * 16
    let tail = tailBits == 0 ? 0 : groups & (UInt128.max >> (128 - tailBits))
    let head = countBeforeGap == 0 ? 0 : (groups >> tailBits) << (128 - countBeforeGap * 16)
    return head | tail
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func octet() -> UInt32? {
    let start = position
    var value: UInt32 = 0
    while position < text.count, position - start < 3 {
      let digit = text[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      value = value * 10 + UInt32(digit)
      position += 1
    }
    guard position > start, value <= 255 else { return nil }
    guard position - start == 1 || text[start] != UInt8(ascii: "0") else { return nil }
    return value
  }

  private mutating func group() -> UInt16? {
    let start = position
    var value: UInt16 = 0
    while position < text.count, position - start < 4, let digit = Hex.value(of: text[position]) {
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return position > start ? value : nil
  }
}
