/// The addresses from which a provider sends, as the provider publishes them.
///
/// A feed comes over the network and decides who may connect, so it is taken whole or not at all:
/// one entry that is no block, that is wider than any provider is, or that lies in a private
/// network refuses the feed, and the one before it stays in force (`AddressFeedState`).
public struct AddressFeed: Sendable, Hashable {
  /// The largest list of the providers known here, GitHub's, has some 300 KiB.
  public static let bytesMax = 1 << 20
  /// The largest lists of a provider's senders have hundreds; this leaves room for a whole cloud.
  public static let blocksMax = 20_000

  /// What no provider of webhooks has to itself: a wider block is a mistake or an attack.
  static let prefixLengthMinV4 = 8
  static let prefixLengthMinV6 = 16
  /// Together an eighth of IPv4: many blocks must not do what one block may not.
  static let addressesMaxV4: UInt64 = 1 << 29
  /// An eighth of the IPv6 addresses that are given out (2000::/3).
  static let addressesMaxV6: UInt128 = 1 << 122

  /// The blocks in the order of the feed.
  public let blocks: [AddressBlock]
  /// The set of their addresses.
  public let allowList: AllowList

  /// Reads and checks a feed.
  ///
  /// Bits behind a prefix refuse the feed rather than being cut off: an entry like 192.0.2.1/24
  /// has a wrong address or a wrong length, and nobody here knows which.
  ///
  /// - Parameters:
  ///   - bytes: the body of the provider's answer, up to `bytesMax`.
  ///   - shape: where in the document the blocks are.
  /// - Throws: `AddressFeedError`, which names the entry that is wrong.
  public init(_ bytes: [UInt8], shape: Shape) throws(AddressFeedError) {
    guard bytes.count <= Self.bytesMax else {
      throw AddressFeedError.tooLong(bytesMax: Self.bytesMax)
    }
    let entries = try shape.entries(in: bytes)
    guard !entries.isEmpty else { throw AddressFeedError.empty }
    guard entries.count <= Self.blocksMax else {
      throw AddressFeedError.tooManyBlocks(max: Self.blocksMax)
    }
    var blocks: [AddressBlock] = []
    blocks.reserveCapacity(entries.count)
    for entry in entries { blocks.append(try Self.block(entry)) }
    try Self.checkTotal(of: blocks)
    self.blocks = blocks
    allowList = AllowList(blocks: blocks)
  }

  /// An entry of a feed before it is read.
  struct Entry {
    /// From 1: the line of a text, or the place in the list.
    let number: Int
    let text: String
  }

  private static func block(_ entry: Entry) throws(AddressFeedError) -> AddressBlock {
    let block: AddressBlock
    do throws(AddressBlockError) {
      block = try AddressBlock(entry.text)
    } catch {
      throw AddressFeedError.notABlock(entry: entry.number, error.printable)
    }
    let prefixLengthMin = block.address.isV4 ? prefixLengthMinV4 : prefixLengthMinV6
    guard block.prefixLength >= prefixLengthMin else {
      throw AddressFeedError.tooWide(
        entry: entry.number,
        block: block.description,
        prefixLengthMin: prefixLengthMin
      )
    }
    guard isPublic(block) else {
      throw AddressFeedError.notPublic(entry: entry.number, block: block.description)
    }
    return block
  }

  /// Blocks that repeat count again; no feed repeats so many.
  private static func checkTotal(of blocks: [AddressBlock]) throws(AddressFeedError) {
    // Neither sum can overflow: `blocksMax` times the widest block is below both.
    var v4: UInt64 = 0
    var v6: UInt128 = 0
    for block in blocks {
      if block.address.isV4 {
        v4 += UInt64(AddressBlock.hostBits32(block.prefixLength)) + 1
      } else {
        v6 += AddressBlock.hostBits128(block.prefixLength) + 1
      }
    }
    guard v4 <= addressesMaxV4, v6 <= addressesMaxV6 else {
      throw AddressFeedError.tooManyAddresses
    }
  }

  /// The IPv4 blocks that nobody sends from over the Internet, as address and prefix length:
  /// this network, private (RFC 1918), shared (RFC 6598), loopback, link-local, multicast and
  /// reserved.
  private static let unroutedV4: [(address: UInt32, prefixLength: Int)] = [
    (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16),
    (0xac10_0000, 12), (0xc0a8_0000, 16), (0xe000_0000, 3),
  ]

  private static func isPublic(_ block: AddressBlock) -> Bool {
    switch block.address.value {
    case .v4(let first):
      for unrouted in unroutedV4 {
        // Of two blocks that overlap the narrower lies in the wider.
        let common = min(unrouted.prefixLength, block.prefixLength)
        let difference = (first ^ unrouted.address) & ~AddressBlock.hostBits32(common)
        guard difference != 0 else { return false }
      }
      return true
    // All that is given out is 2000::/3; ::1, fc00::/7, fe80::/10 and the like lie elsewhere.
    case .v6(let first): return first >> 125 == 1
    }
  }
}
