/// Sequences in the order in which they are due: a binary heap.
///
/// What is in it may have been overtaken; whoever takes from it asks the table what is true.
struct DueQueue: Sendable {
  struct Item: Sendable {
    let due: Int64
    let sequence: UInt64

    static func isEarlier(_ a: Item, _ b: Item) -> Bool {
      a.due != b.due ? a.due < b.due : a.sequence < b.sequence
    }
  }

  private var items: [Item] = []

  var count: Int { items.count }

  var first: Item? { items.first }

  /// The entries that wait for their time.
  init(waiting entries: [UInt64: LeaseEntry] = [:]) {
    let waiting = entries.filter { !$0.value.isDead }
    // A sorted array is a heap.
    items = waiting.map { Item(due: $0.value.due, sequence: $0.key) }.sorted(by: Item.isEarlier)
  }

  mutating func push(_ item: Item) {
    items.append(item)
    var index = items.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard Item.isEarlier(items[index], items[parent]) else { return }
      items.swapAt(index, parent)
      index = parent
    }
  }

  mutating func popFirst() -> Item? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return first }
    items[0] = last
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < items.count {
        if Item.isEarlier(items[child], items[least]) { least = child }
      }
      guard least != index else { return first }
      items.swapAt(index, least)
      index = least
    }
  }
}
