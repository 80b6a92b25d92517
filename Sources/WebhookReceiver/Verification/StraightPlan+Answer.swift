extension StraightPlan {
  func answer(to request: borrowing WebhookRequest, at now: Timestamp) -> QuickAnswer {
    let head = request.headBytes
    let fields = request.headerRanges
    let headers = headerNames.locate(head, fields)
    var found = StraightLists.Found()
    // Of two headers of a name, two readers could take different ones.
    guard !headers.isUnclear, let field = headers.first(of: signatureNames),
      !fields[field].value.isEmpty, lists.read(fields[field].value, in: head, into: &found)
    else { return .undecided }
    var answer = QuickAnswer(verdict: .mismatch)
    if let timeFormat {
      if !timeNames.isEmpty {
        guard let field = headers.first(of: timeNames) else { return .undecided }
        found.time = fields[field].value
      }
      guard let time = timeFormat.time(head.extracting(found.time)), isTolerated(time, at: now)
      else { return .undecided }
      answer.time = time
    }
    var front = ShortMessage()
    guard pieces.gather(head, fields, headers, time: found.time, into: &front),
      isPlain(idNames, head, fields, headers), isPlain(typeNames, head, fields, headers)
    else { return .undecided }
    let message = Message(front: front.span, body: request.bodyBytes)
    answer.verdict = verdict(of: key, message, &found, head)
    switch answer.verdict {
    case .verified, .undecided: return answer
    case .mismatch, .malformed:
      return otherKeys.isEmpty ? answer : others(message, &found, head, answer)
    }
  }

  /// What the code is of.
  struct Message: ~Escapable {
    let front: Span<UInt8>
    let body: Span<UInt8>

    @_lifetime(copy front, copy body)
    init(front: Span<UInt8>, body: Span<UInt8>) {
      self.front = front
      self.body = body
    }
  }

  private func isTolerated(_ time: Timestamp, at now: Timestamp) -> Bool {
    let (age, isOver) = now.microseconds.subtractingReportingOverflow(time.microseconds)
    return !isOver && age <= past && age >= -future
  }

  /// Whether the header that tells the id or the type can be stored and printed.
  @inline(__always) private func isPlain(
    _ names: FewHeaders.Names,
    _ head: Span<UInt8>,
    _ fields: Span<HeaderFields.FieldRange>,
    _ headers: FewHeaders
  ) -> Bool {
    guard let field = headers.first(of: names) else { return true }
    return EventText.isPlain(fields[field].value, of: head)
  }

  /// Whether one of the signatures is the code under this key.
  ///
  /// `found` stays as it is: a large value that is lent is copied on its way.
  private func verdict(
    of key: AuthenticationKey,
    _ message: borrowing Message,
    _ found: inout StraightLists.Found,
    _ head: Span<UInt8>
  ) -> QuickAnswer.Verdict {
    var code = AuthenticationCode(count: codeBytes)
    guard key.writeCode(of: message.front, message.body, into: &code) else { return .undecided }
    var text = ShortMessage()
    guard text.append(code: &code, encoding) else { return decoded(&code, &found, head) }
    // A code has one text in these encodings, and writing it costs less than reading one.
    for index in 0..<found.count
    where ConstantTime.isEqual(head.extracting(found.signatures.span[index]), text.span) {
      return .verified
    }
    return decoded(&code, &found, head)
  }

  /// The same for encodings with several texts for a code; and what it is when there is no match.
  @inline(never) private func decoded(
    _ code: inout AuthenticationCode,
    _ found: inout StraightLists.Found,
    _ head: Span<UInt8>
  ) -> QuickAnswer.Verdict {
    var hasRead = found.hasOthers
    for index in 0..<found.count {
      var received = AuthenticationCode(count: codeBytes)
      let text = head.extracting(found.signatures.span[index])
      guard SignatureText.decode(text, encoding, into: &received) else { continue }
      hasRead = true
      if ConstantTime.isEqual(received.span, code.span) { return .verified }
    }
    return hasRead ? .mismatch : .malformed
  }

  /// Tries the other keys, as a rotation has.
  @inline(never) private func others(
    _ message: borrowing Message,
    _ found: inout StraightLists.Found,
    _ head: Span<UInt8>,
    _ first: QuickAnswer
  ) -> QuickAnswer {
    var answer = first
    for index in otherKeys.indices {
      answer.verdict = verdict(of: otherKeys[index], message, &found, head)
      answer.index = index + 1
      if answer.verdict == .verified || answer.verdict == .undecided { break }
    }
    return answer
  }
}
