/// `<base offset, 20 digits>-<segment id, 16 hexadecimal digits>.seg`: names sort as the log does.
enum SegmentName {
  static let bytes = 41

  static func make(baseOffset: UInt64, id: UInt64) -> String {
    pad(String(baseOffset), 20) + "-" + pad(String(id, radix: 16), 16) + ".seg"
  }

  /// Whether a name is that of a segment; spares and temporary files are not.
  static func isSegment(_ name: String) -> Bool { parse(name) != nil }

  /// Returns what a segment's name says, or nil for any other name.
  static func parse(_ name: String) -> (baseOffset: UInt64, id: UInt64)? {
    guard name.utf8.count == bytes,
      let baseOffset = UInt64(name.prefix(20)),
      let id = UInt64(name.dropFirst(21).prefix(16), radix: 16),
      make(baseOffset: baseOffset, id: id) == name
    else { return nil }
    return (baseOffset, id)
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
