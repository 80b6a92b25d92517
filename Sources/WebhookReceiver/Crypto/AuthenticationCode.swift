/// A message authentication code, or another digest, in memory of its own: no code is so long
/// that it would need an allocation.
struct AuthenticationCode: Sendable {
  /// The length of a SHA-512.
  static let byteCountMax = 64

  /// The longest code, and room behind it for a whole word that begins within it.
  private var bytes = [72 of UInt8](repeating: 0)
  private(set) var count: Int

  /// Makes a code of zeros, to be written over.
  init(count: Int) {
    precondition(count <= Self.byteCountMax, "no digest is longer than SHA-512's")
    self.count = count
  }

  init(_ code: [UInt8]) {
    self.init(count: code.count)
    for index in code.indices { bytes[index] = code[index] }
  }

  var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { bytes.span.extracting(first: count) }
  }

  /// Lends the bytes to be written.
  mutating func write<Result>(_ body: (inout MutableSpan<UInt8>) -> Result) -> Result {
    let count = count
    var all = bytes.mutableSpan
    var used = all._mutatingExtracting(first: count)
    return body(&used)
  }

  /// Writes eight bytes at once, the first from the lowest lane; those behind the code are none of
  /// it.
  @inline(__always) mutating func store(_ word: UInt64, at position: Int) {
    var all = bytes.mutableSpan
    // Any bytes are a code; the position is compared with the bounds.
    var raw = unsafe all.mutableBytes
    raw.storeBytes(of: word.littleEndian, toByteOffset: position, as: UInt64.self)
  }

  /// The eight bytes from `position` on, the first in the lowest lane; zeros behind the code.
  @inline(__always) mutating func word(at position: Int) -> UInt64 {
    // Changes nothing: what is lent to be read would be copied.
    var all = bytes.mutableSpan
    // Any bytes are a number; the position is compared with the bounds.
    let raw = unsafe all.mutableBytes
    let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
    return UInt64(littleEndian: word)
  }

  var array: [UInt8] { (0..<count).map { bytes[$0] } }
}
