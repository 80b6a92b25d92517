/// Paths into a document, laid out so that following them allocates nothing.
struct JSONPaths: Sendable {
  /// One bit each in a `Mask`.
  static let countMax = 16

  /// A set of paths: bit `n` is path `n`.
  typealias Mask = UInt16

  enum Step: Sendable {
    /// A member with this key, or, where `index` is not negative, the element with this index.
    case name(key: Range<Int>, index: Int)
    /// Every member or element.
    case every
  }

  /// How many steps the longest path has.
  let levelMax: Int
  /// The keys of all paths, one behind the other.
  private var keys: [UInt8] = []
  private var steps: [Step] = []
  /// The first step of each path.
  private var starts: [Int] = []
  /// By level: the paths that end at a value there, lead on, and lead on into arrays.
  private var ending: [Mask]
  private var leading: [Mask]
  private var leadingIntoArrays: [Mask]

  /// One row per path; `nil` is a step that every member and element takes.
  init(_ paths: [[JSONPointer.Token?]]) {
    precondition(paths.count <= Self.countMax, "the callers have counted")
    levelMax = paths.map(\.count).max() ?? 0
    ending = Array(repeating: 0, count: levelMax + 1)
    leading = ending
    leadingIntoArrays = ending
    for (path, tokens) in paths.enumerated() {
      let bit = Mask(1) << Mask(path)
      starts.append(steps.count)
      ending[tokens.count] |= bit
      for (level, token) in tokens.enumerated() {
        leading[level] |= bit
        if token == nil || token?.index != nil { leadingIntoArrays[level] |= bit }
        steps.append(token.map { append($0) } ?? .every)
      }
    }
  }

  private mutating func append(_ token: JSONPointer.Token) -> Step {
    let start = keys.count
    keys += token.key
    return .name(key: start..<keys.count, index: token.index ?? -1)
  }

  var count: Int { starts.count }
  var all: Mask { Mask(truncatingIfNeeded: (1 << count) - 1) }

  func ending(at level: Int) -> Mask { ending[level] }

  /// The paths that lead from a value at `level` on, when it is an object or an array.
  func leading(from level: Int, isObject: Bool) -> Mask {
    isObject ? leading[level] : leadingIntoArrays[level]
  }

  /// Those of `paths` whose step from `level` on is the member with this key.
  func taking(
    _ key: Range<Int>,
    of bytes: borrowing JSONBytes,
    from level: Int,
    _ paths: Mask
  ) -> Mask {
    var rest = paths
    var taken: Mask = 0
    while rest != 0 {
      let path = rest.trailingZeroBitCount
      rest &= rest - 1
      switch steps[starts[path] + level] {
      case .every: taken |= 1 << Mask(path)
      case .name(let wanted, _):
        if isSame(key, of: bytes, as: wanted) { taken |= 1 << Mask(path) }
      }
    }
    return taken
  }

  /// Those of `paths` whose step from `level` on is the element with this index.
  func taking(element: Int, from level: Int, _ paths: Mask) -> Mask {
    var rest = paths
    var taken: Mask = 0
    while rest != 0 {
      let path = rest.trailingZeroBitCount
      rest &= rest - 1
      switch steps[starts[path] + level] {
      case .every: taken |= 1 << Mask(path)
      case .name(_, let index): if index == element { taken |= 1 << Mask(path) }
      }
    }
    return taken
  }

  /// Compares a key as it is written with one as it is meant.
  ///
  /// An escape is at most six times as long as what it stands for: a key longer than that is not
  /// this one, so that the work is bounded by the lengths of the paths.
  private func isSame(
    _ key: Range<Int>,
    of bytes: borrowing JSONBytes,
    as wanted: Range<Int>
  ) -> Bool {
    guard key.count >= wanted.count, key.count <= wanted.count * 6 else { return false }
    var position = key.lowerBound
    var index = wanted.lowerBound
    while position < key.upperBound {
      let byte = bytes.byte(at: position)
      if byte == UInt8(ascii: "\\") {
        guard let scalar = JSONEscape.scalar(at: &position, in: bytes.text) else { return false }
        for byte in scalar {
          guard index < wanted.upperBound, keys[index] == byte else { return false }
          index += 1
        }
      } else {
        guard index < wanted.upperBound, keys[index] == byte else { return false }
        index += 1
        position += 1
      }
    }
    return index == wanted.upperBound
  }
}
