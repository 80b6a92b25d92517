internal import RelayConfiguration
internal import WebhookReceiver

/// `check`: every problem of a configuration, with its place and what to write instead.
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
      for problem in file.problems { try output.line("\(problem)") }
      try output.line(verdict(on: file, isValid: isValid))
    }
    return isValid ? .success : .refused
  }

  private static func verdict(on file: ConfigurationFile, isValid: Bool) -> String {
    guard isValid, let configuration = file.configuration else {
      let count = file.problems.count
      return "\(file.name): \(count) \(count == 1 ? "problem" : "problems")"
    }
    let names = configuration.sources.map(\.name)
    return names.isEmpty
      ? "\(file.name): good, without a source"
      : "\(file.name): good, with \(names.joined(separator: ", "))"
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
    writer.key("problems")
    writer.beginArray()
    for problem in file.problems {
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
    writer.endObject()
  }
}
