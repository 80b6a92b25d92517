internal import WebhookReceiver

/// What came of sending: counts only, so that a million events need no memory.
struct SendTally: Sendable {
  /// So many failures to get an answer, one after the other, end the sending: nothing is there.
  static let noAnswersMax = 8

  /// A sidecar's problems are one sentence; what is longer is somebody else's page.
  static let problemBytesMax = 4096

  private(set) var sent = 0
  private(set) var statuses: [Int: Int] = [:]
  private(set) var duplicates = 0
  private(set) var noAnswers = 0
  private(set) var noAnswerReason = ""
  private(set) var lastEvent: String?
  /// What the last refusal said: the reason and the sentence of a problem (RFC 9457).
  private(set) var refusal: String?
  private var noAnswersInARow = 0

  mutating func record(_ outcome: HTTPOutcome) {
    sent += 1
    switch outcome {
    case .reply(let reply):
      noAnswersInARow = 0
      statuses[reply.status, default: 0] += 1
      if reply.first("Webhook-Receiver-Duplicate") == "true" { duplicates += 1 }
      lastEvent = reply.first("Webhook-Receiver-Event") ?? lastEvent
      if !(200..<300).contains(reply.status) { refusal = Self.problem(reply.body) ?? refusal }
    case .noAnswer(let reason), .malformed(let reason):
      noAnswersInARow += 1
      noAnswers += 1
      noAnswerReason = reason
    }
  }

  /// What a problem document says; nil for any other body.
  private static func problem(_ body: [UInt8]) -> String? {
    guard body.count <= problemBytesMax, let problem = try? JSONValue.parse(body) else {
      return nil
    }
    let words = ["reason", "detail"].compactMap { problem[$0]?.string }
    return words.isEmpty ? nil : words.joined(separator: ": ")
  }

  var shouldStop: Bool { noAnswersInARow >= Self.noAnswersMax }

  var exitCode: ExitCode {
    if statuses.isEmpty { return .tryLater }
    let refused = statuses.keys.contains { !(200..<300).contains($0) }
    return refused || noAnswers > 0 ? .refused : .success
  }

  func text(of count: Int, seconds: Double) -> String {
    if count == 1, let status = statuses.keys.first {
      let event = lastEvent.map { " event \(TerminalText.safe($0))" } ?? ""
      let why = refusal.map { "  \(TerminalText.safe($0))" } ?? ""
      return "\(status)\(event)\(duplicates > 0 ? " (duplicate)" : "")\(why)\n"
    }
    var text = "sent \(sent) of \(count) in \(Self.rounded(seconds)) s"
    if seconds > 0 { text += ", \(Int(Double(sent) / seconds)) a second" }
    text += "\n"
    for (status, number) in statuses.sorted(by: { $0.key < $1.key }) {
      text += "  \(status)  \(number)\n"
    }
    if let refusal { text += "  refused: \(TerminalText.safe(refusal))\n" }
    if noAnswers > 0 { text += "  no answer  \(noAnswers)\n" }
    return text + "duplicates \(duplicates)\n"
  }

  func write(to writer: inout JSONWriter, of count: Int, seconds: Double) {
    writer.beginObject()
    writer.key("count")
    writer.int(count)
    writer.key("sent")
    writer.int(sent)
    writer.key("statuses")
    writer.beginObject()
    for (status, number) in statuses.sorted(by: { $0.key < $1.key }) {
      writer.key(String(status))
      writer.int(number)
    }
    writer.endObject()
    writer.key("duplicates")
    writer.int(duplicates)
    writer.key("refusal")
    writer.stringOrNull(refusal)
    writer.key("no_answer")
    writer.int(noAnswers)
    writer.key("seconds")
    writer.rawNumber(Self.rounded(seconds))
    if count == 1 {
      writer.key("event")
      writer.stringOrNull(lastEvent)
    }
    writer.endObject()
  }

  /// Three decimals, without a formatter.
  private static func rounded(_ seconds: Double) -> String {
    let milliseconds = Int((max(0, seconds) * 1000).rounded())
    let fraction = String(milliseconds % 1000)
    let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
    return "\(milliseconds / 1000).\(zeros)\(fraction)"
  }
}
