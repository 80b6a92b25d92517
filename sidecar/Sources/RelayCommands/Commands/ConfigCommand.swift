internal import RelayConfiguration

/// `config schema` and `config show`.
package enum ConfigCommand {
  package static func schema(output: inout Output) throws(CommandFailure) -> ExitCode {
    try output.bytes(PrettyJSON.lines(ConfigurationSchema.schema()))
    return .success
  }

  package static func show(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let file = try ConfigurationFile(arguments, surroundings)
    guard let configuration = file.configuration, file.problems.isEmpty else {
      for problem in file.problems { surroundings.note("\(problem)") }
      throw CommandFailure(.refused, "\(file.name) is invalid: nothing would start with it")
    }
    try output.bytes(PrettyJSON.lines(configuration.show()))
    return .success
  }
}
