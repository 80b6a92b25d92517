internal import WebhookReceiver

extension ConfigurationLoader {
  /// The name of the file with the demo source's secret, in the data directory.
  package static let demoSecretFile = "demo-secret"

  /// What runs without a configuration: one source to try things with, on this machine alone.
  ///
  /// The secret is what the demo file holds; there are problems when it cannot be one.
  package static func loadEmbeddedDefault(
    demoSecret: String,
    dataDirectory: String
  ) -> Loaded {
    let environment = Environment(
      variable: { _ in nil },
      readFile: { _ in .success(Array(demoSecret.utf8)) }
    )
    return load(
      Array(embeddedText(dataDirectory: dataDirectory).utf8),
      file: "the built-in configuration",
      environment: environment
    )
  }

  /// The same for a secret that was made a moment ago.
  package static func embeddedDefault(
    demoSecret: String,
    dataDirectory: String
  ) -> Configuration {
    let loaded = loadEmbeddedDefault(demoSecret: demoSecret, dataDirectory: dataDirectory)
    guard let configuration = loaded.configuration else {
      let problems = loaded.problems.map(\.description).joined(separator: "\n")
      preconditionFailure("the caller gives a secret of Standard Webhooks: \(problems)")
    }
    return configuration
  }

  /// The same as a file, to begin one's own with.
  package static func embeddedText(dataDirectory: String) -> String {
    """
    {
      // Where providers deliver, and where you pull: this machine alone.
      ingress: { listen: ["127.0.0.1:8080"] },
      api: { listen: ["127.0.0.1:8081"] },
      data: \(inQuotes(dataDirectory)),
      sources: {
        demo: {
          path: "/in/demo",
          verify: {
            profile: "standard-webhooks",
            secrets: [\(inQuotes("file:\(dataDirectory)/\(demoSecretFile)"))],
          },
        },
      },
    }

    """
  }

  private static func inQuotes(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
