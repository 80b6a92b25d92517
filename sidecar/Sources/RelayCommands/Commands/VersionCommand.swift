internal import RelayServer
internal import WebhookReceiver

/// `version`.
package enum VersionCommand {
  package static func run(
    _ arguments: ParsedArguments,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    if arguments.has("json") {
      try output.json { writer in
        writer.beginObject()
        writer.key("version")
        writer.string(ProductVersion.text)
        writer.endObject()
      }
    } else {
      try output.line("\(Program.name) \(ProductVersion.text)")
    }
    return .success
  }
}
