/// A text that is compared with parts of many requests: a prefix, or the name of an element.
///
/// Most are no longer than a word, and are compared as one.
struct ShortText: Sendable {
  let count: Int
  private let first: UInt64
  /// What is behind the first eight bytes.
  private let rest: [UInt8]

  init(_ text: String) {
    let bytes = Array(text.utf8)
    count = bytes.count
    first = bytes.span.word(at: 0)
    rest = Array(bytes.dropFirst(8))
  }

  /// The bytes, the first in the lowest lane; nil where they are more than a word.
  var word: UInt64? { count <= 8 ? first : nil }

  /// Whether these bytes of the storage are the text; for names, whose time tells nothing.
  @inline(__always) func isSame(_ range: Range<Int>, in storage: Span<UInt8>) -> Bool {
    guard range.count == count,
      storage.word(at: range.lowerBound) & Lanes.first(count) == first
    else { return false }
    return count <= 8 || hasRest(storage.extracting(range).extracting(droppingFirst: 8))
  }

  @inline(never) private func hasRest(_ bytes: Span<UInt8>) -> Bool {
    for index in rest.indices where bytes[index] != rest[index] { return false }
    return true
  }
}
