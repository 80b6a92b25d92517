import RelayConfiguration

/// What the tests' references lead to.
enum World {
  static let token = "a-token-of-twenty-and-more-characters"
  static let variables = [
    "SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "TEXT": "It's a Secret to Everybody",
    "TOKEN": token,
    "TOKEN2": "another-token-of-sufficient-length",
    "SHORT": "short",
    "EMPTY": "",
    "BLANK": " \t",
    "BLANK_TOKEN": "a token with blanks in it",
  ]
  static let files: [String: [UInt8]] = [
    "/secret": Array("file secret\n".utf8),
    "/secret-crlf": Array("file secret\r\n".utf8),
    "/secret-two": Array("file secret\n\n".utf8),
    "/empty": Array("\n".utf8),
    "/binary": [0xFF, 0xFE, 0x00],
    "/long": [UInt8](repeating: 0x61, count: 100_000),
    "/open": Array("an open secret".utf8),
    "/group": Array("an open secret".utf8),
    "/written": Array("an open secret".utf8),
    "/mine": Array("a closed secret".utf8),
    "relative": Array("an open secret".utf8),
    "/open-token": Array(token.utf8),
    "/unknown-mode": Array("a secret".utf8),
    "relative-binary": [0xFF],
    "/ca.pem": Array("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".utf8),
    "/key.pem": Array("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n".utf8),
  ]

  /// The permission bits of files that have any.
  static let permissions: [String: UInt32] = [
    "/secret": 0o400, "/open": 0o644, "/group": 0o640, "/written": 0o602, "/mine": 0o600,
    "relative": 0o777, "/key.pem": 0o640, "/open-token": 0o444,
  ]

  static var environment: Environment {
    Environment(
      variable: { variables[$0] },
      readFile: { path in
        files[path].map { .success($0) } ?? .failure(.missing)
      },
      permissions: { permissions[$0] },
      absolutePath: { $0.hasPrefix("/") ? $0 : "/home/" + $0 }
    )
  }
}

func load(_ text: String) -> ConfigurationLoader.Loaded {
  ConfigurationLoader.load(Array(text.utf8), file: "c.json5", environment: World.environment)
}

/// `line:column path: message`, in order.
func places(_ text: String) -> [String] {
  load(text).problems.map { "\($0.line):\($0.column) \($0.path)" }
}

/// A source that is right, to put mistakes beside.
let goodSource = """
  github: { path: "/in/github", verify: { profile: "github", secrets: ["env:TEXT"] } }
  """

/// A configuration with one source whose members are these after what is required.
func withSource(_ members: String) -> String {
  """
  { sources: { a: { path: "/a", verify: { profile: "github", secrets: ["env:TEXT"] },
  \(members) } } }
  """
}

/// A configuration that has these members at the top.
func withTop(_ members: String) -> String {
  "{ sources: { \(goodSource) },\n\(members) }"
}

/// Verification of a source, alone.
func withVerify(_ members: String) -> String {
  "{ sources: { a: { path: \"/a\", verify: {\n\(members) } } } }"
}
