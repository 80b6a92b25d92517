internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// What became of a body that was to be erased.
enum ErasureOutcome: Sendable {
  case erased
  /// Retention was faster, or it cannot be read.
  case notThere
  /// Nothing has begun: no room, or the journal takes no writes.
  case refused
}

/// Erasing bodies: a few flushes each.
///
/// One a turn, after its commit: a delivery waits for one of them at most, however many there are.
extension JournalThread {
  func eraseNext() throws(JournalError) {
    guard let next = erasures.first else { return }
    let outcome = try outcome(of: next)
    erasures.removeFirst()
    relay.inbox.post(.owner(.erased(next, outcome)))
  }

  /// The process ends.
  func refuseErasures() {
    for sequence in erasures { relay.inbox.post(.owner(.erased(sequence, .refused))) }
    erasures.removeAll()
  }

  private func outcome(of sequence: UInt64) throws(JournalError) -> ErasureOutcome {
    do throws(JournalError) {
      switch try journal.eraseBody(of: sequence) {
      case .erased: break
      case .before: return .erased
      case .notThere: return .notThere
      }
    } catch {
      if error.isFinal { throw error }
      log.error("erasing_refused", ["reason": .text("\(error)")])
      return .refused
    }
    metrics.bodiesErased.add(1, ordering: .relaxed)
    log.info("body_erased", ["sequence": .number(Int(clamping: sequence))])
    return .erased
  }
}
