internal import RelayConfiguration
internal import RelaySystem
internal import WebhookReceiver

/// Reads the configuration again, has every thread go by it, and says so when they do.
///
/// It works on the supervisor's thread, a step at a time and without waiting: a signal that ends
/// the process is heard while a reload is under way. Requests meet it as one message to their
/// loop.
struct Reloader {
  private let options: RunOptions
  private let assembly: Assembly
  private let running: Running
  private let started: Configuration
  /// What is in force.
  private var current: Configuration
  /// Asked for and not begun; however often it was asked for meanwhile.
  private var isWanted = false
  private var pending: Pending?
  private var descriptors: DescriptorBudget

  /// What threads are taking.
  private struct Pending {
    let plan: ReloadPlan
    let receipt: ReloadReceipt
    let at: Timestamp
  }

  init(_ settings: Settings, _ options: RunOptions, _ assembly: Assembly, _ running: Running) {
    var options = options
    // A file that was there at the start is the one to read: the embedded configuration must not
    // take its place because somebody is just saving it.
    if let path = settings.path { options.configPath = path }
    self.options = options
    self.assembly = assembly
    self.running = running
    started = settings.configuration
    current = settings.configuration
    descriptors = assembly.descriptors
  }

  private var log: Log { assembly.log }

  /// Whether there is something to do for the next step.
  var isBusy: Bool { isWanted || pending != nil }

  mutating func request() { isWanted = true }

  /// The process is about to end: nobody will go by what is read now.
  mutating func abandon() {
    isWanted = false
    pending = nil
    log.warning("reload_ignored", ["detail": .text("the sidecar is about to end")])
  }

  mutating func step() {
    if let pending {
      guard pending.receipt.isComplete else { return }
      self.pending = nil
      finish(pending)
    }
    guard isWanted else { return }
    isWanted = false
    begin()
  }

  // MARK: Begin

  private mutating func begin() {
    let now = Timestamp.now
    let settings: Settings
    do throws(StartError) {
      settings = try Settings.load(options)
    } catch {
      return refuse(error.lines, at: now)
    }
    if let problem = assembly.shortage(of: settings.configuration) {
      return refuse([problem], at: now)
    }
    log.warn(of: settings)
    let plan = ReloadPlan(
      started: started,
      running: current,
      loaded: settings.configuration
    )
    current = plan.configuration
    if plan.changed.contains(where: { $0.parts.first == "ingress" }) {
      descriptors = descriptors.taking(ingress: current.ingress.limits.connections, log)
    }
    let receipt = running.take(current, assembly.book.runtimes(plan), descriptors)
    pending = Pending(plan: plan, receipt: receipt, at: now)
  }

  /// A file that is none of ours has thousands; what there is first tells that.
  private static let problemsMax = 100

  private func refuse(_ lines: [String], at time: Timestamp) {
    var problems = Array(lines.prefix(Self.problemsMax))
    if lines.count > problems.count {
      problems[Self.problemsMax - 1] =
        "and \(lines.count - problems.count + 1) more; `webhook-sidecar check` shows all of them"
    }
    for problem in problems {
      log.error(
        "reload_refused",
        ["detail": .text(problem), "configuration": .text(current.fingerprint)]
      )
    }
    assembly.standing.note(.init(at: time, result: .refused, problems: problems))
  }

  // MARK: Finish

  /// Every thread goes by the new settings.
  private func finish(_ pending: Pending) {
    let plan = pending.plan
    let changed = plan.changed.map(\.description)
    let waiting = plan.waiting.map(\.description)
    assembly.book.countAnew(plan)
    assembly.standing.note(
      .init(
        at: pending.at,
        result: waiting.isEmpty ? .applied : .partial,
        changed: changed,
        needsRestart: waiting
      ),
      fingerprint: plan.configuration.fingerprint
    )
    log.set(plan.configuration.log)
    if waiting.isEmpty {
      log.info(
        "reload_applied",
        [
          "configuration": .text(plan.configuration.fingerprint),
          "changed": .text(changed.joined(separator: " ")),
        ]
      )
    } else {
      log.warning(
        "reload_partial",
        [
          "configuration": .text(plan.configuration.fingerprint),
          "changed": .text(changed.joined(separator: " ")),
          "needs_restart": .text(waiting.joined(separator: " ")),
          "detail": .text("what needs a restart has its old settings until then"),
        ]
      )
    }
  }
}

extension Log {
  /// What works in a configuration and is probably not meant.
  func warn(of settings: Settings) {
    for warning in settings.warnings {
      self.warning(
        "configuration_warning",
        [
          "place": .text("\(warning.file):\(warning.line):\(warning.column)"),
          "key": .text(warning.path),
          "detail": .text("\(warning.message); \(warning.suggestion)"),
        ]
      )
    }
  }
}
