/// Why a feed of addresses is not taken.
///
/// `entry` counts from 1: the line of a text, or the place in the list.
@nonexhaustive
public enum AddressFeedError: Error, Equatable, Sendable {
  /// The document has more than `bytesMax` bytes.
  case tooLong(bytesMax: Int)
  /// The document is not JSON, from this byte on.
  case notJSON(at: Int, reason: String)
  /// There is no array under this path (RFC 6901).
  case noList(path: String)
  /// An entry has not the form of this feed's entries.
  case unknownEntry(entry: Int)
  /// An entry is not an address or block.
  case notABlock(entry: Int, AddressBlockError)
  /// An entry is a block with a prefix shorter than `prefixLengthMin`.
  case tooWide(entry: Int, block: String, prefixLengthMin: Int)
  /// An entry overlaps addresses that are not of the public Internet.
  case notPublic(entry: Int, block: String)
  /// The list has more than `max` blocks.
  case tooManyBlocks(max: Int)
  /// The blocks together are more than an eighth of the Internet.
  case tooManyAddresses
  /// The list has no entry that is wanted.
  case empty
}

extension AddressFeedError: CustomStringConvertible {
  /// What is wrong, and where.
  public var description: String {
    switch self {
    case .tooLong(let bytesMax):
      "the feed has more than \(bytesMax) bytes; check its URL"
    case .notJSON(let offset, let reason):
      "the feed is not JSON, byte \(offset): \(reason)"
    case .noList(let path):
      "the feed has no array under \"\(path)\"; check its URL and its shape"
    case .unknownEntry(let entry):
      "entry \(entry) of the feed has not the form of the others; check the feed's shape"
    case .notABlock(let entry, let error):
      "entry \(entry) of the feed: \(error)"
    case .tooWide(let entry, let block, let prefixLengthMin):
      "entry \(entry) of the feed, \(block), is wider than /\(prefixLengthMin); "
        + "no provider has so many addresses"
    case .notPublic(let entry, let block):
      "entry \(entry) of the feed, \(block), is not of the public Internet"
    case .tooManyBlocks(let max):
      "the feed has more than \(max) blocks; check its URL"
    case .tooManyAddresses:
      "the feed holds more than an eighth of the Internet; check its URL"
    case .empty:
      "the feed holds no block; check its URL, its shape and the products asked for"
    }
  }
}

extension AddressBlockError {
  /// The same for a text from the network: nothing in it can act on a terminal or a log.
  var printable: AddressBlockError {
    switch self {
    case .notAnAddress(let text): .notAnAddress(Self.printable(text))
    case .prefixOutOfRange(let text, let max):
      .prefixOutOfRange(Self.printable(text), max: max)
    case .hostBitsSet(let text, let block): .hostBitsSet(Self.printable(text), block: block)
    }
  }

  /// The first 64 bytes, with dots for what is not printable ASCII.
  ///
  /// Bytes and not characters, because one character may be of any length.
  private static func printable(_ text: String) -> String {
    let shown = text.utf8.prefix(64).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: ".") }
    return String(decoding: shown, as: UTF8.self)
  }
}
