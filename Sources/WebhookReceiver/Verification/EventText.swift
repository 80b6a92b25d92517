/// Texts that say what an event is: ids and types.
package enum EventText {
  /// Longer than any provider's ids; a longer one is no id, and would be stored and printed.
  static let bytesMax = 256

  /// Whether the bytes can be stored, logged and put in a header without harm: UTF-8, not empty,
  /// no control characters.
  static func isPlain(_ text: Span<UInt8>) -> Bool {
    guard !text.isEmpty, text.count <= bytesMax else { return false }
    if isPlainASCII(0..<text.count, of: text) { return true }
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte < 0x80 {
        guard byte >= 0x20, byte != 0x7f else { return false }
        position += 1
        continue
      }
      guard case .valid(let length) = UTF8Step.at(position, in: text) else { return false }
      // U+0080 to U+009F, which terminals obey.
      if byte == 0xc2, text[position + 1] < 0xa0 { return false }
      position += length
    }
    return true
  }

  /// The same of a part of the storage: words are read across its end.
  @inline(__always) static func isPlain(_ range: Range<Int>, of storage: Span<UInt8>) -> Bool {
    guard !range.isEmpty, range.count <= bytesMax else { return false }
    return isPlainASCII(range, of: storage) || isPlain(storage.extracting(range))
  }

  /// Whether all bytes are U+0020 to U+007E, as those of nearly every id are.
  @inline(__always) private static func isPlainASCII(
    _ range: Range<Int>,
    of storage: Span<UInt8>
  ) -> Bool {
    storage.allWords(in: range) { Lanes.unplain(in: $1) == 0 }
  }

  /// The text, when it is a plain one.
  package static func string(_ bytes: ArraySlice<UInt8>) -> String? {
    guard isPlain(bytes.span) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
