/// What a `JSONPattern` has found.
package enum JSONMatches: Sendable, Equatable {
  /// All matches, in the order in which they stand in the document.
  case all([JSONHit])
  /// There are more than were asked for.
  case tooMany
}

/// Gathers the matches of one pattern.
///
/// A repeated key means its last value, where the pattern names the key: what was found under an
/// earlier member of that name is taken back. Under a star every member counts, as it is written.
struct MatchSink: JSONSink {
  private let stars: UInt64
  private let max: Int
  private var hits: [JSONHit] = []
  /// All matches that count, of which `hits` holds the first `max`.
  private var count = 0
  /// Whether matches under a member were taken back because its name came again.
  private(set) var hasRepetition = false
  /// By level: how many matches there were when the open container began.
  ///
  /// Levels go from 1 to `JSONPointer.tokensMax`, which the length of an inline array cannot name.
  private var counts = [65 of Int](repeating: 0)

  init(_ pattern: JSONPattern, max: Int) {
    stars = pattern.stars
    self.max = max
  }

  var matches: JSONMatches { count > max ? .tooMany : .all(hits) }

  mutating func open(level: Int) {
    counts[level] = count
  }

  mutating func enter(_ paths: JSONPaths.Mask, level: Int) {
    // Step n leads from level n to level n + 1.
    guard level > 0, stars >> UInt64(level - 1) & 1 == 0 else { return }
    if count > counts[level] { hasRepetition = true }
    count = counts[level]
    if hits.count > count { hits.removeSubrange(count...) }
  }

  mutating func find(_ paths: JSONPaths.Mask, _ hit: JSONHit) {
    if count < max { hits.append(hit) }
    count += 1
  }
}
