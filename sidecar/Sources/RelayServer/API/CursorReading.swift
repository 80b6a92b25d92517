internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// Reads cursors that clients hand in, and says exactly what is wrong with one.
struct CursorReading: Sendable {
  let codec: CursorCodec
  let reader: JournalReader

  /// `isPlace`: it goes on among the events themselves, so that it can fall behind them.
  func decode(
    _ text: String,
    kinds: [Cursor.Kind],
    binding: UInt64?,
    isPlace: Bool = true
  ) throws(ProblemError) -> Cursor {
    let cursor: Cursor
    do throws(CursorError) {
      cursor = try codec.decode(text)
    } catch {
      switch error {
      case .malformed: throw ProblemError(Self.malformed)
      case .foreignJournal: throw ProblemError(Self.foreign)
      case .parted: throw ProblemError(Self.ahead)
      }
    }
    guard kinds.contains(cursor.kind), binding == nil || cursor.binding == binding else {
      throw ProblemError(Self.mismatch)
    }
    let bounds = reader.bounds
    // Where a descending read begins is one past the end; the others name an event that was read.
    let last = cursor.kind == .descending ? bounds.durable + 1 : bounds.durable
    guard cursor.sequence <= last else { throw ProblemError(Self.ahead) }
    if isPlace { try requireKept(cursor) }
    return cursor
  }

  /// Refuses a position behind which events have left retention.
  func requireKept(_ cursor: Cursor) throws(ProblemError) {
    let first = reader.bounds.first
    let isExpired = cursor.kind != .descending && cursor.sequence + 1 < first
    guard !isExpired else { throw ProblemError(expired(cursor, first: first)) }
  }

  private func expired(_ cursor: Cursor, first: UInt64) -> HTTPProblem {
    let oldest = codec.encode(
      Cursor(
        kind: cursor.kind,
        sequence: first - 1,
        binding: cursor.binding,
        generation: cursor.generation,
        nonce: cursor.nonce
      )
    )
    let from = cursor.sequence + 1
    return HTTPProblem(
      410,
      "cursor-expired",
      "events \(from) to \(first - 1) have left retention; go on from the oldest cursor"
    ).with { writer in
      writer.key("from")
      writer.int(Int(clamping: from))
      writer.key("to")
      writer.int(Int(clamping: first - 1))
      writer.key("oldest")
      writer.string(oldest)
    }
  }

  private static let malformed = HTTPProblem(
    400,
    "bad-cursor",
    "this is not a cursor that the API gave out; take `next` of a page as it is"
  )
  private static let foreign = HTTPProblem(
    409,
    "cursor-mismatch",
    "this cursor was made by another journal; start again from a time or the beginning"
  )
  private static let mismatch = HTTPProblem(
    409,
    "cursor-mismatch",
    "this cursor belongs to another filter, order or consumer; use it where it came from"
  )
  private static let ahead = HTTPProblem(
    409,
    "cursor-mismatch",
    "this cursor is ahead of the journal, as after a restored backup; start again from a time"
  )
}

/// A problem on its way up.
struct ProblemError: Error {
  let problem: HTTPProblem
  init(_ problem: HTTPProblem) { self.problem = problem }

  static func badRequest(_ detail: String) -> Self {
    Self(HTTPProblem(400, "bad-request", detail))
  }
}
