internal import RelayJournal
internal import RelayServer
internal import RelaySystem
internal import WebhookReceiver

/// `journal repair`: the one command that changes a journal.
package enum JournalRepairCommand {
  package static func run(
    _ arguments: ParsedArguments,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    guard !arguments.has("tail-only") || !arguments.has("accept-loss") else {
      throw .usage("--tail-only and --accept-loss exclude each other")
    }
    let directory = arguments.operands.first ?? ""
    let report: JournalRepair.Report
    do throws(JournalError) {
      report = try JournalRepair.run(
        directory: directory,
        extent: arguments.has("accept-loss") ? .acceptingLoss : .tail,
        lastSpokenOf: StatePositions.last
      )
    } catch {
      if case .damaged(let segment, let offset, let reason) = error {
        throw CommandFailure(
          .refused,
          "segment \(segment) is damaged at byte \(offset): \(reason); nothing was changed; "
            + "journal verify names all damage, and --accept-loss goes on without what is lost"
        )
      }
      throw JournalCommand.failure(of: error, directory: directory)
    }
    if arguments.has("json") {
      try output.json { write(report, to: &$0) }
      return .success
    }
    for line in report.lines { try output.line(TerminalText.safe(line)) }
    for gap in report.gaps {
      try output.line("lost: events \(gap.from) to \(gap.to) (\(gap.reason))")
    }
    try output.line("closed cleanly, durable to sequence \(report.durableSequence)")
    return .success
  }

  private static func write(_ report: JournalRepair.Report, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("durable_sequence")
    writer.int(report.durableSequence)
    writer.key("lines")
    writer.beginArray()
    for line in report.lines { writer.string(line) }
    writer.endArray()
    writer.key("gaps")
    writer.beginArray()
    for gap in report.gaps {
      writer.beginObject()
      writer.key("from")
      writer.int(gap.from)
      writer.key("to")
      writer.int(gap.to)
      writer.key("reason")
      writer.string(gap.reason)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}
