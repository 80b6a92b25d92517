/// Follows a set of pointers through a document while it is read.
///
/// `matched` is how many steps of a pointer the path to the current value agrees with, counted
/// from the root. A value at level L (L containers around it) lies on a pointer's way when the
/// first L steps agree; it is the pointer's target when there are no more steps.
struct PointerMatcher {
  private struct Row {
    let tokens: [JSONPointer.Token]
    let tokenCount: Int
    var matched = 0
    var value: JSONScalar?

    init(_ pointer: JSONPointer) {
      tokens = pointer.tokens
      tokenCount = pointer.tokens.count
    }
  }

  private var rows: [Row]
  /// The greatest `matched` of all rows: most of a document is below it and costs one comparison.
  private var matchedMax = 0
  /// Whether the value that comes next is the target of a row.
  private var isAtTarget = false
  /// Elements seen in the open array of a level; deeper levels are on no pointer's way.
  private var elementCounts = [65 of Int](repeating: 0)
  /// For keys with escapes; kept, so that it is allocated once.
  private var scratch: [UInt8] = []

  init(_ pointers: [JSONPointer]) {
    rows = pointers.map { Row($0) }
  }

  var results: [JSONScalar?] { rows.map(\.value) }

  /// A member's key has been read in the object at `level`.
  mutating func enterMember(
    _ key: Range<Int>,
    escaped: Bool,
    in text: Span<UInt8>,
    level: Int
  ) {
    isAtTarget = false
    guard matchedMax >= level - 1 else { return }
    matchedMax = 0
    var isUnescaped = false
    for index in rows.indices {
      guard prepare(index, level) else { continue }
      // An escape is at most six times as long as what it stands for: a key longer than that
      // is not this one, and the scratch buffer stays as small as the pointers are.
      let wanted = rows[index].tokens[level - 1].key.count
      guard key.count >= wanted, key.count <= (escaped ? wanted * 6 : wanted) else { continue }
      if escaped, !isUnescaped {
        scratch.removeAll(keepingCapacity: true)
        JSONEscape.append(key, in: text, to: &scratch)
        isUnescaped = true
      }
      let isSame =
        escaped
        ? scratch == rows[index].tokens[level - 1].key
        : Self.isSame(key, in: text, as: rows[index].tokens[level - 1].key)
      if isSame { enter(index, level) }
    }
  }

  /// The next element of the array at `level` comes; level 0 is the document itself.
  mutating func enterElement(level: Int) {
    isAtTarget = false
    guard level > 0 else {
      for index in rows.indices { enter(index, 0) }
      return
    }
    guard matchedMax >= level - 1, level < elementCounts.count else { return }
    matchedMax = 0
    let element = elementCounts[level]
    elementCounts[level] = element + 1
    for index in rows.indices {
      guard prepare(index, level) else { continue }
      if rows[index].tokens[level - 1].index == element { enter(index, level) }
    }
  }

  /// The value itself, at `level`.
  mutating func see(_ token: JSONReader.Token, in text: Span<UInt8>, level: Int) {
    if case .beginArray = token, level + 1 < elementCounts.count { elementCounts[level + 1] = 0 }
    guard isAtTarget else { return }
    for index in rows.indices {
      let isTarget = rows[index].matched == level && rows[index].tokenCount == level
      if isTarget { rows[index].value = Self.scalar(token, in: text) }
    }
  }

  /// Forgets what the previous member or element at `level` matched; false when this pointer does
  /// not lead through the container, or ends at it.
  private mutating func prepare(_ index: Int, _ level: Int) -> Bool {
    let isLive = rows[index].matched >= level - 1
    if isLive { rows[index].matched = level - 1 }
    matchedMax = max(matchedMax, rows[index].matched)
    return isLive && rows[index].tokenCount >= level
  }

  /// What an earlier member of the same name held no longer counts.
  private mutating func enter(_ index: Int, _ level: Int) {
    rows[index].matched = level
    rows[index].value = nil
    matchedMax = max(matchedMax, level)
    if rows[index].tokenCount == level { isAtTarget = true }
  }

  private static func isSame(_ key: Range<Int>, in text: Span<UInt8>, as wanted: [UInt8]) -> Bool {
    guard key.count == wanted.count else { return false }
    for offset in wanted.indices {
      guard text[key.lowerBound + offset] == wanted[offset] else { return false }
    }
    return true
  }

  private static func scalar(_ token: JSONReader.Token, in text: Span<UInt8>) -> JSONScalar? {
    switch token {
    case .string(let range, _): return .string(JSONEscape.unescaped(range, in: text))
    case .number(let range):
      let digits = JSONEscape.unescaped(range, in: text)
      return .number(String(decoding: digits, as: UTF8.self))
    case .bool(let value): return .bool(value)
    case .null: return .null
    default: return nil
    }
  }
}
