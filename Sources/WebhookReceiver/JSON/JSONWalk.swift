/// What somebody wants to hear about while a document is walked over.
protocol JSONSink {
  /// A container that paths lead through begins; its members or elements stand at `level`.
  mutating func open(level: Int)
  /// A member or element at `level` begins that these paths lead to or through.
  mutating func enter(_ paths: JSONPaths.Mask, level: Int)
  /// The value that these paths name has ended.
  mutating func find(_ paths: JSONPaths.Mask, _ hit: JSONHit)
}

/// Follows paths through a document, in one pass that validates all of it.
///
/// What no path leads through is walked over by `JSONBytes.containerEnd`; this walks along the
/// paths only, and so never deeper than they are long.
struct JSONWalk: ~Escapable {
  /// A container that paths lead through.
  private struct Level {
    var start = 0
    /// The paths that end at the container itself.
    var ending: JSONPaths.Mask = 0
    /// The paths that lead on from it.
    var leading: JSONPaths.Mask = 0
    /// Its elements so far; -1 in an object.
    var elements = 0
  }

  private let bytes: JSONBytes
  private let paths: JSONPaths
  private var position = 0
  /// How many of `levels` are open.
  private var depth = 0
  /// Whether the innermost container has just begun.
  private var isFresh = false
  /// As many as `JSONPointer.tokensMax`, which the length of an inline array cannot name: the
  /// value at the end of the longest path is not gone into.
  private var levels = [64 of Level](repeating: Level())

  @_lifetime(copy text)
  private init(_ text: Span<UInt8>, _ paths: JSONPaths) {
    bytes = JSONBytes(text)
    self.paths = paths
  }

  /// Tells the sink of all that the paths lead to; false when the text is not JSON, and then what
  /// the sink has heard counts for nothing.
  static func run(
    _ text: Span<UInt8>,
    _ paths: JSONPaths,
    into sink: inout some JSONSink
  ) -> Bool {
    var walk = JSONWalk(text, paths)
    return walk.document(into: &sink)
  }

  private mutating func document(into sink: inout some JSONSink) -> Bool {
    position = bytes.blanksEnd(from: 0)
    sink.enter(paths.all, level: 0)
    guard value(paths.all, into: &sink) else { return false }
    while depth > 0 {
      guard step(into: &sink) else { return false }
    }
    return bytes.blanksEnd(from: position) == bytes.text.count
  }

  /// The value at `position`, which `taken` lead to or through: up to its end, or up to its
  /// inside when they lead on.
  @inline(__always) private mutating func value(
    _ taken: JSONPaths.Mask,
    into sink: inout some JSONSink
  ) -> Bool {
    isFresh = false
    let start = position
    let first = bytes.byte(at: start)
    let isContainer = first | 0x20 == UInt8(ascii: "{")
    if taken != 0, isContainer {
      let isObject = first == UInt8(ascii: "{")
      let leading = paths.leading(from: depth, isObject: isObject) & taken
      if leading != 0 {
        let ending = paths.ending(at: depth) & taken
        levels[depth] = Level(
          start: start,
          ending: ending,
          leading: leading,
          elements: isObject ? -1 : 0
        )
        depth += 1
        position = start + 1
        isFresh = true
        sink.open(level: depth)
        return true
      }
    }
    position =
      isContainer
      ? bytes.containerEnd(from: start, depth: depth) : bytes.scalarEnd(from: start)
    guard position != JSONBytes.refused else { return false }
    if taken != 0 { find(taken, from: start, into: &sink) }
    return true
  }

  private func find(_ taken: JSONPaths.Mask, from start: Int, into sink: inout some JSONSink) {
    let ending = paths.ending(at: depth) & taken
    if ending != 0 { sink.find(ending, JSONHit(start..<position, in: bytes)) }
  }

  /// The next member or element of the innermost container, or its end.
  @inline(__always) private mutating func step(into sink: inout some JSONSink) -> Bool {
    let elements = levels[depth - 1].elements
    position = bytes.blanksEnd(from: position)
    let first = bytes.byte(at: position)
    if first == (elements < 0 ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
      position += 1
      depth -= 1
      isFresh = false
      let ending = levels[depth].ending
      if ending != 0 {
        sink.find(ending, JSONHit(levels[depth].start..<position, in: bytes))
      }
      return true
    }
    if !isFresh {
      guard first == UInt8(ascii: ",") else { return false }
      position = bytes.blanksEnd(from: position + 1)
    }
    let leading = levels[depth - 1].leading
    var taken: JSONPaths.Mask
    if elements < 0 {
      guard bytes.byte(at: position) == UInt8(ascii: "\"") else { return false }
      let start = position + 1
      let end = bytes.stringEnd(from: start)
      guard end != JSONBytes.refused else { return false }
      taken = paths.taking(start..<end - 1, of: bytes, from: depth - 1, leading)
      let colon = bytes.blanksEnd(from: end)
      guard bytes.byte(at: colon) == UInt8(ascii: ":") else { return false }
      position = bytes.blanksEnd(from: colon + 1)
    } else {
      levels[depth - 1].elements = elements + 1
      taken = paths.taking(element: elements, from: depth - 1, leading)
    }
    if taken != 0 { sink.enter(taken, level: depth) }
    return value(taken, into: &sink)
  }
}
