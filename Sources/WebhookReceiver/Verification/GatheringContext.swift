/// Hands short pieces of a message to libcrypto together: each call costs as much as hashing half a
/// block, and most messages are an id, a time and the marks between them in front of a body.
struct GatheringContext: ~Copyable, ContentSink {
  /// What is gathered at most: ids and times are shorter.
  private static let bytesMax = 128

  private var context: AuthenticationKey.Context
  /// With room for a whole word that begins within it.
  private var bytes = [136 of UInt8](repeating: 0)
  private var count = 0

  init(_ context: consuming AuthenticationKey.Context) {
    self.context = context
  }

  mutating func update(_ piece: Span<UInt8>) {
    guard piece.count > Self.bytesMax - count else { return gather(piece) }
    flush()
    context.update(piece)
  }

  /// The context, which has been given everything.
  consuming func finish() -> AuthenticationKey.Context {
    flush()
    return context
  }

  private mutating func gather(_ piece: Span<UInt8>) {
    var all = bytes.mutableSpan
    // Any bytes are a message; the position is compared with the bounds.
    var raw = unsafe all.mutableBytes
    var position = 0
    while position < piece.count {
      let word = piece.word(at: position).littleEndian
      raw.storeBytes(of: word, toByteOffset: count + position, as: UInt64.self)
      position += 8
    }
    count += piece.count
  }

  private mutating func flush() {
    guard count > 0 else { return }
    context.update(bytes.span.extracting(first: count))
    count = 0
  }
}
