/// The keys of an in-memory store: who holds which, and which expires next.
///
/// Entries lie in slots. Two chains run through them, claims and done keys, each in the order
/// of expiry, because every entry of a chain lives equally long: what has expired is found at
/// the head, and every move costs the same however many entries there are.
struct ClaimTable: Sendable {
  private enum Chain: Sendable { case claims, done }

  private struct Slot: Sendable {
    var key: IdempotencyKey
    var fence: UInt64
    var deadline: Duration
    var chain: Chain
    var result: [UInt8] = []
    var previous: Int?
    var next: Int?
  }

  private struct Ends: Sendable {
    var head: Int?
    var tail: Int?
  }

  private let entriesMax: Int
  private var slots: [Slot?] = []
  private var freeSlots: [Int] = []
  private var slotOfKey: [IdempotencyKey: Int] = [:]
  private var claims = Ends()
  private var done = Ends()
  private var resultBytes = 0
  private var lastFence: UInt64 = 0

  init(entriesMax: Int) {
    self.entriesMax = entriesMax
  }

  var count: Int { slotOfKey.count }

  mutating func claim(
    _ key: IdempotencyKey,
    at now: Duration,
    until deadline: Duration
  ) throws(IdempotencyError) -> Claim {
    removeExpired(at: now)
    if let index = slotOfKey[key], let slot = slots[index] {
      return slot.chain == .done ? .done(result: slot.result) : .inProgress
    }
    guard slotOfKey.count < entriesMax else { throw .full(entriesMax: entriesMax) }
    lastFence += 1
    insert(Slot(key: key, fence: lastFence, deadline: deadline, chain: .claims))
    return .claimed(ClaimToken(key: key, fence: lastFence))
  }

  mutating func complete(
    _ token: ClaimToken,
    result: [UInt8],
    bytesMax: Int,
    at now: Duration,
    until deadline: Duration
  ) throws(IdempotencyError) {
    removeExpired(at: now)
    guard let index = claimedSlot(of: token) else { throw .staleClaim }
    guard result.count <= bytesMax - resultBytes else {
      throw .resultTooLarge(bytesMax: bytesMax)
    }
    remove(index)
    resultBytes += result.count
    insert(
      Slot(key: token.key, fence: token.fence, deadline: deadline, chain: .done, result: result)
    )
  }

  mutating func abandon(_ token: ClaimToken) {
    guard let index = claimedSlot(of: token) else { return }
    remove(index)
  }

  /// The slot of a claim that is still the token's: the key may have been claimed anew.
  private func claimedSlot(of token: ClaimToken) -> Int? {
    guard let index = slotOfKey[token.key], let slot = slots[index] else { return nil }
    return slot.chain == .claims && slot.fence == token.fence ? index : nil
  }

  /// Every entry is inserted once and removed once, so this costs nothing over time.
  private mutating func removeExpired(at now: Duration) {
    while let index = claims.head, let slot = slots[index], slot.deadline <= now { remove(index) }
    while let index = done.head, let slot = slots[index], slot.deadline <= now { remove(index) }
  }

  private mutating func insert(_ new: Slot) {
    var slot = new
    slot.previous = ends(slot.chain).tail
    let index: Int
    if let free = freeSlots.popLast() {
      index = free
      slots[index] = slot
    } else {
      index = slots.count
      slots.append(slot)
    }
    if let previous = slot.previous { slots[previous]?.next = index }
    updateEnds(slot.chain) {
      $0.tail = index
      if $0.head == nil { $0.head = index }
    }
    slotOfKey[slot.key] = index
  }

  private mutating func remove(_ index: Int) {
    guard let slot = slots[index] else { return }
    if let previous = slot.previous { slots[previous]?.next = slot.next }
    if let next = slot.next { slots[next]?.previous = slot.previous }
    updateEnds(slot.chain) {
      if $0.head == index { $0.head = slot.next }
      if $0.tail == index { $0.tail = slot.previous }
    }
    slots[index] = nil
    freeSlots.append(index)
    slotOfKey[slot.key] = nil
    resultBytes -= slot.result.count
  }

  private func ends(_ chain: Chain) -> Ends {
    chain == .claims ? claims : done
  }

  private mutating func updateEnds(_ chain: Chain, _ change: (inout Ends) -> Void) {
    switch chain {
    case .claims: change(&claims)
    case .done: change(&done)
    }
  }
}
