/// Finds the end of a head in bytes that come piece by piece, and never looks at a byte twice but
/// for a carriage return that came last.
package struct HeadFinder: Equatable, Sendable {
  /// Empty lines before a request line, as some clients send after a body (RFC 9112 §2.2).
  private static let leadingLinesMax = 4

  /// Where the head begins: behind leading empty lines.
  package private(set) var start = 0
  private var scanned = 0
  /// Where the line begins that is being looked at.
  private var lineStart = 0
  private var leadingLines = 0

  package init() {}

  /// Whether no byte has been looked at yet.
  package var isFresh: Bool { scanned == 0 }

  /// Returns the index behind the empty line that ends the head, or nil while it has not come.
  ///
  /// The answer is the same however the bytes were cut: a byte counts only once every byte before
  /// it was found good, and none beyond the bound is looked at.
  package mutating func end(
    in input: Span<UInt8>,
    limits: HTTPLimits
  ) throws(HTTPError) -> Int? {
    var index = scanned
    defer { scanned = index }
    var stop = min(input.count, start + limits.headBytesMax)
    while index < stop {
      if stop - index >= 8 {
        let harmless = Words.bytesAboveControls(Words.word(input, at: index))
        index += harmless
        if harmless == 8 { continue }
      }
      let byte = input[index]
      if byte >= 0x20 || byte == 0x09 {
        index += 1
        continue
      }
      guard byte == 0x0D else { throw Self.refusal(of: byte) }
      guard index + 1 < stop else { break }
      // A line ends with CR LF. A bare CR or LF is read as an end by some and not by others: that
      // is how requests are smuggled (RFC 9112 §2.2).
      guard input[index + 1] == 0x0A else {
        throw .badRequest("a carriage return stands alone in the head")
      }
      let isEmpty = index == lineStart
      index += 2
      lineStart = index
      guard isEmpty else { continue }
      guard index - 2 == start else { return index }
      leadingLines += 1
      guard leadingLines <= Self.leadingLinesMax else {
        throw .badRequest("too many empty lines in front of the head")
      }
      start = index
      stop = min(input.count, start + limits.headBytesMax)
    }
    guard input.count <= start + limits.headBytesMax else { throw .headTooLarge }
    return nil
  }

  /// Other control bytes cannot be part of any head; refused here, a peer that speaks TLS or noise
  /// is answered at its first bytes and not at the deadline.
  private static func refusal(of byte: UInt8) -> HTTPError {
    byte == 0x0A
      ? .badRequest("a line of the head ends without CR")
      : .badRequest("the head holds a control byte")
  }
}
