/// What workers and operators say of an event.
extension LeaseTable {
  /// Settles an event.
  ///
  /// A late ack still counts while nobody else has got the event.
  package mutating func ack(_ receipt: Receipt) -> Answer {
    switch find(receipt) {
    case .over(let answer): return answer
    case .held(let entry):
      guard !entry.isReturned else { return .expired }
      remove(receipt.sequence)
      return .done
    }
  }

  /// Gives an event back, to be leased again from `due` on; after its last attempt it is dead.
  package mutating func nack(_ receipt: Receipt, due: Int64, at now: Int64) -> Answer {
    switch find(receipt) {
    case .over(let answer): return answer
    case .held(var entry):
      if entry.isReturned { return .alreadyDone }
      guard !entry.isDead, entry.due > now else { return .expired }
      entry.isReturned = true
      if entry.attempt >= entry.attemptsMax {
        entry.isDead = true
        entry.due = now
        deadCount += 1
        set(receipt.sequence, entry)
      } else {
        entry.due = max(due, now)
        set(receipt.sequence, entry)
        enqueue(receipt.sequence, entry.due)
        advance(to: now)
      }
      return .done
    }
  }

  /// Prolongs a lease to `until`; it is never cut short.
  package mutating func extend(_ receipt: Receipt, until: Int64, at now: Int64) -> Answer {
    switch find(receipt) {
    case .over(let answer): return answer
    case .held(var entry):
      guard !entry.isReturned, !entry.isDead, entry.due > now else { return .expired }
      guard until > entry.due else { return .done }
      entry.due = until
      set(receipt.sequence, entry)
      enqueue(receipt.sequence, until)
      return .done
    }
  }

  private enum Finding {
    case held(LeaseEntry)
    case over(Answer)
  }

  private func find(_ receipt: Receipt) -> Finding {
    // Beyond what this table has handed out: a journal that was restored from a backup.
    guard receipt.sequence <= frontier else { return .over(.unknown) }
    guard let entry = entries[receipt.sequence] else { return .over(.alreadyDone) }
    guard receipt.attempt <= entry.attempt else { return .over(.unknown) }
    guard receipt.attempt == entry.attempt else { return .over(.expired) }
    return .held(entry)
  }

  // MARK: Dead letters

  /// Gives a dead event as many attempts as a new one has; returns whether there is one.
  package mutating func replay(_ sequence: UInt64, at now: Int64) -> Bool {
    guard var entry = entries[sequence], entry.isDead else { return false }
    entry.isDead = false
    entry.isReturned = true
    entry.attemptsMax = entry.attempt + min(attemptsMax, .max - entry.attempt)
    entry.due = now
    deadCount -= 1
    set(sequence, entry)
    enqueue(sequence, now)
    advance(to: now)
    return true
  }

  /// Settles a dead event; returns whether there is one.
  package mutating func discard(_ sequence: UInt64) -> Bool {
    guard let entry = entries[sequence], entry.isDead else { return false }
    remove(sequence)
    return true
  }
}
