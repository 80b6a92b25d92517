internal import RelayConfiguration
internal import RelayServer

extension Surroundings {
  /// A secret is a line of text; the bound keeps a wrong path from filling the memory.
  private static let secretFileBytesMax = 64 << 10

  /// The same variables and files, as the configuration's loader asks for them.
  var configurationEnvironment: Environment {
    Environment(
      variable: environment,
      readFile: { [readFile] path in
        switch readFile(path, Self.secretFileBytesMax) {
        case .bytes(let bytes): .success(bytes)
        case .missing: .failure(.missing)
        case .tooLarge: .failure(.tooLarge(bytesMax: Self.secretFileBytesMax))
        case .unreadable(let reason), .diskFailed(let reason): .failure(.init(reason))
        }
      },
      permissions: permissions,
      absolutePath: absolutePath,
      examineTLS: { TLSExaminer.examine($0) }
    )
  }
}
