import RelayServer
import Testing

@Suite("Timers") struct TimerQueueTests {
  /// Times in no order at all, the same in every run.
  private static let times: [Int64] = (0..<1000).map { ($0 * 7919 + 13) % 1009 }

  private func popAll(_ queue: inout TimerQueue, until now: Int64) -> [Int64] {
    var popped: [Int64] = []
    while let entry = queue.popDue(now) { popped.append(entry.time) }
    return popped
  }

  @Test func `they come out in order, when their time has come and not before`() {
    var queue = TimerQueue()
    for (key, time) in Self.times.enumerated() { queue.push(time, UInt64(key)) }
    #expect(queue.next == Self.times.min())
    let sorted = Self.times.sorted()
    let first = popAll(&queue, until: 500)
    #expect(first == sorted.filter { $0 <= 500 })
    #expect(queue.next == sorted.first { $0 > 500 })
    for time in [3, 700, 501] as [Int64] { queue.push(time, 0) }
    let rest = popAll(&queue, until: .max)
    #expect(rest == (sorted.filter { $0 > 500 } + [3, 700, 501]).sorted())
    #expect(queue.next == nil && queue.count == 0)
  }

  @Test(arguments: [1, 2, 3, 10]) func `those that nobody remembers can be swept out`(part: UInt64)
  {
    var queue = TimerQueue()
    for (key, time) in Self.times.enumerated() { queue.push(time, UInt64(key)) }
    queue.compact { $0.key % part == 0 }
    let kept = Self.times.enumerated().filter { UInt64($0.offset) % part == 0 }.map { $0.element }
    #expect(queue.count == kept.count)
    let popped = popAll(&queue, until: .max)
    #expect(popped == kept.sorted())
  }
}
