/// A queue whose both ends cost nothing.
package struct FIFO<Element: Sendable>: Sendable {
  private var items: [Element] = []
  private var head = 0

  package init() {}

  /// Taken items are forgotten when this many have gathered.
  private static var slackMax: Int { 64 }

  package var count: Int { items.count - head }
  package var isEmpty: Bool { count == 0 }
  package var first: Element? { isEmpty ? nil : items[head] }

  package mutating func append(_ item: Element) { items.append(item) }

  package mutating func popFirst() -> Element? {
    guard !isEmpty else { return nil }
    let item = items[head]
    head += 1
    if head > Self.slackMax, head * 2 > items.count {
      items.removeFirst(head)
      head = 0
    }
    return item
  }

  package mutating func removeAll() {
    items.removeAll()
    head = 0
  }
}
