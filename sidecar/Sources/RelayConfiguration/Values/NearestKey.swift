/// Finds the key that was probably meant.
enum NearestKey {
  /// Keys are shorter; the comparison costs the product of both lengths.
  private static let bytesMax = 64

  /// The nearest candidate, when it is near: a third of the letters may be wrong, three at most.
  static func of(_ word: String, among candidates: [String]) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(comparable(word), comparable(candidate))
      guard distance <= min(3, max(1, candidate.utf8.count / 3)) else { continue }
      if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    if let best { return best.name }
    // warn for warning.
    let longer = candidates.filter { $0.hasPrefix(word) }
    if word.utf8.count >= 2, longer.count == 1 { return longer.first }
    // max_body_bytes for body_bytes, secret_file for secret.
    let related = candidates.filter { candidate in
      candidate.utf8.count >= 4 && comparable(word).contains(comparable(candidate))
    }
    return related.count == 1 ? related.first : nil
  }

  /// bodyBytes, body-bytes and BODY_BYTES are body_bytes to a person.
  private static func comparable(_ word: String) -> String {
    String(word.lowercased().filter { $0 != "_" && $0 != "-" })
  }

  /// Insertions, deletions, replacements and swaps of neighbours that make one of the other.
  private static func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left.utf8)
    let b = Array(right.utf8)
    guard a.count <= bytesMax, b.count <= bytesMax else { return .max }
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(
          rows[i][j] + (a[i] == b[j] ? 0 : 1),
          rows[i][j + 1] + 1,
          row[j] + 1
        )
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, rows[i - 1][j - 1] + 1)
        }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
