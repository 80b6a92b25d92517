extension Array where Element == UInt8 {
  /// Appends a span at the speed of memory; room grows by doubling, as with every append.
  package mutating func append(copying bytes: Span<UInt8>) {
    // SAFETY: the bytes are copied before the closure returns, and the span holds them until then.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
