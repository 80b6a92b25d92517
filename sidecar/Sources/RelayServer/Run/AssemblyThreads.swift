internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem

/// Sockets and threads of an assembly.
extension Assembly {
  typealias IngressLoop = ConnectionLoop<IngressHandler>
  typealias APILoop = ConnectionLoop<APIHandler>
  /// The listeners of each thread, and the addresses that were had.
  typealias Sockets = (listeners: [[BoundListener]], addresses: [String])

  /// Binds every address for every thread: the kernel spreads connections over the listeners of one
  /// address (SO_REUSEPORT).
  ///
  /// Without `sharesPorts` the first listener of an address shares it with the others alone, and
  /// is not to be had where another process listens: it would get a part of the deliveries, or this
  /// one a part of its. A unix socket has one listener, on the first thread, and no TLS: the file
  /// system says who may use it.
  func bind(
    _ texts: [String],
    threads: Int,
    sharesPorts: Bool,
    tls: TLSDesk?
  ) throws(StartError) -> Sockets {
    var listeners: [[BoundListener]] = Array(repeating: [], count: threads)
    var addresses: [String] = []
    for text in texts {
      if let name = PassedName.of(text) {
        addresses += try takePassed(name, tls: tls, &listeners)
        continue
      }
      do throws(SystemError) {
        var address = try SocketAddress(parsing: text)
        for thread in 0..<threads {
          var tls = tls
          if case .unix = address {
            guard thread == 0 else { continue }
            tls = nil
          }
          let use: PortUse = thread == 0 ? (threads > 1 ? .first : .alone) : .shared
          let listener = try Listener(address, sharesPorts ? .shared : use)
          // Port 0 becomes a real one with the first listener; the others must share it.
          address = listener.localAddress
          listeners[thread].append(BoundListener(listener, tls: tls))
        }
        addresses.append(address.description)
      } catch {
        throw StartError(
          "cannot listen: \(error); \(Self.advice(for: error, text))",
          exitCode: error.isAddressInUse ? ExitCode.tryLater : ExitCode.isFalse
        )
      }
    }
    return (listeners, addresses)
  }

  private static func advice(for error: SystemError, _ text: String) -> String {
    if error.isAddressUnavailable {
      return "write an address of this machine, or 0.0.0.0 for all, in ingress.listen or api.listen"
    }
    guard error.isAddressInUse else { return "see ingress.listen and api.listen" }
    return
      "is another process using \(text)? stop it, or write another address in a configuration: "
      + "ingress: { listen: [\"127.0.0.1:9080\"] }, and likewise api.listen"
  }

  func startJournal(
    _ journal: sending Journal,
    _ loops: [Mailbox<LoopMessage<IngressNotice>>],
    _ api: Mailbox<LoopMessage<APINotice>>,
    _ tallies: [PollTally],
    _ running: Running
  ) throws(StartError) {
    journal.reportDamage { [inbox] in inbox.post(.damage($0)) }
    let thread = JournalThread(
      journal: journal,
      inbox: inbox,
      loops: loops,
      api: api,
      tail: tail,
      polls: PollLedger(polls, tallies: tallies),
      relay: relay,
      windowSeconds: configuration.windowSeconds,
      retention: RetentionPolicy(
        age: configuration.journal.retention.age,
        bytes: configuration.journal.retention.bytes
      ),
      keepsUndelivered: configuration.journal.retention.undelivered == .keep,
      health: health,
      metrics: metrics,
      log: log
    )
    try start("journal") {
      thread.run()
      running.finishJournal()
    }
  }

  func startKeepingCertificates() throws(StartError) {
    guard !security.keepers.isEmpty else { return }
    try start("tls") { [security, health] in security.keep(health) }
  }

  func startIngress(
    _ handler: sending IngressHandler,
    _ listeners: [BoundListener],
    _ inbox: IngressLoop.Inbox,
    _ running: Running
  ) throws(StartError) {
    let loop = try loop(
      handler,
      listeners,
      inbox,
      configuration.loopLimits(threads: ingressThreads, descriptors),
      configuration.proxyRules
    )
    try start("ingress") {
      loop.run()
      running.finishLoop()
    }
  }

  func startAPI(
    _ handler: sending APIHandler,
    _ listeners: [BoundListener],
    _ inbox: APILoop.Inbox,
    _ running: Running
  ) throws(StartError) {
    let loop = try loop(handler, listeners, inbox, apiLimits, nil)
    try start("api") {
      loop.run()
      running.finishAPI()
    }
  }

  /// The API's limits are not configurable: its clients are the operator's own.
  private var apiLimits: LoopLimits {
    LoopLimits(
      http: HTTPLimits(headBytesMax: 32 << 10, bodyBytesMax: APIHandler.bodyBytesMax),
      connectionsMax: descriptors.api,
      headNanoseconds: 10_000_000_000,
      bodyNanoseconds: 30_000_000_000,
      idleNanoseconds: 75_000_000_000
    )
  }

  private func loop<Handler: RequestHandler>(
    _ handler: sending Handler,
    _ listeners: [BoundListener],
    _ inbox: ConnectionLoop<Handler>.Inbox,
    _ limits: LoopLimits,
    _ proxies: ProxyRules?
  ) throws(StartError) -> sending ConnectionLoop<Handler> {
    do throws(SystemError) {
      return try ConnectionLoop(
        handler: handler,
        listeners: listeners,
        inbox: inbox,
        limits: limits,
        proxies: proxies,
        metrics: metrics,
        log: log
      )
    } catch {
      throw StartError("cannot watch sockets: \(error)", exitCode: ExitCode.programFailed)
    }
  }

  func start(_ name: String, _ body: sending @escaping () -> Void) throws(StartError) {
    do throws(SystemError) {
      let thread = try Thread(name: name, body)
      // The supervisor watches flags instead of joining: a second signal must end a drain at once.
      thread.detach()
    } catch {
      throw StartError("cannot start a thread: \(error)", exitCode: ExitCode.programFailed)
    }
  }
}

extension Duration {
  /// Whole nanoseconds; a duration beyond 292 years is as good as forever.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : whole + attoseconds / 1_000_000_000
  }
}
