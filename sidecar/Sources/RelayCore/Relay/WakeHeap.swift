/// What is due when, soonest first; equal times in the order in which they came.
///
/// Nothing is ever taken out of the middle: whoever pops an entry asks whether it still holds.
package struct WakeHeap<Element: Sendable>: Sendable {
  private struct Entry: Sendable {
    let time: Duration
    let order: UInt64
    let element: Element
  }

  private var entries: [Entry] = []
  private var order: UInt64 = 0

  package init() {}

  package var count: Int { entries.count }
  package var first: (time: Duration, element: Element)? {
    entries.first.map { ($0.time, $0.element) }
  }

  package mutating func push(_ element: Element, at time: Duration) {
    order += 1
    entries.append(Entry(time: time, order: order, element: element))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBefore(child, parent) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  package mutating func popFirst() -> (time: Duration, element: Element)? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      siftDown()
    }
    return (first.time, first.element)
  }

  package mutating func popFirst(dueAt now: Duration) -> Element? {
    guard let first = entries.first, first.time <= now else { return nil }
    return popFirst()?.element
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if isBefore(child, least) { least = child }
      }
      guard least != parent else { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    (entries[left].time, entries[left].order) < (entries[right].time, entries[right].order)
  }
}
