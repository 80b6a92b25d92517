/// How many blocks of the quarantine a source may take, and how many of them one address.
///
/// What is there stays: the oldest deliveries of a mistake are the ones that are missed most, and a
/// stranger who comes later cannot push them out.
package struct QuarantineQuota: Equatable, Sendable {
  /// Nobody alone takes more than one part in this many: a flood from one address leaves room for
  /// what the provider sends.
  package static let addressShare = 8

  /// Why a delivery is not kept.
  package enum Overflow: String, CaseIterable, Sendable {
    /// Its source has no room left.
    case source
    /// There is room, and no piece of it is large enough.
    case scattered
    /// Its address has taken its part already, or it is larger than that alone.
    case address
    /// More comes than the disk is given.
    case busy
    /// The disk did not take it.
    case failed
  }

  /// 0: nothing more is kept.
  package var blocksMax: Int
  package private(set) var used = 0
  private var byAddress: [String: Int] = [:]

  package init(blocksMax: Int) { self.blocksMax = blocksMax }

  package var addressMax: Int { blocksMax / Self.addressShare }

  /// Takes blocks for a delivery of an address, or says why there are none.
  package mutating func take(_ blocks: Int, from address: String) -> Overflow? {
    let taken = byAddress[address] ?? 0
    guard taken + blocks <= addressMax else { return .address }
    guard used + blocks <= blocksMax else { return .source }
    hold(blocks, from: address)
    return nil
  }

  /// Counts blocks that are there already, whatever the limit is now.
  package mutating func hold(_ blocks: Int, from address: String) {
    used += blocks
    byAddress[address, default: 0] += blocks
  }

  package mutating func give(_ blocks: Int, from address: String) {
    let taken = byAddress[address] ?? 0
    precondition(taken >= blocks, "what was never taken is given back")
    used -= blocks
    // As many addresses as there are deliveries, and not as many as ever sent one.
    byAddress[address] = taken == blocks ? nil : taken - blocks
  }
}
