internal import RelayConfiguration
internal import RelayServer
internal import WebhookReceiver

/// The configuration that `run` would start with, read for `check` and `config show`.
struct ConfigurationFile {
  /// People write it; a larger file is another file.
  static let bytesMax = 1 << 20

  /// What messages and `check` call it.
  let name: String
  let configuration: Configuration?
  let problems: [Problem]
  /// What works and is probably not meant.
  let warnings: [Problem]

  init(_ arguments: ParsedArguments, _ surroundings: Surroundings) throws(CommandFailure) {
    let path = arguments.value("config") ?? RunOptions.defaultConfigPath
    switch surroundings.readFile(path, Self.bytesMax) {
    case .bytes(let text):
      let loaded = ConfigurationLoader.load(
        text,
        file: path,
        environment: surroundings.configurationEnvironment
      )
      (name, configuration) = (path, loaded.configuration)
      (problems, warnings) = (loaded.problems, loaded.warnings)
    case .missing where !arguments.has("config"):
      name = "the built-in configuration"
      configuration = Self.embedded(surroundings)
      (problems, warnings) = ([], [])
    case .missing:
      throw CommandFailure(.refused, "there is no configuration \(path)")
    case .tooLarge:
      throw CommandFailure(.refused, "\(path) is larger than \(Self.bytesMax) bytes")
    case .unreadable(let reason):
      throw CommandFailure(.refused, "cannot read \(path): \(reason)")
    case .diskFailed(let reason):
      throw CommandFailure(.disk, "reading \(path) failed: \(reason)")
    }
  }

  /// The built-in configuration with a key of the moment: `run` keeps its own in the data
  /// directory, and what is shown here is redacted anyway.
  private static func embedded(_ surroundings: Surroundings) -> Configuration {
    let key = surroundings.randomBytes(32)
    let secret = "whsec_" + Base64.encode(key.span, alphabet: .standard, padding: .required)
    return ConfigurationLoader.embeddedDefault(
      demoSecret: secret,
      dataDirectory: RunOptions.defaultDataDirectory
    )
  }
}
