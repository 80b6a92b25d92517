/// `status`: what the sidecar says of itself.
package enum StatusCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let body = try APIClient(arguments, surroundings).get("/v1/status")
    if arguments.has("json") {
      try output.bytes(body.last == 0x0A ? body : body + [0x0A])
    } else {
      try output.bytes(PrettyJSON.lines(body))
    }
    return .success
  }
}
