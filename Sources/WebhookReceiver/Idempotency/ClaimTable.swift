/// The keys of a store in one process: who holds which, and which expires next.
///
/// Entries lie in slots. Three chains run through them: claims, keys that are being completed,
/// and done keys. Claims and done keys are chained in the order of expiry, because every entry of
/// a chain lives equally long: what has expired is found at the head, and every move costs the
/// same however many entries there are. What is being completed does not expire.
package struct ClaimTable: Sendable {
  private enum Chain: Sendable { case claims, completing, done }

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
  private var completing = Ends()
  private var done = Ends()
  /// Of keys that are done or being completed.
  package private(set) var resultBytes = 0
  /// The greatest fence that was given out.
  package private(set) var lastFence: UInt64

  /// - Parameters:
  ///   - entriesMax: how many keys may be in it.
  ///   - lastFence: the fences of claims are above this one.
  package init(entriesMax: Int, lastFence: UInt64 = 0) {
    self.entriesMax = entriesMax
    self.lastFence = lastFence
  }

  package var count: Int { slotOfKey.count }

  package mutating func claim(
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

  package mutating func complete(
    _ token: ClaimToken,
    result: [UInt8],
    bytesMax: Int,
    at now: Duration,
    until deadline: Duration
  ) throws(IdempotencyError) {
    try beginCompletion(of: token, result: result, bytesMax: bytesMax, at: now)
    finishCompletion(of: token, until: deadline)
  }

  /// Takes the claim out of time's reach while its result is made durable.
  ///
  /// The key stays in progress, for the holder too, until `finishCompletion`.
  package mutating func beginCompletion(
    of token: ClaimToken,
    result: [UInt8],
    bytesMax: Int,
    at now: Duration
  ) throws(IdempotencyError) {
    removeExpired(at: now)
    guard let index = claimedSlot(of: token) else { throw .staleClaim }
    guard result.count <= bytesMax - resultBytes else {
      throw .resultTooLarge(bytesMax: bytesMax)
    }
    remove(index)
    let deadline = Duration.zero  // Not looked at in this chain.
    insert(
      Slot(
        key: token.key,
        fence: token.fence,
        deadline: deadline,
        chain: .completing,
        result: result
      )
    )
  }

  /// Makes the key done; `deadline` must not be before that of any done key.
  package mutating func finishCompletion(of token: ClaimToken, until deadline: Duration) {
    guard let index = slotOfKey[token.key], var slot = slots[index],
      slot.chain == .completing, slot.fence == token.fence
    else { return }
    remove(index)
    slot.chain = .done
    slot.deadline = deadline
    insert(slot)
  }

  /// Puts in a done key of an earlier process, whatever the bounds: nothing living is forgotten.
  ///
  /// Keys must come in the order of their deadlines, each once, and before any claim.
  package mutating func restore(
    _ key: IdempotencyKey,
    fence: UInt64,
    result: [UInt8],
    until deadline: Duration
  ) {
    precondition(slotOfKey[key] == nil, "a key is restored once")
    insert(Slot(key: key, fence: fence, deadline: deadline, chain: .done, result: result))
  }

  /// A done key as it is kept elsewhere.
  package struct Done: Sendable {
    package let key: IdempotencyKey
    package let fence: UInt64
    package let deadline: Duration
    package let result: [UInt8]
  }

  /// How many slots there are, empty ones included.
  package var slotCount: Int { slots.count }

  /// The done keys that lie in some of the slots; a done key never changes its slot.
  package func doneKeys(in range: Range<Int>) -> [Done] {
    slots[range.clamped(to: slots.indices)].compactMap { slot in
      guard let slot, slot.chain == .done else { return nil }
      return Done(key: slot.key, fence: slot.fence, deadline: slot.deadline, result: slot.result)
    }
  }

  package mutating func abandon(_ token: ClaimToken) {
    guard let index = claimedSlot(of: token) else { return }
    remove(index)
  }

  /// The slot of a claim that is still the token's: the key may have been claimed anew.
  private func claimedSlot(of token: ClaimToken) -> Int? {
    guard let index = slotOfKey[token.key], let slot = slots[index] else { return nil }
    return slot.chain == .claims && slot.fence == token.fence ? index : nil
  }

  /// Every entry is inserted once and removed once, so this costs nothing over time.
  package mutating func removeExpired(at now: Duration) {
    while let index = claims.head, let slot = slots[index], slot.deadline <= now { remove(index) }
    while let index = done.head, let slot = slots[index], slot.deadline <= now { remove(index) }
  }

  private mutating func insert(_ new: Slot) {
    var slot = new
    slot.previous = ends(slot.chain).tail
    slot.next = nil
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
    resultBytes += slot.result.count
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
    switch chain {
    case .claims: claims
    case .completing: completing
    case .done: done
    }
  }

  private mutating func updateEnds(_ chain: Chain, _ change: (inout Ends) -> Void) {
    switch chain {
    case .claims: change(&claims)
    case .completing: change(&completing)
    case .done: change(&done)
    }
  }
}
