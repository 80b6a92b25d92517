internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import WebhookReceiver

/// Acks, nacks and extensions.
extension LeaseDesk {
  enum Verb: Sendable {
    case ack
    case nack
    case extend

    /// Whether the caller has what it asked for: a lease of what is settled cannot be prolonged.
    func isSatisfied(by answer: LeaseTable.Answer) -> Bool {
      self == .extend ? answer == .done : answer == .done || answer == .alreadyDone
    }
  }

  /// Settles each of the leases, and says what became of it.
  ///
  /// 200 when the caller has what it asked for, now or since before; else 409, with the same list.
  func settle(
    _ verb: Verb,
    _ wanted: LeaseRequest.Settling,
    _ consumer: LeaseConsumer,
    _ connection: ConnectionID
  ) throws(ProblemError) -> Answer {
    let time = now()
    consumer.table.advance(to: time)
    let wall = SystemClock.wallMicroseconds()
    let results = wanted.ids.map { id in
      guard let receipt = receipt(id, consumer) else { return Result(id: id, answer: .unknown) }
      let answer = settle(verb, receipt, wanted.time, consumer, at: time)
      var result = Result(id: id, answer: answer)
      if verb == .extend, answer == .done, let entry = consumer.table.entries[receipt.sequence] {
        result.end = Timestamp(microseconds: wall + (entry.due - time) * 1000)
      }
      return result
    }
    // An event that came back, or room for a new one, is for those who wait.
    if verb != .extend { serve(consumer) }
    return try answer(connection, consumer, Self.response(results, verb))
  }

  private func settle(
    _ verb: Verb,
    _ receipt: LeaseTable.Receipt,
    _ time: Int64,
    _ consumer: LeaseConsumer,
    at now: Int64
  ) -> LeaseTable.Answer {
    switch verb {
    case .ack: consumer.table.ack(receipt)
    case .nack: consumer.table.nack(receipt, due: now + time, at: now)
    case .extend: consumer.table.extend(receipt, until: now + time, at: now)
    }
  }

  private struct Result: Sendable {
    let id: String
    let answer: LeaseTable.Answer
    /// When the lease ends now.
    var end: Timestamp?
  }

  private static func response(_ results: [Result], _ verb: Verb) -> Response {
    let write = { @Sendable (writer: inout JSONWriter) in
      writer.key("data")
      writer.beginArray()
      for result in results {
        writer.beginObject()
        writer.key("lease_id")
        writer.string(result.id)
        writer.key("result")
        writer.string(result.answer.rawValue)
        if let end = result.end {
          writer.key("expires_at")
          writer.timestamp(end)
        }
        writer.endObject()
      }
      writer.endArray()
    }
    if results.allSatisfy({ verb.isSatisfied(by: $0.answer) }) {
      return .json { writer in
        writer.beginObject()
        write(&writer)
        writer.endObject()
      }
    }
    return HTTPProblem(
      409,
      "lease-over",
      "at least one of these leases is over, or was never given out here; `data` says which"
    ).with(write).response
  }
}
