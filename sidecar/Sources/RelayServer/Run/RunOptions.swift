/// What the command line may say about a run.
package struct RunOptions: Sendable {
  package var configPath: String?
  package var dataDirectory: String?

  package init(configPath: String? = nil, dataDirectory: String? = nil) {
    self.configPath = configPath
    self.dataDirectory = dataDirectory
  }

  /// The file that is read when none is named.
  package static let defaultConfigPath = "webhook-sidecar.json5"
  /// Where everything durable lives when nothing else is said.
  package static let defaultDataDirectory = "./webhook-sidecar-data"
}

/// Exit codes of the command line (contract §2).
package enum ExitCode {
  package static let done: Int32 = 0
  package static let isFalse: Int32 = 1
  package static let usage: Int32 = 2
  package static let programFailed: Int32 = 70
  package static let diskFailed: Int32 = 74
  package static let tryLater: Int32 = 75
}

/// The version of this software.
package enum ProductVersion {
  package static let text = "0.1.0"
}
