/// The addresses that share a prefix: `192.0.2.0/24`, `2001:db8::/32`, or a single address.
public struct AddressBlock: Sendable, Hashable {
  /// The first address of the block.
  public let address: IPAddress
  /// How many leading bits every address of the block shares with the first.
  public let prefixLength: Int

  /// Reads a block in CIDR notation; an address alone is the block that holds just it.
  ///
  /// The bits behind the prefix must be zero: `192.0.2.1/24` is either a mistyped address or a
  /// mistyped length, and guessing would let in whom nobody meant.
  ///
  /// - Throws: what is wrong with the text, and what to write.
  public init(_ text: String) throws(AddressBlockError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let written = parts.first, let address = IPAddress(String(written)) else {
      throw AddressBlockError.notAnAddress(Excerpt.of(text))
    }
    // A v4 address in v6 form has the bits of its v6 prefix in front: ::ffff:10.0.0.0/104.
    let isMapped = address.isV4 && written.utf8.contains(UInt8(ascii: ":"))
    let writtenMax = address.isV4 && !isMapped ? 32 : 128
    var length = writtenMax
    if parts.count == 2 {
      guard let number = Self.length(parts[1]), number <= writtenMax else {
        throw AddressBlockError.prefixOutOfRange(Excerpt.of(text), max: writtenMax)
      }
      length = number
    }
    if isMapped {
      guard length >= 96 else {
        throw AddressBlockError.notAnAddress(Excerpt.of(text))
      }
      length -= 96
    }
    self.prefixLength = length
    switch address.value {
    case .v4(let number): self.address = IPAddress(v4: number & ~Self.hostBits32(length))
    case .v6(let number):
      // Never an IPv4 address by the mask: a cut above bit 96 clears a bit that those have set.
      self.address = IPAddress(v6: number & ~Self.hostBits128(length))
    }
    guard self.address == address else {
      throw AddressBlockError.hostBitsSet(Excerpt.of(text), block: description)
    }
  }

  /// Whether the address lies in the block; an IPv6 block holds no IPv4 address.
  public func contains(_ other: IPAddress) -> Bool {
    switch (address.value, other.value) {
    case (.v4(let first), .v4(let number)): number & ~Self.hostBits32(prefixLength) == first
    case (.v6(let first), .v6(let number)): number & ~Self.hostBits128(prefixLength) == first
    default: false
    }
  }

  static func hostBits32(_ prefixLength: Int) -> UInt32 {
    prefixLength >= 32 ? 0 : UInt32.max >> UInt32(prefixLength)
  }

  static func hostBits128(_ prefixLength: Int) -> UInt128 {
    prefixLength >= 128 ? 0 : UInt128.max >> UInt128(prefixLength)
  }

  private static func length(_ text: Substring) -> Int? {
    guard text.utf8.count <= 3, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      return nil
    }
    guard text == "0" || text.utf8.first != UInt8(ascii: "0") else { return nil }
    return Int(text)
  }
}

extension AddressBlock: CustomStringConvertible {
  /// The block in CIDR notation.
  public var description: String { "\(address)/\(prefixLength)" }
}

/// What is wrong with a list of address blocks.
@nonexhaustive
public enum AddressBlockError: Error, Equatable, Sendable {
  /// The text is not an IPv4 or IPv6 address or block.
  case notAnAddress(String)
  /// The part behind the slash is not a length that fits the address.
  case prefixOutOfRange(String, max: Int)
  /// The address has bits behind the prefix; `block` is the block it lies in.
  case hostBitsSet(String, block: String)
}

extension AddressBlockError: CustomStringConvertible {
  /// What is wrong, and what to write instead.
  public var description: String {
    switch self {
    case .notAnAddress(let text):
      "\"\(text)\" is not an address block; write one like 192.0.2.0/24 or 2001:db8::/32"
    case .prefixOutOfRange(let text, let max):
      "the length in \"\(text)\" is not a number from 0 to \(max); "
        + "write the number of leading bits that the block shares"
    case .hostBitsSet(let text, let block):
      "\"\(text)\" has bits behind its prefix; write \"\(block)\" for the block, "
        + "or leave out the length for the one address"
    }
  }
}
