/// Finds what was probably meant by a word that is not known.
package enum NearestName {
  /// Above this distance two words have little in common and a suggestion would only distract.
  static let distanceMax = 3
  /// Longer words are not compared: the table is quadratic, and no name of ours is longer.
  static let lengthMax = 64

  /// The candidate that is nearest to `word`, nil when none is near.
  package static func of(_ word: String, among candidates: [String]) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(from: word, to: candidate)
      // Two words share two thirds of their letters, or one is not meant by the other.
      guard distance <= min(distanceMax, max(1, candidate.utf8.count / 3)) else { continue }
      if let found = best, found.distance <= distance { continue }
      best = (candidate, distance)
    }
    if let best { return best.name }
    // An unfinished word: "prof" for "profiles".
    guard word.utf8.count >= 2 else { return nil }
    let longer = candidates.filter { $0.hasPrefix(word) }
    return longer.count == 1 ? longer.first : nil
  }

  /// "; did you mean X?", or nothing: the tail of an error message.
  package static func hint(for word: String, among candidates: [String], prefix: String = "")
    -> String
  {
    guard let name = of(word, among: candidates) else { return "" }
    return "; did you mean \(prefix)\(name)?"
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
  static func distance(from a: String, to b: String) -> Int {
    let first = Array(a.utf8)
    let second = Array(b.utf8)
    guard first.count <= lengthMax, second.count <= lengthMax else { return .max }
    var beforeLast = [Int](repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    for i in first.indices {
      var row = [i + 1]
      row.reserveCapacity(second.count + 1)
      for j in second.indices {
        let replaced = last[j] + (first[i] == second[j] ? 0 : 1)
        var cost = min(replaced, last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[second.count]
  }
}
