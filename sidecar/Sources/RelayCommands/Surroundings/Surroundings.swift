package import WebhookReceiver

/// Everything a command may touch outside itself; tests put values in its place.
package struct Surroundings: Sendable {
  package var environment: @Sendable (_ name: String) -> String?
  /// Reads a whole file, at most `limit` bytes; one that is larger is a failure, never cut.
  package var readFile: @Sendable (_ path: String, _ limit: Int) -> FileContents
  package var readStandardInput: @Sendable (_ limit: Int) -> FileContents
  package var now: @Sendable () -> Timestamp
  package var randomBytes: @Sendable (_ count: Int) -> [UInt8]
  package var writeOutput: @Sendable (_ bytes: [UInt8]) -> WriteOutcome
  package var writeError: @Sendable (_ bytes: [UInt8]) -> Void
  /// A connection is opened by its first exchange, so this cannot fail.
  package var openConnection: @Sendable (_ address: HTTPAddress) -> any HTTPConnection
  /// The permission bits of a regular file; nil for anything else.
  package var permissions: @Sendable (_ path: String) -> UInt32?
  /// The path that is really tried; relative ones begin in the working directory.
  package var absolutePath: @Sendable (_ path: String) -> String

  package init(
    environment: @escaping @Sendable (_ name: String) -> String?,
    readFile: @escaping @Sendable (_ path: String, _ limit: Int) -> FileContents,
    readStandardInput: @escaping @Sendable (_ limit: Int) -> FileContents,
    now: @escaping @Sendable () -> Timestamp,
    randomBytes: @escaping @Sendable (_ count: Int) -> [UInt8],
    writeOutput: @escaping @Sendable (_ bytes: [UInt8]) -> WriteOutcome,
    writeError: @escaping @Sendable (_ bytes: [UInt8]) -> Void,
    openConnection: @escaping @Sendable (_ address: HTTPAddress) -> any HTTPConnection,
    permissions: @escaping @Sendable (_ path: String) -> UInt32? = { _ in nil },
    absolutePath: @escaping @Sendable (_ path: String) -> String = { $0 }
  ) {
    self.environment = environment
    self.readFile = readFile
    self.readStandardInput = readStandardInput
    self.now = now
    self.randomBytes = randomBytes
    self.writeOutput = writeOutput
    self.writeError = writeError
    self.openConnection = openConnection
    self.permissions = permissions
    self.absolutePath = absolutePath
  }
}

/// What came of reading a file.
package enum FileContents: Sendable, Equatable {
  case bytes([UInt8])
  case missing
  case tooLarge
  /// Not to be read, with the system's words for it.
  case unreadable(reason: String)
  /// The device failed under it.
  case diskFailed(reason: String)
}

/// What came of writing to standard output.
package enum WriteOutcome: Sendable, Equatable {
  case written
  /// The reader went away, as `head` does; that is no failure.
  case closed
  case failed(reason: String)
}

extension Surroundings {
  /// The contents of an argument that names a file; `-` is standard input where `allowsInput`.
  package func contents(
    of path: String,
    limit: Int,
    option: String,
    allowsInput: Bool = false
  ) throws(CommandFailure) -> [UInt8] {
    let isInput = allowsInput && path == "-"
    let name = isInput ? "standard input" : path
    switch isInput ? readStandardInput(limit) : readFile(path, limit) {
    case .bytes(let bytes):
      return bytes
    case .missing:
      throw .usage("\(option): there is no file \(name)")
    case .tooLarge:
      throw .usage("\(option): \(name) is larger than \(limit) bytes, which is the limit")
    case .unreadable(let reason):
      throw .usage("\(option): cannot read \(name): \(reason)")
    case .diskFailed(let reason):
      throw CommandFailure(.disk, "\(option): reading \(name) failed: \(reason)")
    }
  }
}
