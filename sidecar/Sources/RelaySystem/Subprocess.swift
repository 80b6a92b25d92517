internal import CRelayLinux
internal import Glibc

/// A program that the operator names in the configuration, run without a shell.
///
/// `run` blocks as long as the program may take: it belongs on a `WorkerPool`.
package struct Subprocess: Sendable {
  package enum Environment: Sendable {
    case inherited
    /// `NAME=value` each, and nothing else.
    case only([String])
  }

  /// How it ended.
  package enum End: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
    /// It was killed at its deadline.
    case timedOut
    /// It was killed when it wrote more than is taken.
    case outputTooLarge
    case notStarted(SystemError)
  }

  package struct Outcome: Equatable, Sendable {
    package let end: End
    package let output: [UInt8]
    /// The beginning of what it wrote to standard error.
    package let errorOutput: [UInt8]

    package var isSuccess: Bool { end == .exited(0) }
  }

  /// A sentence or two for the operator; more is read and dropped.
  private static let errorBytesMax = 4096
  /// How long a killed program may take to go.
  ///
  /// One that the kernel holds in a system call does not
  /// go at all, and is left to the end of this process.
  private static let leaveMilliseconds: Int32 = 2000

  package var arguments: [String]
  package var environment: Environment
  package var input: [UInt8]
  package var outputBytesMax: Int
  package var timeoutMilliseconds: Int64

  /// `arguments` begins with the program: a path, or a name that is looked up in `PATH`.
  package init(
    _ arguments: [String],
    environment: Environment = .inherited,
    input: [UInt8] = [],
    outputBytesMax: Int = 64 << 10,
    timeoutMilliseconds: Int64 = 30_000
  ) {
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.outputBytesMax = outputBytesMax
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// Runs it to its end or its deadline.
  ///
  /// What it started is killed with it: a grandchild that keeps
  /// the output open is not waited for.
  package func run() -> Outcome {
    let pipes: SubprocessPipes
    let pid: Int32
    do throws(SystemError) {
      pipes = try SubprocessPipes()
      pid = try spawn(pipes)
    } catch {
      return Outcome(end: .notStarted(error), output: [], errorOutput: [])
    }
    pipes.closeTheirs()
    let end = pipes.exchange(
      with: pid,
      input: input,
      outputBytesMax: outputBytesMax,
      errorBytesMax: Self.errorBytesMax,
      deadline: SystemClock.monotonicNanoseconds() + timeoutMilliseconds * 1_000_000
    )
    // Before it is waited for its number is nobody else's, and neither is its group's.
    relay_process_kill_group(pid)
    let status = Self.reap(pid)
    return Outcome(
      end: end ?? status ?? .timedOut,
      output: pipes.output,
      errorOutput: pipes.errorOutput
    )
  }

  private func spawn(_ pipes: SubprocessPipes) throws(SystemError) -> Int32 {
    let arguments = try Self.block(arguments)
    var variables: [UInt8] = []
    var inherits: Int32 = 1
    if case .only(let given) = environment {
      variables = try Self.block(given)
      inherits = 0
    }
    let theirs = pipes.theirs
    let pid = relay_spawn(
      arguments.span,
      variables.span,
      inherits,
      theirs.input,
      theirs.output,
      theirs.error
    )
    return try checked("start \(self.arguments.first ?? "a program without a name")", pid)
  }

  /// Strings for C, one behind the other.
  ///
  /// A NUL inside would cut one in two.
  private static func block(_ strings: [String]) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    for string in strings {
      guard !string.utf8.contains(0) else { throw SystemError("use a text with NUL", EINVAL) }
      bytes += string.utf8
      bytes.append(0)
    }
    return bytes
  }

  private static func reap(_ pid: Int32) -> End? {
    let deadline = SystemClock.monotonicNanoseconds() + Int64(leaveMilliseconds) * 1_000_000
    while true {
      let status = relay_process_reap(pid)
      if status >= 256 { return .signalled(status - 256) }
      if status >= 0 { return .exited(status) }
      guard status == -EAGAIN, SystemClock.monotonicNanoseconds() < deadline else { return nil }
      // It was killed a moment ago.
      relay_pause(1)
    }
  }
}
