/// Undoes the chunked coding (RFC 9112 §7.1), from pieces of any size.
package struct ChunkedDecoder: Equatable, Sendable {
  /// Sixteen digits would overflow; ten count a terabyte.
  private static let sizeDigitsMax = 10

  private enum State: Equatable, Sendable {
    case size
    /// Behind the digits: extensions up to the end of the line.
    case extensions
    case sizeLineFeed
    case data(remaining: Int)
    case dataReturn
    case dataLineFeed
    case trailerStart
    case trailerName
    case trailerValue
    case trailerLineFeed
    case endLineFeed
    case complete
  }

  private var state = State.size
  private var size = 0
  private var digits = 0
  private var extensions = ChunkExtensions()
  /// Of the extensions of this chunk.
  private var lineBytes = 0
  /// Of the extensions of all chunks so far.
  private var extensionBytes = 0
  private var trailerBytes = 0

  package init() {}

  package var isComplete: Bool { state == .complete }

  /// Whether bytes of a chunk are due.
  var isInData: Bool {
    if case .data = state { true } else { false }
  }

  /// Appends what `input` holds of the body and returns how many bytes were used.
  ///
  /// `limit` bounds the decoded body, counted with what `body` holds already. What is beyond it is
  /// refused or, where `stopsAtLimit` says so, left alone: the first byte too many is not used.
  package mutating func decode(
    _ input: Span<UInt8>,
    into body: inout [UInt8],
    limit: Int,
    limits: HTTPLimits,
    stopsAtLimit: Bool = false
  ) throws(HTTPError) -> Int {
    let sizeLimit = stopsAtLimit ? Int.max : limit
    var index = 0
    while index < input.count, state != .complete {
      if case .data(let remaining) = state {
        let count = min(remaining, input.count - index, limit - body.count)
        guard count > 0 else { return index }
        append(input.extracting(index..<index + count), to: &body)
        index += count
        state = remaining == count ? .dataReturn : .data(remaining: remaining - count)
      } else {
        try take(input[index], decoded: body.count, limit: sizeLimit, limits: limits)
        index += 1
      }
    }
    return index
  }

  /// Room is made by doubling.
  ///
  /// Reserving exactly what is needed would copy the body at every chunk, and a client chooses how
  /// many chunks there are.
  private func append(_ bytes: Span<UInt8>, to body: inout [UInt8]) {
    if body.capacity - body.count < bytes.count {
      body.reserveCapacity(max(body.count + bytes.count, 2 * body.capacity))
    }
    body.append(copying: bytes)
  }

  private mutating func take(
    _ byte: UInt8,
    decoded: Int,
    limit: Int,
    limits: HTTPLimits
  ) throws(HTTPError) {
    switch state {
    case .size: try takeSize(byte, limits)
    case .extensions: try takeExtension(byte, limits)
    case .sizeLineFeed:
      try expect(byte, 0x0A)
      guard size <= limit - decoded else { throw .bodyTooLarge }
      state = size == 0 ? .trailerStart : .data(remaining: size)
      (size, digits, lineBytes) = (0, 0, 0)
      extensions = ChunkExtensions()
    case .dataReturn:
      try expect(byte, 0x0D)
      state = .dataLineFeed
    case .dataLineFeed:
      try expect(byte, 0x0A)
      state = .size
    default:
      try takeTrailer(byte, limits)
    }
  }

  private mutating func takeSize(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPError) {
    if let digit = Words.hexadecimal(byte) {
      // Zeros in front count as well: a size line has an end.
      guard digits < Self.sizeDigitsMax else { throw .bodyTooLarge }
      size = size << 4 | Int(digit)
      digits += 1
      return
    }
    // No sign, no blank, no `0x` (RFC 9112 §7.1): what one reader skips another counts.
    guard digits > 0 else { throw .badRequest("a chunk begins without its size") }
    switch byte {
    case 0x0D: state = .sizeLineFeed
    case 0x3B: state = .extensions
    default: throw .badRequest("a chunk size holds something else than hexadecimal digits")
    }
  }

  /// Extensions that nobody here knows are ignored (RFC 9112 §7.1.1), but not without their form,
  /// and the bounds that it asks for.
  ///
  /// They end with CR LF: a bare LF has ended them for some readers only.
  private mutating func takeExtension(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPError) {
    if byte == 0x0D, extensions.mayEnd {
      state = .sizeLineFeed
      return
    }
    lineBytes += 1
    extensionBytes += 1
    guard extensions.take(byte) else { throw .badRequest("a chunk extension is malformed") }
    guard lineBytes <= limits.chunkLineBytesMax else {
      throw .badRequest("a chunk extension is longer than this server takes")
    }
    guard extensionBytes <= limits.chunkExtensionBytesMax else {
      throw .badRequest("the chunk extensions together are longer than this server takes")
    }
  }

  /// Trailer fields are read and dropped (RFC 9110 §6.5.1): nothing in them was signed or asked
  /// for, and merged into the head they could change what was judged by it.
  ///
  /// They have the form of fields all the same (RFC 9112 §7.1.2): what has not could be the next
  /// request.
  private mutating func takeTrailer(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPError) {
    trailerBytes += 1
    guard trailerBytes <= limits.trailerBytesMax else { throw .headTooLarge }
    switch (state, byte) {
    case (.trailerStart, 0x0D): state = .endLineFeed
    case (.trailerStart, _) where Words.isToken(byte): state = .trailerName
    case (.trailerName, 0x3A): state = .trailerValue
    case (.trailerName, _) where Words.isToken(byte): break
    case (.trailerValue, 0x0D): state = .trailerLineFeed
    case (.trailerValue, _) where Words.isFieldByte(byte): break
    case (.trailerLineFeed, 0x0A): state = .trailerStart
    case (.endLineFeed, 0x0A): state = .complete
    default: throw .badRequest("the trailer behind the last chunk is malformed")
    }
  }

  private func expect(_ byte: UInt8, _ expected: UInt8) throws(HTTPError) {
    guard byte == expected else { throw .badRequest("a chunk does not end with CR LF") }
  }
}
