/// Spans on their way into libssl.
///
/// Bounds-annotated C functions would do without these, but the release compiler (6.3.1) crashes on
/// their overloads here as it does in the library; the first page of docs/decisions says more.
extension Span where Element == UInt8 {
  /// Lends the bytes as C takes them.
  @unsafe func lend<Result: ~Copyable>(_ body: (UnsafePointer<UInt8>?, Int) -> Result) -> Result {
    // Pointer and count belong together, and neither leaves the call.
    unsafe withUnsafeBufferPointer { unsafe body($0.baseAddress, $0.count) }
  }
}

extension MutableSpan where Element == UInt8 {
  /// Lends the bytes for C to write.
  @unsafe mutating func lend<Result: ~Copyable>(
    _ body: (UnsafeMutablePointer<UInt8>?, Int) -> Result
  ) -> Result {
    // Pointer and count belong together, and neither leaves the call.
    unsafe withUnsafeMutableBufferPointer { unsafe body($0.baseAddress, $0.count) }
  }
}
