/// A set of addresses, given as blocks.
///
/// Blocks may overlap and repeat. Asking costs a binary search and no allocation, however many
/// blocks a provider publishes. A list says who may connect, never who the sender is: addresses
/// change hands, signatures do not.
public struct AllowList: Sendable, Hashable {
  // Apart, because ::/0 means every IPv6 address and no IPv4 one.
  private var v4 = RangeSet<UInt32>()
  private var v6 = RangeSet<UInt128>()

  /// Makes the set of the addresses in these blocks, each in CIDR notation.
  public init(_ blocks: [String]) throws(AllowListError) {
    var parsed: [AddressBlock] = []
    for block in blocks { parsed.append(try AddressBlock(block)) }
    self.init(blocks: parsed)
  }

  /// Makes the set of the addresses in these blocks.
  public init(blocks: [AddressBlock]) {
    var v4Ranges: [ClosedRange<UInt32>] = []
    var v6Ranges: [ClosedRange<UInt128>] = []
    for block in blocks {
      switch block.address.value {
      case .v4(let first):
        v4Ranges.append(first...(first | AddressBlock.hostBits32(block.prefixLength)))
      case .v6(let first):
        v6Ranges.append(first...(first | AddressBlock.hostBits128(block.prefixLength)))
      }
    }
    v4 = RangeSet(v4Ranges)
    v6 = RangeSet(v6Ranges)
  }

  /// Whether no address is in the list.
  public var isEmpty: Bool { v4.isEmpty && v6.isEmpty }

  /// Whether the address lies in one of the blocks.
  ///
  /// - Complexity: O(log n) in the number of blocks.
  public func contains(_ address: IPAddress) -> Bool {
    switch address.value {
    case .v4(let number): v4.contains(number)
    case .v6(let number): v6.contains(number)
    }
  }
}

/// Disjoint ranges of numbers, in order.
private struct RangeSet<Number: FixedWidthInteger & Sendable>: Sendable, Hashable {
  // Belong together by index. Ranges neither overlap nor touch.
  private var firsts: [Number] = []
  private var lasts: [Number] = []

  init() {}

  init(_ ranges: [ClosedRange<Number>]) {
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      // The comparison is with the number after the last one, which may not exist.
      if let last = lasts.last, last == .max || range.lowerBound <= last + 1 {
        lasts[lasts.count - 1] = max(last, range.upperBound)
      } else {
        firsts.append(range.lowerBound)
        lasts.append(range.upperBound)
      }
    }
  }

  var isEmpty: Bool { firsts.isEmpty }

  func contains(_ number: Number) -> Bool {
    // The number of ranges that begin at or before `number`.
    var low = 0
    var high = firsts.count
    while low < high {
      let middle = low + (high - low) / 2
      if firsts[middle] <= number { low = middle + 1 } else { high = middle }
    }
    return low > 0 && number <= lasts[low - 1]
  }
}
