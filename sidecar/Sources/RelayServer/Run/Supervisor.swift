internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Runs the sidecar until a signal ends it; returns the exit code.
package func runSidecar(_ options: RunOptions) -> Int32 {
  do throws(StartError) {
    // Before any thread starts: they inherit the blocked signals, and may read the environment.
    let passed = try PassedSockets.forSupervisor()
    let signals = try SignalReader.forSupervisor()
    let settings = try Settings.load(options)
    return try Supervisor(settings, options).run(signals, passed)
  } catch {
    for line in error.lines + [error.advice].compactMap(\.self) {
      writeFully(toDescriptor: 2, Array("\(line)\n".utf8))
    }
    return error.exitCode
  }
}

extension SignalReader {
  fileprivate static func forSupervisor() throws(StartError) -> SignalReader {
    do throws(SystemError) {
      return try SignalReader(signals: [Signal.terminate, Signal.interrupt, Signal.hangup])
    } catch {
      throw StartError("cannot take signals: \(error)", exitCode: ExitCode.programFailed)
    }
  }
}

/// Starts the threads, watches over them, and drains them.
struct Supervisor {
  /// In-flight requests get this long after SIGTERM.
  private static let drainNanoseconds: Int64 = 20_000_000_000
  /// After a disk failure, answers in hand get this long to leave.
  private static let failureNanoseconds: Int64 = 300_000_000
  /// How often the supervisor looks at flags between signals.
  private static let watchMilliseconds: Int32 = 50

  /// The same while threads take a reload, which they do in their next turn.
  private static let reloadMilliseconds: Int32 = 1

  private let settings: Settings
  private let options: RunOptions
  private let log: Log

  init(_ settings: Settings, _ options: RunOptions) {
    self.settings = settings
    self.options = options
    log = Log(settings.configuration.log)
  }

  func run(
    _ signals: borrowing SignalReader,
    _ passed: PassedSockets
  ) throws(StartError) -> Int32 {
    log.warn(of: settings)
    let assembly = try Assembly(settings, passed, log: log)
    let running = try assembly.start()
    announce(running)
    // Kept until the last answer has its line; without its thread, lines are dropped and counted.
    do throws(StartError) {
      try assembly.start("log") { [log] in log.access.run(log) }
    } catch {
      log.error("access_log_unavailable", ["reason": .text(error.lines.joined(separator: " "))])
    }
    defer { log.access.close() }
    return watch(running, Reloader(settings, options, assembly, running), signals)
  }

  private func announce(_ running: Running) {
    log.info(
      "started",
      [
        "version": .text(ProductVersion.text),
        "ingress": .text(running.ingressAddresses.joined(separator: " ")),
        "api": .text(running.apiAddresses.joined(separator: " ")),
        "data": .text(settings.configuration.data),
        "sources": .number(settings.configuration.sources.count),
        "configuration": .text(settings.configuration.fingerprint),
      ]
    )
    guard let demo = settings.demo else { return }
    let program = Process.executablePath
    let text = """
      webhook-sidecar is listening. Send one signed event:

          \(program) send http://\(running.ingressAddresses.first ?? "")/in/demo \
      --profile standard-webhooks --secret file:\(Process.absolute(demo.secretPath))

      and pull it:

          curl -s http://\(running.apiAddresses.first ?? "")/v1/events

      """
    writeFully(toDescriptor: 1, Array((text + "\n").utf8))
  }

  /// Waits for a signal or for a thread that asks for the end.
  private func watch(
    _ running: Running,
    _ reloader: Reloader,
    _ signals: borrowing SignalReader
  ) -> Int32 {
    var reloader = reloader
    var drainingSince: Int64?
    var isJournalStopped = false
    while true {
      let signal = signals.wait(
        timeoutMilliseconds: reloader.isBusy ? Self.reloadMilliseconds : Self.watchMilliseconds
      )
      let code = running.health.requestedExit
      if code != 0 { return fail(running, code) }
      switch signal {
      case Signal.hangup:
        if drainingSince == nil {
          reloader.request()
        } else {
          reloader.abandon()
        }
      case Signal.terminate, Signal.interrupt:
        if drainingSince != nil {
          log.warning("stopped_now", ["detail": .text("a second signal ended the drain")])
          return ExitCode.done
        }
        drainingSince = SystemClock.monotonicNanoseconds()
        log.info("draining")
        if reloader.isBusy { reloader.abandon() }
        running.drain(until: SystemClock.monotonicNanoseconds() + Self.drainNanoseconds)
      default:
        break
      }
      guard drainingSince != nil else {
        reloader.step()
        continue
      }
      if running.loopsFinished, !isJournalStopped {
        isJournalStopped = true
        running.stopKeeping()
      }
      if running.isKept {
        let code = running.health.requestedExit
        log.info("stopped")
        return code
      }
    }
  }

  /// The disk failed: what is in hand has been told 503; give those answers a moment to leave.
  private func fail(_ running: Running, _ code: Int32) -> Int32 {
    let deadline = SystemClock.monotonicNanoseconds() + Self.failureNanoseconds
    running.drain(until: deadline)
    while !running.loopsFinished, SystemClock.monotonicNanoseconds() < deadline {
      _ = running.pause.wait(timeoutMilliseconds: Self.watchMilliseconds)
    }
    log.error("stopped_after_failure", ["exit_code": .number(Int(code))])
    return code
  }
}
