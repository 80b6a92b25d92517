internal import RelayConfiguration
internal import RelayServer

extension Surroundings {
  /// The same variables and files, as the configuration's loader asks for them.
  var configurationEnvironment: Environment {
    Environment(
      variable: environment,
      readFile: { [readFile] path in
        switch readFile(path, Limit.namedFileBytes) {
        case .bytes(let bytes): .success(bytes)
        case .missing: .failure(.missing)
        case .tooLarge: .failure(.tooLarge(bytesMax: Limit.namedFileBytes))
        case .unreadable(let reason), .diskFailed(let reason): .failure(.init(reason))
        }
      },
      permissions: permissions,
      absolutePath: absolutePath,
      examineTLS: { TLSExaminer.examine($0) }
    )
  }
}
