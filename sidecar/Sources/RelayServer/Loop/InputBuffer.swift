/// Bytes that a connection has received and not yet used.
///
/// Usually they lie in memory that the loop lends it for a turn: a request that comes whole is read
/// where the kernel put it, and an idle connection holds no memory. What is left over at the end of
/// the turn is copied into memory of its own.
package struct InputBuffer {
  private var bytes: [UInt8] = []
  private var range = 0..<0
  /// Whether `bytes` is the loop's.
  private var isLent = false

  package init() {}

  package var count: Int { range.count }
  package var isEmpty: Bool { range.isEmpty }

  package var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { bytes.span.extracting(range) }
  }

  /// A copy of a part; indices count from the first unused byte.
  package subscript(part: Range<Int>) -> ArraySlice<UInt8> {
    bytes[range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound]
  }

  /// Takes the first `count` bytes of the loop's memory, and the memory with them when there is
  /// nothing here that they come behind.
  package mutating func receive(_ count: Int, lending scratch: inout [UInt8]) {
    precondition(!isLent, "memory is lent for one turn")
    if isEmpty {
      swap(&bytes, &scratch)
      range = 0..<count
      isLent = true
      return
    }
    if range.lowerBound > 0 { bytes = Array(bytes[range]) }
    bytes.append(contentsOf: scratch[..<count])
    range = 0..<bytes.count
  }

  /// Returns what was lent; what is not used by now is kept.
  package mutating func giveBack(_ scratch: inout [UInt8]) {
    guard isLent else { return }
    swap(&bytes, &scratch)
    isLent = false
    // What the swap left here is the empty memory of before.
    bytes = isEmpty ? [] : Array(scratch[range])
    range = 0..<bytes.count
  }

  package mutating func consume(_ count: Int) {
    range = range.lowerBound + count..<range.upperBound
    if range.isEmpty { removeAll() }
  }

  /// Drops what is here; memory of its own is given back.
  package mutating func removeAll() {
    range = 0..<0
    if !isLent { bytes = [] }
  }
}
