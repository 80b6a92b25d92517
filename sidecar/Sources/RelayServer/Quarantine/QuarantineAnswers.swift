internal import RelayCore
internal import WebhookReceiver

/// Ids of quarantined deliveries as the API writes them.
enum QuarantineID {
  private static let prefix = "q"

  static func text(_ id: UInt64) -> String { prefix + String(id, radix: 16) }

  /// Nil for a text that is none of ours.
  static func number(_ text: String) -> UInt64? {
    guard text.hasPrefix(prefix), let id = UInt64(text.dropFirst(prefix.count), radix: 16),
      Self.text(id) == text
    else { return nil }
    return id
  }
}

/// What the API says when it cannot do what was asked of the quarantine.
enum QuarantineProblem {
  static let noSuchDelivery = HTTPProblem(
    404,
    "no-such-delivery",
    "the quarantine holds no delivery of that id; it was released, removed, or its time was over"
  )
  static let unreadable = HTTPProblem(
    500,
    "quarantine-unreadable",
    "the disk does not hold the delivery as it was written; see the log, and delete it"
  )
  static let notRemoved = HTTPProblem(
    503,
    "unavailable",
    "the disk did not take it, and the delivery may be there again after a crash; see the log"
  ).with("Retry-After", "5")
  static let onItsWay = HTTPProblem(
    409,
    "being-admitted",
    "the delivery verifies, and is on its way to the journal; look at the events in a moment"
  )
  static let secretsInHeaders = HTTPProblem(
    409,
    "secrets-in-headers",
    "the source's profile now sends its secret with each delivery, and a secret is not stored"
  )
  static let noSuchSource = HTTPProblem(
    409,
    "no-such-source",
    "the delivery's source is not configured any more; configure it again, or delete the delivery"
  )

  static func stillRefused(_ error: VerificationError) -> HTTPProblem {
    if case .keyUnusable = error {
      return HTTPProblem(503, "unavailable", "\(error)").with("Retry-After", "5")
    }
    let problem = HTTPProblem(422, "verification-failed", "\(error)", title: "Verification failed")
    return problem.with { writer in
      writer.key("reason")
      writer.string(error.reason)
    }
  }
}

extension Response {
  /// One delivery, whole.
  static func quarantined(_ entry: QuarantineEntry) -> Response {
    .json { writer in
      writer.beginObject()
      writer.members(of: entry.summary)
      writer.key("method")
      writer.string(utf8: entry.contents.method.span)
      writer.key("target")
      writer.string(utf8: entry.contents.target.span)
      writer.headers(entry.contents.headerBlock)
      writer.key("sha256")
      writer.string(Hex.encode(SHA256.digest(entry.contents.body).span))
      writer.key("body_encoding")
      writer.string("base64")
      writer.key("body")
      writer.base64(entry.contents.body.span)
      writer.endObject()
    }
  }

  /// As they came; whoever sent them is not known.
  static func quarantined(bodyOf entry: QuarantineEntry) -> Response {
    .bytes(entry.contents.body, name: QuarantineID.text(entry.summary.id))
  }
}

extension JSONWriter {
  /// What is known of a delivery without its contents.
  mutating func members(of summary: QuarantineEntry.Summary) {
    for (key, text) in [
      ("id", QuarantineID.text(summary.id)), ("source", summary.source),
    ] {
      self.key(key)
      string(text)
    }
    key("received_at")
    timestamp(Timestamp(microseconds: summary.receivedAt))
    for (key, text) in [
      ("remote_address", summary.address), ("reason", summary.reason), ("detail", summary.detail),
    ] {
      self.key(key)
      string(text)
    }
    key("size")
    int(summary.bodyBytes)
  }
}

extension QuarantineBook.Standing {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, number) in [("deliveries", deliveries), ("bytes", bytes), ("bytes_max", bytesMax)] {
      writer.key(key)
      writer.int(number)
    }
    for (key, count) in [
      ("kept", tally.kept), ("released", tally.released), ("expired", tally.expired),
    ] {
      writer.key(key)
      writer.int(count)
    }
    writer.key("overflow")
    writer.beginObject()
    for room in QuarantineQuota.Overflow.allCases {
      writer.key(room.rawValue)
      writer.int(tally.overflow[room] ?? 0)
    }
    writer.endObject()
    writer.endObject()
  }
}
