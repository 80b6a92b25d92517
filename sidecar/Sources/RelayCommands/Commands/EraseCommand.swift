/// `events erase`: has a running sidecar erase the body of an event.
package enum EraseCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings
  ) throws(CommandFailure) -> ExitCode {
    let id = arguments.operands.first ?? ""
    guard !id.isEmpty, id != ".", id != ".." else {
      throw .usage("events erase needs an event's id, as events list prints it")
    }
    try APIClient(arguments, surroundings).delete("/v1/events/\(PercentEncoding.encode(id))/body")
    return .success
  }
}
