internal import RelaySystem
internal import WebhookReceiver

extension Surroundings {
  /// The real process: its variables, files, streams, clock and network.
  package static var process: Surroundings {
    Surroundings(
      environment: { Process.environment($0) },
      readFile: { path, limit in
        contents { () throws(SystemError) in try Streams.read(path, limit: limit) }
      },
      readStandardInput: { limit in
        contents { () throws(SystemError) in try Streams.readInput(limit: limit) }
      },
      now: { Timestamp.now },
      randomBytes: { RelaySystem.randomBytes($0) },
      writeOutput: { writeOutput($0) },
      writeError: { writeFully(toDescriptor: Streams.error, $0) },
      openConnection: { BlockingConnection($0) },
      permissions: { filePermissions($0) },
      absolutePath: { Process.absolute($0) }
    )
  }

  private static func contents(
    _ read: () throws(SystemError) -> [UInt8]?
  ) -> FileContents {
    do throws(SystemError) {
      return try read().map { .bytes($0) } ?? .tooLarge
    } catch {
      if error.isNotFound { return .missing }
      let reason = error.reason
      return error.isDiskFailure ? .diskFailed(reason: reason) : .unreadable(reason: reason)
    }
  }

  private static func writeOutput(_ bytes: [UInt8]) -> WriteOutcome {
    do throws(SystemError) {
      try Streams.write(bytes, to: Streams.output)
      return .written
    } catch {
      return error.isBrokenPipe ? .closed : .failed(reason: error.reason)
    }
  }
}

extension Program {
  /// Runs the command line of this process and ends it.
  package static func main() -> Never {
    Streams.ignoreBrokenPipes()
    let words = Array(CommandLine.arguments.dropFirst())
    let code = run(words, in: .process)
    Process.exit(code.rawValue)
  }
}
