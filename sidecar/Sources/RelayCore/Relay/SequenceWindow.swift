/// The events above a lane's frontier, in the order of the journal.
///
/// The frontier is the last sequence before the first that is open: everything up to it is
/// delivered, or listed among the held deliveries or the dead letters.
package struct SequenceWindow: Sendable {
  package struct Slot: Sendable {
    package let sequence: UInt64
    package let orderKey: UInt64
    package let receivedAt: Int64
    package let bodyBytes: UInt32
    package var fate: Fate

    package init(
      sequence: UInt64,
      orderKey: UInt64,
      receivedAt: Int64,
      bodyBytes: UInt32,
      fate: Fate
    ) {
      self.sequence = sequence
      self.orderKey = orderKey
      self.receivedAt = receivedAt
      self.bodyBytes = bodyBytes
      self.fate = fate
    }
  }

  package enum Fate: Sendable {
    /// Ready to go.
    case queued
    /// Behind another of its key.
    case blocked
    case inFlight
    /// Delivered, or listed elsewhere.
    case closed

    var isOpen: Bool { self != .closed }
  }

  private var slots: [Slot] = []
  private var head = 0

  /// Passed slots are forgotten when this many have gathered.
  private static let slackMax = 256

  package init() {}

  package var count: Int { slots.count - head }
  package var isEmpty: Bool { count == 0 }
  /// The first that is open.
  package var first: Slot? { isEmpty ? nil : slots[head] }
  package var last: Slot? { isEmpty ? nil : slots[slots.count - 1] }

  package mutating func append(_ slot: Slot) {
    precondition(slots.last.map { $0.sequence < slot.sequence } ?? true, "journal order")
    slots.append(slot)
  }

  /// The open slot of a sequence.
  package subscript(sequence: UInt64) -> Slot? {
    guard let index = index(of: sequence), slots[index].fate.isOpen else { return nil }
    return slots[index]
  }

  package mutating func set(_ fate: Fate, of sequence: UInt64) {
    guard let index = index(of: sequence) else { return }
    slots[index].fate = fate
    trim()
  }

  private mutating func trim() {
    while head < slots.count, !slots[head].fate.isOpen { head += 1 }
    if head == slots.count {
      slots.removeAll(keepingCapacity: true)
      head = 0
    } else if head > Self.slackMax, head * 2 > slots.count {
      slots.removeFirst(head)
      head = 0
    }
  }

  private func index(of sequence: UInt64) -> Int? {
    var low = head
    var high = slots.count
    while low < high {
      let middle = (low + high) / 2
      if slots[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low < slots.count && slots[low].sequence == sequence ? low : nil
  }
}
