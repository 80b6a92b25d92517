/// A set of addresses that may not connect, given as blocks.
///
/// A type of its own, so that nobody hands over the one list where the other is meant: an
/// `AllowList` that is empty lets nobody in, a `DenyList` that is empty keeps nobody out.
public struct DenyList: Sendable, Hashable {
  let addresses: AddressSet

  /// Makes the set of the addresses in these blocks, each in CIDR notation.
  ///
  /// - Throws: what is wrong with the first block that is none.
  public init(_ blocks: [String]) throws(AddressBlockError) {
    addresses = try AddressSet(blocks)
  }

  /// Makes the set of the addresses in these blocks.
  public init(blocks: [AddressBlock]) {
    addresses = AddressSet(blocks: blocks)
  }

  /// Whether no address is in the list.
  public var isEmpty: Bool { addresses.isEmpty }

  /// Whether the address lies in one of the blocks.
  ///
  /// - Complexity: O(log n) in the number of blocks.
  public func contains(_ address: IPAddress) -> Bool { addresses.contains(address) }
}
