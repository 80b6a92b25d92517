/// A message authentication code, or another digest, in memory of its own: no code is so long
/// that it would need an allocation.
struct AuthenticationCode: Sendable {
  /// The length of a SHA-512.
  static let byteCountMax = 64

  private var bytes = [64 of UInt8](repeating: 0)
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

  var array: [UInt8] { (0..<count).map { bytes[$0] } }
}
