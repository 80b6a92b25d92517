extension JSONBytes {
  /// Walks over an object or array that holds nothing anybody has asked for, and validates it.
  ///
  /// `depth` containers are open around it. No recursion: one bit per open level says whether it
  /// is an object, the innermost in bit 0, and every 64 levels the word is put aside.
  @inline(never) func containerEnd(from start: Int, depth: Int) -> Int {
    var position = start
    var levels = JSONLevels(room: JSONReader.depthMax - depth)
    while true {
      // A value begins at `position`.
      let first = byte(at: position)
      if first | 0x20 == UInt8(ascii: "{") {
        // `{` and `[` differ in one bit, which is the one that the levels keep.
        guard levels.open(isObject: first & 0x20 != 0) else { return Self.refused }
        position = blanksEnd(from: position + 1)
        if byte(at: position) != levels.closer {
          guard levels.isInObject else { continue }
          position = keyEnd(from: position)
          guard position != Self.refused else { return Self.refused }
          continue
        }
      } else {
        position = scalarEnd(from: position)
        guard position != Self.refused else { return Self.refused }
        position = blanksEnd(from: position)
      }
      // A value has ended: closers follow, as many as there are, and then a comma.
      while byte(at: position) != UInt8(ascii: ",") {
        guard byte(at: position) == levels.closer else { return Self.refused }
        position += 1
        guard levels.close() else { return position }
        position = blanksEnd(from: position)
      }
      position = blanksEnd(from: position + 1)
      if levels.isInObject {
        position = keyEnd(from: position)
        guard position != Self.refused else { return Self.refused }
      }
    }
  }

  /// A key and its colon; answers where the value begins.
  @inline(__always) private func keyEnd(from start: Int) -> Int {
    guard byte(at: start) == UInt8(ascii: "\"") else { return Self.refused }
    let end = stringEnd(from: start + 1)
    guard end != Self.refused else { return Self.refused }
    let colon = blanksEnd(from: end)
    guard byte(at: colon) == UInt8(ascii: ":") else { return Self.refused }
    return blanksEnd(from: colon + 1)
  }
}

/// Which of the open levels are objects.
private struct JSONLevels {
  private let room: Int
  private var count = 0
  /// The innermost 64 levels at most; bit 0 is the innermost, and set for an object.
  private var bits: UInt64 = 0
  private var outer = [8 of UInt64](repeating: 0)

  init(room: Int) {
    self.room = room
  }

  var isInObject: Bool { bits & 1 != 0 }

  /// What closes the innermost level: `]`, and 0x20 above it `}`.
  var closer: UInt8 { UInt8(ascii: "]") | UInt8(truncatingIfNeeded: bits & 1) << 5 }

  /// False when there are more levels than is allowed.
  @inline(__always) mutating func open(isObject: Bool) -> Bool {
    guard count < room else { return false }
    if count & 63 == 0 { outer[count >> 6] = bits }
    bits = bits << 1 | (isObject ? 1 : 0)
    count += 1
    return true
  }

  /// False when the level was the last.
  @inline(__always) mutating func close() -> Bool {
    count -= 1
    bits = count & 63 == 0 ? outer[count >> 6] : bits >> 1
    return count > 0
  }
}
