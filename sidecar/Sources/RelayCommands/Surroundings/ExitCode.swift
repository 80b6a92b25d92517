/// What the process tells its caller; scripts rely on these numbers.
package enum ExitCode: Int32, Sendable {
  /// Done, and the answer is yes.
  case success = 0
  /// Done, and the answer is no: a refused signature, an invalid configuration, an unknown event.
  case refused = 1
  /// The command was used wrongly; nothing was done.
  case usage = 2
  /// The program itself failed.
  case software = 70
  /// The disk failed.
  case disk = 74
  /// Try later: somebody holds the lock, or the sidecar does not answer.
  case tryLater = 75
}

/// Why a command stopped: the sentence for standard error and the exit code that goes with it.
package struct CommandFailure: Error, Equatable, Sendable {
  package let exitCode: ExitCode
  package let message: String

  package init(_ exitCode: ExitCode, _ message: String) {
    self.exitCode = exitCode
    self.message = message
  }

  package static func usage(_ message: String) -> CommandFailure {
    CommandFailure(.usage, message)
  }
}
