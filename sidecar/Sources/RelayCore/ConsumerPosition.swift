/// The durable position of one named consumer, and the rule by which it moves.
///
/// Every read hands out the generation and a nonce of its own. A commit is accepted while its
/// generation is the current one, and starts the next: when two readers work under one name, the
/// second commit fails instead of skipping events that its reader never finished. A commit that is
/// repeated because its answer was lost is recognised by its nonce and succeeds again.
package struct ConsumerPosition: Equatable, Sendable {
  /// Everything up to and including this sequence is done.
  package private(set) var sequence: UInt64
  package private(set) var generation: UInt64
  /// The read whose commit was accepted last.
  package private(set) var committedNonce: UInt64

  package init(sequence: UInt64, generation: UInt64 = 1, committedNonce: UInt64 = 0) {
    self.sequence = sequence
    self.generation = generation
    self.committedNonce = committedNonce
  }

  /// What a read gave out, as it comes back with a commit.
  package struct Receipt: Equatable, Sendable {
    package let sequence: UInt64
    package let generation: UInt64
    package let nonce: UInt64

    package init(sequence: UInt64, generation: UInt64, nonce: UInt64) {
      self.sequence = sequence
      self.generation = generation
      self.nonce = nonce
    }
  }

  package enum CommitDecision: Equatable, Sendable {
    /// The position moved; make it durable, then answer.
    case moved
    /// Nothing to do: the same commit was accepted before, or it moves nothing.
    case unchanged
    /// Another reader committed, or a seek happened, since the read.
    case staleGeneration
    /// The position lies beyond what was served.
    case notServed
  }

  /// Commits what a read gave out.
  ///
  /// `served` is the last sequence that exists for readers.
  package mutating func commit(_ receipt: Receipt, served: UInt64) -> CommitDecision {
    guard receipt.generation == generation else {
      let isRepeat = receipt.nonce == committedNonce && receipt.sequence <= sequence
      return isRepeat ? .unchanged : .staleGeneration
    }
    guard receipt.sequence <= served else { return .notServed }
    guard receipt.sequence > sequence else { return .unchanged }
    sequence = receipt.sequence
    generation += 1
    committedNonce = receipt.nonce
    return .moved
  }

  /// Moves anywhere and invalidates what earlier reads gave out.
  package mutating func seek(to sequence: UInt64) {
    self.sequence = sequence
    generation += 1
    committedNonce = 0
  }
}
