/// Which URL of a destination takes an attempt.
extension RelayPlanner {
  package mutating func takeUpstream(
    _ index: Int,
    at now: Duration,
    avoiding tried: [Int]
  ) -> Int? {
    upstreams[index].take(at: now, avoiding: tried)
  }

  package mutating func finishUpstream(
    _ index: Int,
    _ upstream: Int,
    isFailure: Bool,
    at now: Duration
  ) {
    upstreams[index].finish(upstream, isFailure: isFailure, at: now)
  }

  /// An active check has spoken; returns whether it said something new.
  package mutating func report(_ index: Int, _ upstream: Int, isWell: Bool) -> Bool {
    upstreams[index].report(upstream, isWell: isWell)
  }
}
