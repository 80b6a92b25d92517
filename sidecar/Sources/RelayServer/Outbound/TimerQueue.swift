/// Times and what they are for, the earliest first: a binary heap.
///
/// Nothing is ever taken out of its middle. Who owns a timer remembers the time it was armed for,
/// and drops an entry that comes out with another.
package struct TimerQueue {
  package struct Entry: Equatable, Sendable {
    package let time: Int64
    package let key: UInt64
  }

  private var heap: [Entry] = []

  package init() {}

  package var next: Int64? { heap.first?.time }
  package var count: Int { heap.count }

  /// O(log n).
  package mutating func push(_ time: Int64, _ key: UInt64) {
    heap.append(Entry(time: time, key: key))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].time < heap[parent].time else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the earliest entry when its time has come; O(log n).
  package mutating func popDue(_ now: Int64) -> Entry? {
    guard let first = heap.first, first.time <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    sink(0)
    return first
  }

  /// Drops entries that their owners do not remember; O(n), for when they are most of the heap.
  package mutating func compact(_ isLive: (Entry) -> Bool) {
    heap.removeAll { !isLive($0) }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var smallest = parent
      for child in (2 * parent + 1)...(2 * parent + 2)
      where child < heap.count && heap[child].time < heap[smallest].time {
        smallest = child
      }
      guard smallest != parent else { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
