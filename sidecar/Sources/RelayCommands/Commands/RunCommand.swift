internal import RelayServer

/// `run`: the sidecar itself.
package enum RunCommand {
  package static func run(_ arguments: ParsedArguments) -> ExitCode {
    let options = RunOptions(
      configPath: arguments.value("config"),
      dataDirectory: arguments.value("data")
    )
    let code = runSidecar(options)
    return ExitCode(rawValue: code) ?? .software
  }
}
