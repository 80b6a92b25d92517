import RelayCore
import Testing

@Suite struct QueueTests {
  @Test(arguments: UInt64(1)...20)
  func `a FIFO gives back what it got, in that order`(seed: UInt64) {
    var generator = Seeded(seed)
    var queue = FIFO<Int>()
    var model: [Int] = []
    for number in 0..<3000 {
      if generator.happens(52) {
        queue.append(number)
        model.append(number)
      } else {
        let made1 = queue.popFirst()
        #expect(made1 == (model.isEmpty ? nil : model.removeFirst()))
      }
      #expect(queue.count == model.count && queue.first == model.first)
    }
  }

  @Test(arguments: UInt64(1)...20)
  func `a heap gives back the soonest, and equals in the order they came`(seed: UInt64) {
    var generator = Seeded(seed)
    var heap = WakeHeap<Int>()
    var model: [(time: Int, number: Int)] = []
    for number in 0..<2000 {
      if generator.happens(55) {
        let time = generator.below(50)
        heap.push(number, at: .seconds(time))
        model.append((time, number))
        model.sort { ($0.time, $0.number) < ($1.time, $1.number) }
      } else {
        let popped = heap.popFirst()
        let expected = model.isEmpty ? nil : model.removeFirst()
        #expect(popped?.element == expected?.number)
      }
      #expect(heap.first?.element == model.first?.number)
    }
    let made2 = heap.popFirst(dueAt: .seconds(-1))
    #expect(made2 == nil)
  }

  @Test(arguments: UInt64(1)...20)
  func `a window's first open slot is what its model says`(seed: UInt64) {
    var generator = Seeded(seed)
    var window = SequenceWindow()
    var open: [UInt64] = []
    for sequence in UInt64(1)...2000 {
      if generator.happens(50) {
        window.append(
          SequenceWindow.Slot(
            sequence: sequence,
            orderKey: 0,
            receivedAt: 0,
            bodyBytes: 0,
            fate: .queued
          )
        )
        open.append(sequence)
      } else if !open.isEmpty {
        let closed = open.remove(at: generator.below(min(open.count, 300)))
        window.set(.closed, of: closed)
        #expect(window[closed] == nil)
      }
      #expect(window.first?.sequence == open.first)
      if let any = open.randomElement(using: &generator) {
        #expect(window[any]?.sequence == any)
      }
    }
  }

  @Test func `a gate lets the first of each key go, and the next when it has left`() {
    var gate = OrderingGate()
    let ids = (1...6).map { DeliveryID(UInt64($0)) }
    let made3 = gate.enter(ids[0], key: 7)
    #expect(made3)
    let made4 = gate.enter(ids[1], key: 7)
    #expect(!made4)
    let made5 = gate.enter(ids[2], key: 8)
    #expect(made5)
    let made6 = gate.enter(ids[3], key: 0)
    #expect(made6)
    let made7 = gate.enter(ids[4], key: 0)
    #expect(made7)
    let made8 = gate.enter(ids[5], key: 7)
    #expect(!made8)
    let made9 = gate.leave(key: 7)
    #expect(made9 == ids[1])
    let made10 = gate.leave(key: 7)
    #expect(made10 == ids[5])
    let made11 = gate.leave(key: 7)
    #expect(made11 == nil)
    let made12 = gate.leave(key: 0)
    #expect(made12 == nil)
    let made13 = gate.leave(key: 8)
    #expect(made13 == nil)
    #expect(gate.keyCount == 0)
  }
}
