/// Which of a destination's URLs takes the next attempt.
///
/// The one with the fewest attempts out, of those that are well; in turn where they are equal. An
/// upstream that failed `failuresMax` times in `failureWindow` rests for as long (nginx: max_fails,
/// fail_timeout). When all of them rest, the one that returns first is tried: resting together
/// would be an outage of our own making.
package struct UpstreamSet: Equatable, Sendable {
  /// One failure is chance.
  package static let failuresMax = 3
  /// How long failures count, and how long a rest is.
  package static let failureWindow = Duration.seconds(10)

  private struct Upstream: Equatable {
    var outstanding = 0
    var failures: [Duration] = []
    var restsUntil: Duration?
    /// By an active check; nil: none has spoken.
    var isWell: Bool?
  }

  private var upstreams: [Upstream]
  private var turn = 0

  package init(count: Int) {
    precondition(count > 0, "a destination has somewhere to send to")
    upstreams = Array(repeating: Upstream(), count: count)
  }

  package var count: Int { upstreams.count }

  /// Takes an upstream for an attempt; `avoiding` those that this attempt has tried.
  package mutating func take(at now: Duration, avoiding tried: [Int] = []) -> Int? {
    let candidates = upstreams.indices.filter { !tried.contains($0) }
    guard !candidates.isEmpty else { return nil }
    let well = candidates.filter { isAvailable($0, at: now) }
    let index: Int?
    if well.isEmpty {
      index = candidates.min { rest($0) < rest($1) }
    } else {
      let count = upstreams.count
      let turn = turn
      index = well.min {
        (upstreams[$0].outstanding, ($0 - turn + count) % count)
          < (upstreams[$1].outstanding, ($1 - turn + count) % count)
      }
    }
    guard let index else { return nil }
    turn = (index + 1) % upstreams.count
    upstreams[index].outstanding += 1
    return index
  }

  package func isAvailable(_ index: Int, at now: Duration) -> Bool {
    if upstreams[index].isWell == false { return false }
    return upstreams[index].restsUntil.map { now >= $0 } ?? true
  }

  private func rest(_ index: Int) -> Duration { upstreams[index].restsUntil ?? .zero }

  /// An attempt ended; `isFailure` when it was the upstream's doing.
  package mutating func finish(_ index: Int, isFailure: Bool, at now: Duration) {
    precondition(upstreams[index].outstanding > 0, "only what was taken is finished")
    upstreams[index].outstanding -= 1
    guard isFailure else {
      upstreams[index].failures.removeAll()
      upstreams[index].restsUntil = nil
      return
    }
    upstreams[index].failures.removeAll { now - $0 > Self.failureWindow }
    upstreams[index].failures.append(now)
    guard upstreams[index].failures.count >= Self.failuresMax else { return }
    upstreams[index].failures.removeAll()
    upstreams[index].restsUntil = now + Self.failureWindow
  }

  /// An active check has spoken; returns whether it said something new.
  package mutating func report(_ index: Int, isWell: Bool) -> Bool {
    let before = upstreams[index].isWell
    upstreams[index].isWell = isWell
    if isWell { upstreams[index].restsUntil = nil }
    return before ?? true != isWell
  }
}
