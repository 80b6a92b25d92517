internal import RelayConfiguration
internal import RelayCore
internal import WebhookReceiver

/// `check`: every problem of a configuration, with its place and what to write instead.
///
/// A warning is printed in the same form, and changes nothing of the verdict. Of a good file each
/// source's line says what its fallback guarantees, and how long the sidecar may be away.
package enum CheckCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let file = try ConfigurationFile(arguments, surroundings)
    let isValid = file.problems.isEmpty && file.configuration != nil
    if arguments.has("json") {
      try output.json { write(file, isValid: isValid, to: &$0) }
    } else {
      for problem in file.problems + file.warnings { try output.line("\(problem)") }
      if isValid {
        for source in file.configuration?.sources ?? [] { try output.line(fallback(of: source)) }
      }
      try output.line(verdict(on: file, isValid: isValid))
    }
    return isValid ? .success : .refused
  }

  private static func fallback(of source: Source) -> String {
    let guarantee = source.guarantee
    return "\(source.name): \(guarantee.words). Loss horizon: \(guarantee.horizonText)"
  }

  private static func verdict(on file: ConfigurationFile, isValid: Bool) -> String {
    let warnings = file.warnings.isEmpty ? "" : ", " + count(file.warnings, "warning")
    guard isValid, let configuration = file.configuration else {
      return "\(file.name): \(count(file.problems, "problem"))\(warnings)"
    }
    let names = configuration.sources.map(\.name)
    return names.isEmpty
      ? "\(file.name): good, without a source\(warnings)"
      : "\(file.name): good, with \(names.joined(separator: ", "))\(warnings)"
  }

  private static func count(_ problems: [Problem], _ word: String) -> String {
    "\(problems.count) \(word)\(problems.count == 1 ? "" : "s")"
  }

  private static func write(
    _ file: ConfigurationFile,
    isValid: Bool,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("valid")
    writer.bool(isValid)
    writer.key("file")
    writer.string(file.name)
    write(file.problems, as: "problems", to: &writer)
    write(file.warnings, as: "warnings", to: &writer)
    if isValid, let configuration = file.configuration { write(configuration.sources, to: &writer) }
    writer.endObject()
  }

  private static func write(_ sources: [Source], to writer: inout JSONWriter) {
    writer.key("sources")
    writer.beginArray()
    for source in sources {
      let guarantee = source.guarantee
      writer.beginObject()
      writer.key("name")
      writer.string(source.name)
      writer.key("guarantee")
      writer.string(guarantee.words)
      writer.key("loss_horizon")
      if let horizon = guarantee.lossHorizon {
        writer.string(horizon.configurationText)
      } else {
        writer.null()
      }
      writer.endObject()
    }
    writer.endArray()
  }

  private static func write(
    _ problems: [Problem],
    as name: String,
    to writer: inout JSONWriter
  ) {
    writer.key(name)
    writer.beginArray()
    for problem in problems {
      writer.beginObject()
      writer.key("file")
      writer.string(problem.file)
      writer.key("line")
      writer.int(problem.line)
      writer.key("column")
      writer.int(problem.column)
      writer.key("path")
      writer.string(problem.path)
      writer.key("message")
      writer.string(problem.message)
      writer.key("suggestion")
      writer.string(problem.suggestion)
      writer.endObject()
    }
    writer.endArray()
  }
}
