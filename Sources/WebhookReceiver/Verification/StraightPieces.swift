/// What is in front of the body, as steps of at most a word.
struct StraightPieces: ~Copyable, Sendable {
  private struct Piece: Sendable {
    /// A literal, of at most a word.
    var word: UInt64 = 0
    /// Zero where it is none.
    var count = 0
    /// The headers that it may be; none where it is the time.
    var names = FewHeaders.Names.none
    /// What the text may not hold; zero: whatever plain texts may.
    var delimiter: UInt8 = 0
  }

  private let pieces: [Piece]

  /// Nil where the body is not the last part, or a part is neither literal, header nor time.
  init?(_ message: MessagePlan) {
    guard case .body? = message.parts.last else { return nil }
    var pieces: [Piece] = []
    let literals = message.literals
    for part in message.parts.dropLast() {
      switch part {
      case .literal(let range):
        _ = literals.span.allWords(in: range) { offset, word in
          pieces.append(Piece(word: word, count: min(8, range.count - offset)))
          return true
        }
      case .timestamp: pieces.append(Piece())
      case .header(let names, let delimiter):
        guard let names = FewHeaders.Names(Array(message.headers[names])), !names.isEmpty,
          delimiter.count <= 1
        else { return nil }
        let mark = delimiter.first.map { literals[$0] } ?? 0
        pieces.append(Piece(names: names, delimiter: mark))
      case .body, .extra: return nil
      }
    }
    self.pieces = pieces
  }

  /// Whether one of the pieces is the first that is present of these.
  func hold(_ names: FewHeaders.Names) -> Bool {
    !names.isEmpty && pieces.contains { $0.names == names }
  }

  /// Puts together what is in front of the body; false where it is left to the engine.
  @inline(__always) func gather(
    _ head: Span<UInt8>,
    _ fields: Span<HeaderFields.FieldRange>,
    _ headers: FewHeaders,
    time: Range<Int>,
    into message: inout ShortMessage
  ) -> Bool {
    let pieces = self.pieces.span
    for index in pieces.indices {
      guard pieces[index].count == 0 else {
        guard message.append(pieces[index].word, count: pieces[index].count) else { return false }
        continue
      }
      var text = time
      if !pieces[index].names.isEmpty {
        guard let field = headers.first(of: pieces[index].names) else { return false }
        text = fields[field].value
      }
      guard message.append(plain: text, of: head, without: pieces[index].delimiter) else {
        return false
      }
    }
    return true
  }
}
