internal import WebhookReceiver

/// `profiles`: the catalogue, or one profile as data.
package enum ProfilesCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    if let name = arguments.operands.first {
      let profile = try OptionValues.profile(named: name, surroundings)
      if arguments.has("json") {
        try output.json { profile.write(to: &$0) }
      } else {
        var writer = JSONWriter()
        profile.write(to: &writer)
        try output.bytes(PrettyJSON.lines(writer.bytes))
      }
      return .success
    }
    guard arguments.has("json") else {
      let width = Profile.catalogue.map(\.id.count).max() ?? 0
      for profile in Profile.catalogue {
        let padding = String(repeating: " ", count: width - profile.id.count)
        try output.line("\(profile.id)\(padding)  \(profile.title)")
      }
      return .success
    }
    try output.json { writer in
      writer.beginObject()
      writer.key("profiles")
      writer.beginArray()
      for profile in Profile.catalogue { profile.write(to: &writer) }
      writer.endArray()
      writer.endObject()
    }
    return .success
  }
}
