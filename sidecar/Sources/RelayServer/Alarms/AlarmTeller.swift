internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS
internal import WebhookReceiver

/// Runs the operator's program, and posts to the operator's URL, on threads of its own: what hangs
/// there holds up no event.
struct AlarmTeller: Sendable {
  /// A pager's program, and time for it to dial.
  private static let commandMilliseconds: Int64 = 30_000
  private static let requestNanoseconds: Int64 = 15_000_000_000
  /// Tries of one alarm, and the pause before the second; each next one is four times as long.
  static let attemptsMax = 4
  static let firstPauseMilliseconds: Int32 = 1000
  private static let outputBytesMax = 4096

  let plan: AlarmPlan
  let box: AlarmBox
  let log: Log

  /// Until the box is closed.
  func run() {
    let poster = plan.url.flatMap { AlarmPoster($0, log: log) }
    while !box.isClosed {
      guard let alarm = box.take() else {
        _ = box.gate.wait(timeoutMilliseconds: nil)
        continue
      }
      if let command = plan.command { tell(alarm) { run(command, alarm) } }
      if let poster { tell(alarm) { poster.post(alarm.json, Self.requestNanoseconds) } }
    }
  }

  private func tell(_ alarm: Alarm, _ attempt: () -> String?) {
    var pause = Self.firstPauseMilliseconds
    for number in 1...Self.attemptsMax {
      guard let problem = attempt() else { return }
      log.warning(
        "alarm_not_told",
        [
          "alarm": .text(alarm.kind.rawValue), "subject": .text(alarm.subject),
          "attempt": .number(number), "detail": .text(problem),
        ]
      )
      guard number < Self.attemptsMax, !box.isClosed else { return }
      // Rung by the next alarm too: an early second try does no harm.
      _ = box.gate.wait(timeoutMilliseconds: pause)
      pause *= 4
    }
  }

  /// Nil when it went well.
  private func run(_ command: [String], _ alarm: Alarm) -> String? {
    let process = Subprocess(
      command,
      input: alarm.json,
      outputBytesMax: Self.outputBytesMax,
      timeoutMilliseconds: Self.commandMilliseconds
    )
    let outcome = process.run()
    // A program that says much has done its work all the same.
    if outcome.isSuccess || outcome.end == .outputTooLarge { return nil }
    return "\(command.first ?? "the command") ended with \(outcome.end)"
  }
}
