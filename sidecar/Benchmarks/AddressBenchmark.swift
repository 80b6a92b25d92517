internal import WebhookReceiver

/// Looking an address up in a long allow-list, against asking its blocks one after another.
enum AddressBenchmark {
  private static let blockCount = 10_000

  static func rows() -> [Row] {
    var generator = NumberGenerator()
    // The lower /20 in each of some /19, so that no two touch and become one range.
    var places = Array(0..<UInt32(1 << 19))
    places.shuffle(using: &generator)
    let networks = places.prefix(blockCount).map { $0 << 13 }
    let blocks = networks.compactMap { try? AddressBlock("\(text($0))/20") }
    // Half of those who ask are in the list.
    let asking = (0..<1024).compactMap { index in
      let inside = (networks.randomElement(using: &generator) ?? 0) | 0x0123
      return IPAddress(text(index % 2 == 0 ? inside : inside | 1 << 12))
    }
    guard blocks.count == blockCount, asking.count == 1024 else { return [] }
    let list = AllowList(blocks: blocks)
    let ours = perLookup(asking, rounds: 200) { list.contains($0) }
    let peer = perLookup(asking, rounds: 1) { address in
      blocks.contains { $0.contains(address) }
    }
    let what = "allow-list, \(blockCount) blocks / linear scan"
    return [Row(what: what, unit: "ns", ours: ours, peer: peer)]
  }

  private static func perLookup(
    _ addresses: [IPAddress],
    rounds: Int,
    _ contains: (IPAddress) -> Bool
  ) -> Double {
    nanosecondsPerCall(calls: rounds) {
      var found = 0
      for address in addresses where contains(address) { found += 1 }
      precondition(found == addresses.count / 2, "every other address is in the list")
    } / Double(addresses.count)
  }

  private static func text(_ number: UInt32) -> String {
    [24, 16, 8, 0].map { String(number >> $0 & 0xff) }.joined(separator: ".")
  }
}

/// The same numbers in every run (xorshift64).
private struct NumberGenerator: RandomNumberGenerator {
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
