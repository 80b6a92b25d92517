internal import RelayJournal
internal import RelayServer
internal import RelaySystem
internal import WebhookReceiver

/// `journal verify`, `stat` and `dump`: a journal read offline, or beside a running sidecar.
package enum JournalCommand {
  package static func verify(
    _ arguments: ParsedArguments,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let inspector = try open(arguments)
    let report: JournalInspector.VerifyReport
    do throws(JournalError) {
      report = try inspector.verify(tailOnly: arguments.has("tail"))
    } catch {
      throw failure(of: error, directory: arguments.operands.first ?? "")
    }
    if arguments.has("json") {
      try output.json { write(report, to: &$0) }
    } else {
      try print(report, to: &output)
    }
    return report.problems.isEmpty ? .success : .refused
  }

  package static func stat(
    _ arguments: ParsedArguments,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let inspector = try open(arguments)
    let statistics: JournalInspector.Statistics
    do throws(JournalError) {
      statistics = try inspector.statistics()
    } catch {
      throw failure(of: error, directory: arguments.operands.first ?? "")
    }
    let isInUse = inspector.isInUse
    if arguments.has("json") {
      try output.json { write(statistics, isInUse: isInUse, to: &$0) }
    } else {
      var writer = JSONWriter()
      write(statistics, isInUse: isInUse, to: &writer)
      try output.bytes(PrettyJSON.lines(writer.bytes))
    }
    return .success
  }

  package static func dump(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let inspector = try open(arguments)
    let form: BodyForm = arguments.has("bodies") ? .base64 : .none
    let source = arguments.value("source")
    let type = arguments.value("type").map { Array($0.utf8) }
    let first = try arguments.number("from", in: 1...Int.max, default: 1)
    let last = try arguments.number("to", in: 1...Int.max, default: .max)
    var sources = SourcesSeen(wanted: source)
    var stopped: CommandFailure?
    let damaged: Int
    do throws(JournalError) {
      damaged = try inspector.dump(bodies: form == .base64) { event in
        guard stopped == nil, !output.isClosed else { return }
        guard sources.take(event.source) else { return }
        guard type == nil || event.eventType == type,
          event.sequence >= UInt64(first), event.sequence <= UInt64(last)
        else { return }
        do throws(CommandFailure) {
          try output.json { EventJSON().write(event, body: form, to: &$0) }
        } catch {
          stopped = error
        }
      }
    } catch {
      throw failure(of: error, directory: arguments.operands.first ?? "")
    }
    if let stopped { throw stopped }
    if let note = sources.note { surroundings.note(note) }
    if damaged > 0 {
      surroundings.note("what is damaged is left out, in \(damaged) places: see journal verify")
    }
    return .success
  }

  /// The sources that a journal was found to hold, to say so when the one that is wanted is none.
  private struct SourcesSeen {
    /// A journal may have seen many configurations; these are named.
    private static let namesMax = 16

    let wanted: String?
    private var names: Set<String> = []
    private var isWantedThere = false

    init(wanted: String?) {
      self.wanted = wanted
    }

    /// Whether an event of this source is wanted.
    mutating func take(_ name: String) -> Bool {
      guard let wanted else { return true }
      if name == wanted {
        isWantedThere = true
      } else if names.count < Self.namesMax {
        names.insert(name)
      }
      return name == wanted
    }

    var note: String? {
      guard let wanted, !isWantedThere else { return nil }
      let there = names.sorted().map(TerminalText.safe).joined(separator: ", ")
      let known = names.isEmpty ? "there are no records" : "there are some of \(there)"
      return "no record is of the source \(TerminalText.safe(wanted)); \(known)"
    }
  }

  private static func open(_ arguments: ParsedArguments) throws(CommandFailure) -> JournalInspector
  {
    let directory = arguments.operands.first ?? ""
    do throws(JournalError) {
      return try JournalInspector(directory: directory, lastSpokenOf: StatePositions.last)
    } catch {
      throw failure(of: error, directory: directory)
    }
  }

  /// A directory that is none of a journal's is wrong usage; the rest is the journal's own verdict.
  static func failure(of error: JournalError, directory: String) -> CommandFailure {
    if case .io(let system) = error, !system.isDiskFailure {
      return .usage(
        system.isNotFound
          ? "there is no journal in \(directory); name the data directory of a sidecar"
          : "cannot read the journal in \(directory): \(error)"
      )
    }
    return CommandFailure(ExitCode(rawValue: error.exitCode) ?? .software, "\(error)")
  }
}

extension JournalCommand {
  private static func print(
    _ report: JournalInspector.VerifyReport,
    to output: inout Output
  ) throws(CommandFailure) {
    for problem in report.problems {
      let sequence = problem.sequence.map { ", sequence \($0)" } ?? ""
      try output.line(
        "damaged: segment \(problem.segment), byte \(problem.offset)\(sequence): \(problem.reason)"
      )
    }
    for problem in report.accepted {
      let sequence = problem.sequence.map { ", sequence \($0)" } ?? ""
      try output.line(
        "lost earlier and accepted: segment \(problem.segment), byte \(problem.offset)\(sequence): "
          + problem.reason
      )
    }
    let verdict =
      report.problems.isEmpty ? "good" : "damaged in \(report.problems.count) places"
    try output.line(
      "\(verdict): \(report.records) records in \(report.batches) batches and \(report.segments)"
        + " segments, durable to sequence \(report.durableSequence); \(report.tail)"
    )
  }

  private static func write(
    _ report: JournalInspector.VerifyReport,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("damaged")
    writer.bool(!report.problems.isEmpty)
    writer.key("segments")
    writer.int(report.segments)
    writer.key("batches")
    writer.int(report.batches)
    writer.key("records")
    writer.int(report.records)
    writer.key("durable_sequence")
    writer.int(report.durableSequence)
    writer.key("tail")
    writer.string(report.tail)
    for (key, problems) in [("problems", report.problems), ("accepted", report.accepted)] {
      writer.key(key)
      write(problems, to: &writer)
    }
    writer.endObject()
  }

  private static func write(_ problems: [LogProblem], to writer: inout JSONWriter) {
    writer.beginArray()
    for problem in problems {
      writer.beginObject()
      writer.key("segment")
      writer.string(problem.segment)
      writer.key("offset")
      writer.int(problem.offset)
      writer.key("sequence")
      if let sequence = problem.sequence { writer.int(sequence) } else { writer.null() }
      writer.key("through")
      if let through = problem.through { writer.int(through) } else { writer.null() }
      writer.key("reason")
      writer.string(problem.reason)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func write(
    _ statistics: JournalInspector.Statistics,
    isInUse: Bool,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("uuid")
    writer.string(Hex.encode(statistics.uuid.span))
    writer.key("in_use")
    writer.bool(isInUse)
    writer.key("epoch")
    writer.int(statistics.epoch)
    writer.key("clean")
    writer.bool(statistics.isClean)
    writer.key("segments")
    writer.int(statistics.segments)
    writer.key("bytes")
    writer.int(statistics.bytes)
    writer.key("events")
    writer.int(statistics.events)
    writer.key("first_sequence")
    writer.int(statistics.firstSequence)
    writer.key("durable_sequence")
    writer.int(statistics.durableSequence)
    writer.key("state_entries")
    writer.int(statistics.stateEntries)
    writer.key("sources")
    writer.beginObject()
    for (source, count) in statistics.sources.sorted(by: { $0.key < $1.key }) {
      writer.key(source)
      writer.int(count)
    }
    writer.endObject()
    writer.endObject()
  }
}
