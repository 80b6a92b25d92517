/// A set of addresses, given as blocks: what allow-lists and deny-lists have in common.
struct AddressSet: Sendable, Hashable {
  // Apart, because ::/0 means every IPv6 address and no IPv4 one.
  private let v4: RangeSet<UInt32>
  private let v6: RangeSet<UInt128>

  init(_ blocks: [String]) throws(AddressBlockError) {
    var parsed: [AddressBlock] = []
    for block in blocks { parsed.append(try AddressBlock(block)) }
    self.init(blocks: parsed)
  }

  init(blocks: [AddressBlock]) {
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

  var isEmpty: Bool { v4.isEmpty && v6.isEmpty }

  /// O(log n) in the number of blocks, without an allocation.
  func contains(_ address: IPAddress) -> Bool {
    switch address.value {
    case .v4(let number): v4.contains(number)
    case .v6(let number): v6.contains(number)
    }
  }

  /// Whether every address of the block is in the set.
  func contains(_ block: AddressBlock) -> Bool {
    switch block.address.value {
    case .v4(let first):
      v4.contains(from: first, to: first | AddressBlock.hostBits32(block.prefixLength))
    case .v6(let first):
      v6.contains(from: first, to: first | AddressBlock.hostBits128(block.prefixLength))
    }
  }
}

/// Disjoint ranges of numbers, in order.
private struct RangeSet<Number: FixedWidthInteger & Sendable>: Sendable, Hashable {
  // Belong together by index. Ranges neither overlap nor touch.
  private var firsts: [Number] = []
  private var lasts: [Number] = []

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

  func contains(_ number: Number) -> Bool { contains(from: number, to: number) }

  /// Whether every number from `first` to `last` is in the set: then one range holds them all,
  /// because ranges do not touch.
  func contains(from first: Number, to last: Number) -> Bool {
    // The number of ranges that begin at or before `first`.
    var low = 0
    var high = firsts.count
    while low < high {
      let middle = low + (high - low) / 2
      if firsts[middle] <= first { low = middle + 1 } else { high = middle }
    }
    return low > 0 && last <= lasts[low - 1]
  }
}
