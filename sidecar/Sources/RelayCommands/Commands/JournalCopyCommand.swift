internal import RelayJournal
internal import RelayServer
internal import WebhookReceiver

/// `journal copy`: a backup of a journal that may be in use, and its restoring.
package enum JournalCopyCommand {
  package static func run(
    _ arguments: ParsedArguments,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let from = arguments.operands.first ?? ""
    let to = arguments.operands.last ?? ""
    let report: JournalCopy.Report
    do throws(JournalError) {
      report = try JournalCopy.run(from: from, to: to, lastSpokenOf: StatePositions.last)
    } catch {
      throw JournalCommand.failure(of: error, directory: from)
    }
    if arguments.has("json") {
      try output.json { write(report, to: &$0) }
      return .success
    }
    for line in report.lines { try output.line(TerminalText.safe(line)) }
    for gap in report.gaps {
      try output.line("lost: events \(gap.from) to \(gap.to) (\(gap.reason))")
    }
    try output.line(
      "copied: events \(report.firstSequence) to \(report.durableSequence), every byte checked"
    )
    return .success
  }

  private static func write(_ report: JournalCopy.Report, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("first_sequence")
    writer.int(Int(clamping: report.firstSequence))
    writer.key("durable_sequence")
    writer.int(Int(clamping: report.durableSequence))
    writer.key("lines")
    writer.beginArray()
    for line in report.lines { writer.string(line) }
    writer.endArray()
    writer.key("gaps")
    writer.beginArray()
    for gap in report.gaps {
      writer.beginObject()
      writer.key("from")
      writer.int(Int(clamping: gap.from))
      writer.key("to")
      writer.int(Int(clamping: gap.to))
      writer.key("reason")
      writer.string(gap.reason)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}
