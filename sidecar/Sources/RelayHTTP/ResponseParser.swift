/// Reads one answer from pieces of any size (RFC 9112 §6.3, the client's side).
///
/// However the bytes are cut, the outcome is the same. After an error nothing more may be given.
package struct ResponseParser: Sendable {
  /// What becomes of a body beyond its limit.
  package enum Excess: Equatable, Sendable {
    /// The answer is an error.
    case fails
    /// The prefix is the answer, and the connection is at its end.
    case isCutOff
  }

  /// Interim answers (1xx) before the final one; more is a loop.
  package static let interimMax = 8

  private enum Phase: Sendable {
    case head
    case length(remaining: Int)
    case chunked(ChunkedDecoder)
    case untilClose
    case complete
  }

  private let limits: HTTPLimits
  private let excess: Excess
  private let isToHEAD: Bool
  private var phase = Phase.head
  private var finder = HeadFinder()
  /// Bytes of a head that has not ended.
  private var pending: [UInt8] = []
  private var interims = 0
  /// The final head, once it is there.
  package private(set) var head: ResponseHead?
  package private(set) var body: [UInt8] = []
  /// The body went on beyond its limit.
  package private(set) var isCutOff = false
  /// Whether a byte has come.
  package private(set) var hasBegun = false

  /// Bounds are those of `limits`; the target's plays no part.
  package init(limits: HTTPLimits, excess: Excess = .fails, isToHEAD: Bool = false) {
    self.limits = limits
    self.excess = excess
    self.isToHEAD = isToHEAD
  }

  package var isComplete: Bool {
    if case .complete = phase { true } else { false }
  }

  /// Whether the connection may carry another request, when nothing came behind the answer.
  package var canBeKept: Bool { isComplete && !isCutOff && head?.keepAlive == true }

  /// Takes what belongs to the answer, and returns how many bytes that was.
  package mutating func receive(_ input: Span<UInt8>) throws(ResponseError) -> Int {
    if !input.isEmpty { hasBegun = true }
    var used = 0
    while used < input.count, !isComplete {
      let rest = input.extracting(used..<input.count)
      switch phase {
      case .head: used += try takeHead(rest)
      case .length(let remaining): used += takeCounted(rest, remaining: remaining)
      case .chunked(let decoder): used += try takeChunks(rest, decoder)
      case .untilClose: used += try takeOpen(rest)
      case .complete: break
      }
    }
    return used
  }

  /// The stream has ended: that is the end of the body, or the lack of one.
  package mutating func finish() throws(ResponseError) {
    switch phase {
    case .complete: return
    case .untilClose: phase = .complete
    case .head where pending.isEmpty && interims == 0: throw .nothing
    case .head, .length, .chunked: throw .cut
    }
  }

  /// A head is put together from pieces no longer than this, so that the body which comes with it
  /// is copied only once.
  private static let headPieceBytes = 1024

  private mutating func takeHead(_ input: Span<UInt8>) throws(ResponseError) -> Int {
    let before = pending.count
    let piece = min(input.count, Self.headPieceBytes)
    pending.append(copying: input.extracting(0..<piece))
    guard let end = try Self.end(of: pending, &finder, limits) else { return piece }
    let bytes = Array(pending[finder.start..<end])
    pending.removeAll(keepingCapacity: true)
    finder = HeadFinder()
    let head = try ResponseHead.parse(bytes, isToHEAD: isToHEAD, limits: limits)
    if head.status < 200 {
      interims += 1
      guard interims <= Self.interimMax else {
        throw .malformed("the answer sends interim heads without an end")
      }
    } else {
      try begin(head)
    }
    return end - before
  }

  /// A span of one property and a change of another need each its own access.
  private static func end(
    of pending: [UInt8],
    _ finder: inout HeadFinder,
    _ limits: HTTPLimits
  ) throws(ResponseError) -> Int? {
    do throws(HTTPError) {
      return try finder.end(in: pending.span, limits: limits)
    } catch {
      throw ResponseError(error)
    }
  }

  private mutating func begin(_ head: ResponseHead) throws(ResponseError) {
    self.head = head
    switch head.framing {
    case .none, .length(0):
      phase = .complete
    case .length(let length):
      guard length <= limits.bodyBytesMax || excess == .isCutOff else { throw .bodyTooLarge }
      phase = .length(remaining: length)
      // A prefix of nothing is known without a byte of it.
      if limits.bodyBytesMax == 0 { cutOff() }
    case .chunked:
      phase = .chunked(ChunkedDecoder())
    case .untilClose:
      phase = .untilClose
    }
  }

  private mutating func takeCounted(_ input: Span<UInt8>, remaining: Int) -> Int {
    let count = min(remaining, input.count, limits.bodyBytesMax - body.count)
    body.append(copying: input.extracting(0..<count))
    if count == remaining {
      phase = .complete
    } else {
      phase = .length(remaining: remaining - count)
      if body.count == limits.bodyBytesMax { cutOff() }
    }
    return count
  }

  private mutating func takeChunks(
    _ input: Span<UInt8>,
    _ before: ChunkedDecoder
  ) throws(ResponseError) -> Int {
    var decoder = before
    let used: Int
    do throws(HTTPError) {
      used = try decoder.decode(
        input,
        into: &body,
        limit: limits.bodyBytesMax,
        limits: limits,
        stopsAtLimit: excess == .isCutOff
      )
    } catch {
      throw ResponseError(error)
    }
    phase = decoder.isComplete ? .complete : .chunked(decoder)
    if decoder.isInData, body.count == limits.bodyBytesMax { cutOff() }
    return used
  }

  private mutating func takeOpen(_ input: Span<UInt8>) throws(ResponseError) -> Int {
    let count = min(input.count, limits.bodyBytesMax - body.count)
    body.append(copying: input.extracting(0..<count))
    if count < input.count {
      guard excess == .isCutOff else { throw .bodyTooLarge }
      cutOff()
    }
    return count
  }

  private mutating func cutOff() {
    isCutOff = true
    phase = .complete
  }
}
