internal import RelayConfiguration
internal import WebhookReceiver

/// `profiles`: the catalogue, or one profile as data, with the presets that fetch its events when
/// deliveries fail.
package enum ProfilesCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    if let name = arguments.operands.first {
      try one(name, arguments, surroundings, &output)
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
      for profile in Profile.catalogue { write(profile, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
    return .success
  }

  /// A preset has a name of its own where it is one of several, or of no profile.
  private static func one(
    _ name: String,
    _ arguments: ParsedArguments,
    _ surroundings: Surroundings,
    _ output: inout Output
  ) throws(CommandFailure) {
    var writer = JSONWriter()
    if Profile.named(name) == nil, let preset = PollPreset.named(name) {
      let horizons = preset.profiles.compactMap { Profile.named($0)?.retryHorizon }
      preset.write(to: &writer, pushHorizon: horizons.max())
    } else {
      write(try OptionValues.profile(named: name, surroundings), to: &writer)
    }
    let bytes = writer.bytes
    if arguments.has("json") {
      try output.json { $0.rawValue(bytes) }
    } else {
      try output.bytes(PrettyJSON.lines(bytes))
    }
  }

  private static func write(_ profile: Profile, to writer: inout JSONWriter) {
    let presets = PollPreset.of(profile: profile.id)
    profile.write(to: &writer) { writer in
      guard !presets.isEmpty else { return }
      writer.key("polling")
      writer.beginArray()
      for preset in presets { preset.write(to: &writer, pushHorizon: profile.retryHorizon) }
      writer.endArray()
    }
  }
}
