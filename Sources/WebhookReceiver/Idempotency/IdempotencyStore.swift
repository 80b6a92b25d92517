/// Remembers which events have been handled, so that each is handled once.
///
/// Three moves. `claim` takes a key, or says who has it. Who took it does the work and then says
/// either `complete`, with a result for later duplicates, or `abandon`, which frees the key for
/// the next delivery. A claim ends by itself after a while, so that a holder that died does not
/// keep an event from being handled; the token then no longer completes anything.
///
/// Conformers must make `claim` atomic: of any number of concurrent claims of a free key exactly
/// one gets it. They must not forget a key within its lifetime to make room for another; when
/// there is no room they throw.
public protocol IdempotencyStore: Sendable {
  /// Takes the key when it is free.
  ///
  /// - Throws: `full` or `unavailable`; the key is then as it was.
  func claim(_ key: IdempotencyKey) async throws(IdempotencyError) -> Claim

  /// Records that the work is done; throws `staleClaim` when the claim has ended meanwhile.
  func complete(_ token: ClaimToken, result: [UInt8]) async throws(IdempotencyError)

  /// Gives the key back; does nothing when the claim has ended meanwhile.
  ///
  /// - Throws: `unavailable`; the key is then free when the claim ends.
  func abandon(_ token: ClaimToken) async throws(IdempotencyError)
}

/// The answer to a claim.
@nonexhaustive
public enum Claim: Sendable, Equatable {
  /// The key was free and now belongs to the holder of this token.
  case claimed(ClaimToken)
  /// Somebody else is at work on it.
  case inProgress
  /// The work has been done, with this result.
  case done(result: [UInt8])
}

/// Proof of a claim.
public struct ClaimToken: Sendable, Hashable {
  /// The key that was claimed.
  public let key: IdempotencyKey
  /// Greater with every claim of the store: a system that is written to during the work can
  /// refuse a holder that has been overtaken by keeping the greatest number it has seen.
  public let fence: UInt64

  /// Makes a token; only a store has a use for it.
  public init(key: IdempotencyKey, fence: UInt64) {
    self.key = key
    self.fence = fence
  }
}

/// Why a store cannot answer.
@nonexhaustive
public enum IdempotencyError: Error, Equatable, Sendable {
  /// No room for another key, and every key in it is still alive.
  case full(entriesMax: Int)
  /// No room for the result.
  case resultTooLarge(bytesMax: Int)
  /// The claim ended before it was completed, and the key may belong to somebody else.
  case staleClaim
  /// The store cannot be reached; the text says why, without secrets.
  case unavailable(String)
}

extension IdempotencyError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .full(let entriesMax):
      "all \(entriesMax) idempotency keys are in use and none has expired; "
        + "make the store larger or the lifetime shorter"
    case .resultTooLarge(let bytesMax):
      "the result does not fit what is left of \(bytesMax) bytes; "
        + "store a reference instead of the result, or make the store larger"
    case .staleClaim:
      "the claim ended before the work was done, so somebody else may have done it too; "
        + "make the claims longer than the slowest handler"
    case .unavailable(let reason):
      "the idempotency store cannot be reached (\(reason)); the sender will try again"
    }
  }
}
