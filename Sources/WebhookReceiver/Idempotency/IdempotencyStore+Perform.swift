/// What became of a piece of work that must be done once.
@nonexhaustive
public enum Performance: Sendable, Equatable {
  /// It was done now, with this result.
  case performed(result: [UInt8])
  /// It had been done before, with this result.
  case duplicate(result: [UInt8])
  /// Somebody else is doing it.
  case inProgress
}

extension IdempotencyStore {
  /// Does the work unless it is done or being done; when it throws, the key is free again.
  ///
  /// At most one holder of a claim runs at a time, as long as no run outlasts its claim; the
  /// token's `fence` lets other systems refuse a run that did. An error of `complete` is thrown
  /// on: the work was done and nobody will know, so a later delivery may repeat it.
  ///
  /// - Returns: the result of this run or of the one before.
  public func perform(
    _ key: IdempotencyKey,
    _ work: (ClaimToken) async throws -> [UInt8]
  ) async throws -> Performance {
    switch try await claim(key) {
    case .inProgress: return .inProgress
    case .done(let result): return .duplicate(result: result)
    case .claimed(let token):
      let result: [UInt8]
      do {
        result = try await work(token)
      } catch {
        // The work's own error is what the caller must see. A key that could not be given back
        // becomes free when the claim ends.
        try? await abandon(token)
        throw error
      }
      try await complete(token, result: result)
      return .performed(result: result)
    }
  }
}
