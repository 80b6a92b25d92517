internal import RelayCore
internal import RelaySystem
internal import WebhookReceiver

/// Runs the operator's program that prints a token, off the poller's thread.
struct TokenProgram: Sendable {
  let source: Int
  let workers: WorkerPool
  let inbox: Mailbox<OutboundMessage<PollMessage>>
  let log: Log

  /// False when no worker takes it.
  func run(_ command: PollAuth.TokenCommand) -> Bool {
    workers.submit { [self] in
      let process = Subprocess(
        command.arguments,
        outputBytesMax: PollAuth.TokenCommand.outputBytesMax,
        timeoutMilliseconds: command.timeout.nanoseconds / 1_000_000
      )
      let outcome = process.run()
      let token = outcome.isSuccess ? Self.token(outcome.output, command) : nil
      if token == nil {
        // What it printed may hold a secret; how it ended does not.
        log.warning("token_program_failed", ["reason": .text("\(outcome.end)")])
      }
      inbox.post(.owner(.token(source: source, token)))
    }
  }

  /// The first line is the token; a second one says when it ends.
  static func token(_ output: [UInt8], _ command: PollAuth.TokenCommand) -> PollToken? {
    let lines = String(decoding: output, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.last == "\r" ? $0.dropLast() : $0 }
    guard let value = lines.first.map(String.init), PollCredentials.isToken(value) else {
      return nil
    }
    var lifetime = command.lifetime
    if lines.count > 1, !lines[1].isEmpty {
      let text = String(lines[1])
      let end = Timestamp(rfc3339: text) ?? Timestamp(unixSeconds: Array(text.utf8).span)
      guard let end else { return nil }
      let now = Timestamp(microseconds: SystemClock.wallMicroseconds())
      lifetime = max(.zero, now.distance(to: end))
    }
    let now = SystemClock.monotonicNanoseconds()
    return PollToken(value: value, expiresAt: PollCredentials.expiry(lifetime, at: now))
  }
}
