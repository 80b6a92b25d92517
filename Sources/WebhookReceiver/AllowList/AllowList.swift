/// A set of addresses, given as blocks.
///
/// Blocks may overlap and repeat. Asking costs a binary search and no allocation, however many
/// blocks a provider publishes. A list says who may connect, never who the sender is: addresses
/// change hands, signatures do not.
public struct AllowList: Sendable, Hashable {
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
