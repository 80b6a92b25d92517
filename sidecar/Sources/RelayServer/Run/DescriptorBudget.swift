internal import RelaySystem

/// How the descriptors that the process may have are shared out.
///
/// Files come first: a connection that cannot be accepted is one client's loss, and a file of the
/// journal that cannot be opened ends everything. So connections get what is left, and a stranger
/// who opens as many as there may be takes nothing from the journal.
package struct DescriptorBudget: Equatable {
  /// Segments that are written, read, indexed and copied, one for each key run, sockets that
  /// listen, timers and wake-ups of threads, pipes to programs.
  package static let reserve = 256
  /// With fewer for connections nothing sensible can be done.
  package static let connectionsMin = 64
  /// Pull readers and operators; providers do not come here.
  package static let apiMax = 2000
  /// Connections to destinations.
  package static let relayMax = 4096
  /// Connections to providers: each source has few.
  package static let pollMax = 1024

  package private(set) var ingress: Int
  package let api: Int
  package let relay: Int
  package let poll: Int

  /// What `ingress` connections and all else ask for.
  package static func wanted(ingress: Int) -> Int {
    ingress + apiMax + relayMax + pollMax + reserve
  }

  /// Shares out `limit` descriptors; nil where that is too few to begin with.
  package init?(limit: Int, ingress wanted: Int) {
    let free = limit - Self.reserve
    guard free >= Self.connectionsMin else { return nil }
    let asked = Self.wanted(ingress: wanted) - Self.reserve
    // One for each, and the rest in proportion; what everybody asks for fits in 64 bits many times
    // over.
    func share(_ count: Int) -> Int { asked <= free ? count : 1 + (count - 1) * (free - 4) / asked }
    ingress = share(wanted)
    api = share(Self.apiMax)
    relay = share(Self.relayMax)
    poll = share(Self.pollMax)
  }

  /// Raises the process's limit as far as it may, and shares out what that is.
  static func take(ingress wanted: Int, _ log: Log) throws(StartError) -> Self {
    let all = Self.wanted(ingress: wanted)
    let limit = Process.raiseDescriptorLimit(to: all)
    guard let budget = Self(limit: limit, ingress: wanted) else {
      throw StartError(
        "the process may open \(max(0, limit)) files and connections; raise that to at least "
          + "\(reserve + connectionsMin) (LimitNOFILE of systemd, ulimit -n), better to \(all)",
        exitCode: ExitCode.isFalse
      )
    }
    if limit < all { budget.warn(of: limit, wanted: all, log) }
    return budget
  }

  /// The same with another number of connections for the ingress: all others keep what they have.
  func taking(ingress wanted: Int, _ log: Log) -> Self {
    let others = api + relay + poll + Self.reserve
    let limit = Process.raiseDescriptorLimit(to: wanted + others)
    var budget = self
    budget.ingress = max(1, min(wanted, limit - others))
    if budget.ingress < wanted { budget.warn(of: limit, wanted: wanted + others, log) }
    return budget
  }

  private func warn(of limit: Int, wanted: Int, _ log: Log) {
    log.warning(
      "descriptor_limit",
      [
        "limit": .number(limit), "wanted": .number(wanted),
        "ingress_connections": .number(ingress),
        "detail": .text("raise LimitNOFILE, or lower ingress.limits.connections"),
      ]
    )
  }
}
