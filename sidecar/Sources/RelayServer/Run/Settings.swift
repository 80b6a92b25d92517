internal import RelayConfiguration
internal import RelaySystem
internal import WebhookReceiver

/// The configuration of a run and where it came from.
struct Settings {
  let configuration: Configuration
  /// What works and is probably not meant.
  let warnings: [Problem]
  /// The file that it was read from; nil for the embedded one.
  let path: String?
  /// What to paste, when nothing was configured.
  let demo: Demo?

  /// The secret of the embedded default's source, kept in the data directory.
  struct Demo {
    let secretPath: String
  }

  /// A secret is a line of text.
  private static let secretBytesMax = 4096
  /// A configuration is written by people.
  private static let configurationBytesMax = 1 << 20
  /// Standard Webhooks asks for 24 to 64 bytes of key.
  private static let demoKeyBytes = 32

  static func load(_ options: RunOptions) throws(StartError) -> Settings {
    if let path = options.configPath { return try load(path, options) }
    do throws(SystemError) {
      _ = try File.openForReading(RunOptions.defaultConfigPath)
    } catch  where error.isNotFound {
      return try embedded(options)
    } catch {
      // It is there; whether it can be read is seen below.
    }
    return try load(RunOptions.defaultConfigPath, options)
  }

  private static func load(_ path: String, _ options: RunOptions) throws(StartError) -> Settings {
    let text: [UInt8]
    do throws(SystemError) {
      text = try readFile(path, limit: configurationBytesMax)
    } catch  where error.isNotFound {
      throw StartError("there is no configuration \(path)", exitCode: ExitCode.isFalse)
    } catch {
      throw StartError("cannot read the configuration: \(error)", exitCode: ExitCode.isFalse)
    }
    let loaded = ConfigurationLoader.load(text, file: path, environment: .process)
    guard var configuration = loaded.configuration, loaded.problems.isEmpty else {
      let lines = (loaded.problems + loaded.warnings).map(\.description)
      throw StartError(
        lines: lines,
        advice: "nothing was started; `webhook-sidecar check --config \(path)` shows this",
        exitCode: ExitCode.isFalse
      )
    }
    if let data = options.dataDirectory { configuration.data = data }
    return Settings(
      configuration: configuration,
      warnings: loaded.warnings,
      path: path,
      demo: nil
    )
  }

  private static func embedded(_ options: RunOptions) throws(StartError) -> Settings {
    let data = options.dataDirectory ?? RunOptions.defaultDataDirectory
    let path = data + "/demo-secret"
    let secret: String
    do throws(SystemError) {
      try Directory.create(data)
      secret = try demoSecret(path)
    } catch {
      throw StartError("cannot keep the demo secret: \(error)", exitCode: ExitCode.diskFailed)
    }
    let loaded = ConfigurationLoader.loadEmbeddedDefault(demoSecret: secret, dataDirectory: data)
    guard let configuration = loaded.configuration else {
      let lines = loaded.problems.map(\.description)
      throw StartError(
        lines: lines + ["\(path) is damaged; remove it, and the next start makes a new secret"],
        exitCode: ExitCode.isFalse
      )
    }
    return Settings(
      configuration: configuration,
      warnings: loaded.warnings,
      path: nil,
      demo: Demo(secretPath: path)
    )
  }

  private static func demoSecret(_ path: String) throws(SystemError) -> String {
    if let bytes = try? readFile(path, limit: secretBytesMax), !bytes.isEmpty {
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
        ?? ""
    }
    let key = randomBytes(demoKeyBytes)
    let secret = "whsec_" + Base64.encode(key.span, alphabet: .standard, padding: .required)
    try writeFileDurably(path, Array((secret + "\n").utf8))
    return secret
  }
}

extension RelayConfiguration.Environment {
  /// The real environment and file system.
  static var process: Self {
    Self(
      variable: { Process.environment($0) },
      readFile: { path in
        do throws(SystemError) {
          return .success(try RelaySystem.readFile(path, limit: Limit.namedFileBytes))
        } catch {
          if error.isNotFound { return .failure(.missing) }
          if error.isTooLarge { return .failure(.tooLarge(bytesMax: Limit.namedFileBytes)) }
          return .failure(.init(error.reason))
        }
      },
      permissions: { filePermissions($0) },
      absolutePath: { Process.absolute($0) },
      examineTLS: { TLSExaminer.examine($0) }
    )
  }
}
