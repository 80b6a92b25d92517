internal import RelaySystem

/// Looks at a journal offline, or beside a running sidecar, and changes nothing.
package struct JournalInspector {
  package struct VerifyReport: Sendable {
    package let segments: Int
    package let batches: Int
    package let records: Int
    package let durableSequence: UInt64
    package let problems: [LogProblem]
    /// Damage that the journal was told to go on without.
    package let accepted: [LogProblem]
    /// How the newest segment ends, in words.
    package let tail: String
    /// The size of the files that the journal goes on with.
    let segmentBytes: (events: Int64, state: Int64)
  }

  package struct Statistics: Sendable {
    package let uuid: [UInt8]
    package let epoch: UInt32
    package let isClean: Bool
    package let segments: Int
    package let bytes: Int
    package let events: Int
    package let firstSequence: UInt64
    package let durableSequence: UInt64
    package let stateEntries: Int
    /// Events by source.
    package let sources: [String: Int]
  }

  /// Looks again this often before a running sidecar's tail is called damaged: what was read may
  /// have been in the middle of being written.
  private static let liveAttempts = 4
  private static let livePauseMilliseconds: Int32 = 50
  /// The same where bodies are erased all the while: an end to it, should they never stop.
  private static let erasureAttempts = 100

  let directory: String
  /// An erasure that has begun counts as done.
  let storage: any Storage
  private let identity: JournalIdentity
  let epoch: Epoch
  private var epochProblems: [LogProblem]
  private let lastSpokenOf: JournalOptions.LastSpokenOf

  /// `directory` is the journal's, the one that holds FORMAT; its parent is taken too.
  package init(
    directory given: String,
    storage: any Storage = FileStorage(),
    lastSpokenOf: @escaping JournalOptions.LastSpokenOf = { _ in 0 }
  ) throws(JournalError) {
    self.lastSpokenOf = lastSpokenOf
    let names = try ioChecked { () throws(SystemError) in try storage.list(given) }
    directory = names.contains("journal") ? given + "/journal" : given
    let path = directory + "/FORMAT"
    let root = try ioChecked { [directory] () throws(SystemError) in try storage.list(directory) }
    // Without FORMAT nobody can read the segments: that is damage, and not an empty place.
    guard root.contains("FORMAT") || !root.contains("log") else { throw .badFormat(path: path) }
    let bytes = try ioChecked { () throws(SystemError) in
      try storage.openForReading(path).read(Layout.blockBytes, at: 0)
    }
    identity = try JournalIdentity.decode(bytes, path: path)
    self.storage = ErasureOverlay(base: storage, directory: directory, uuid: identity.uuid)
    let files = JournalFiles(storage, directory: directory)
    try files.readEpoch()
    epoch = files.epoch
    epochProblems = files.epochProblems
    if epoch.generation == 0, epochProblems.isEmpty {
      // Both are gone, though the first start writes one before anything else.
      epochProblems.append(
        LogProblem(segment: "EPOCH", offset: 0, sequence: nil, reason: "there is none")
      )
    }
  }

  var uuid: [UInt8] { identity.uuid }

  var version: FormatVersion { identity.version }

  // MARK: What it can tell

  /// Reads and checks every byte of both logs, or of the newest segment of each alone.
  package func verify(tailOnly: Bool = false) throws(JournalError) -> VerifyReport {
    let events = try settled("log", epoch.events, tailOnly: tailOnly, .anywhere)
    let state = try settled("state", epoch.state, tailOnly: tailOnly, .anywhere)
    let losses = AcceptedLosses(try entries(.anywhere))
    let isStateGone = state.segments.isEmpty && state.problems.isEmpty && !events.segments.isEmpty
    let gone = LogProblem(segment: "state", offset: 0, sequence: nil, reason: Self.stateIsGone)
    let stateProblems =
      (isStateGone ? [gone] : [])
      + state.problems.map {
        LogProblem(
          segment: "state/" + $0.segment,
          offset: $0.offset,
          sequence: nil,
          reason: $0.reason
        )
      }
    return VerifyReport(
      segments: events.segments.count,
      batches: events.batches,
      records: events.records,
      durableSequence: (events.end?.firstOffset ?? 1) - 1,
      problems: epochProblems + strangers([events, state])
        + events.problems.filter { !losses.covers($0) } + stateProblems
        + (tailOnly ? [] : try keyProblems()),
      accepted: events.problems.filter { losses.covers($0) },
      tail: Self.words(events.tail),
      segmentBytes: (
        events: events.segments.last?.header.capacity ?? Self.usualSegmentBytes,
        state: state.segments.last?.header.capacity ?? Self.usualStateBytes
      )
    )
  }

  static let stateIsGone =
    "there are events and no segment of the state: consumers, and what destinations are owed, are "
    + "lost"

  private func strangers(_ scans: [LogScan]) -> [LogProblem] {
    guard scans.allSatisfy(\.segments.isEmpty), let stranger = scans.compactMap(\.stranger).first
    else { return [] }
    let reason =
      "it is that of journal \(JournalIdentity.words(uuid)), and the segments are of journal "
      + "\(JournalIdentity.words(stranger)); restore it from a backup"
    return [LogProblem(segment: "FORMAT", offset: 24, sequence: nil, reason: reason)]
  }

  /// Scans until nothing is wrong, or nothing changes any more.
  private func settled(
    _ folder: String,
    _ proven: Epoch.LogEnd,
    tailOnly: Bool,
    _ unreadable: LogScan.Unreadable = .nowhere
  ) throws(JournalError) -> LogScan {
    var found = try scan(folder, proven, tailOnly: tailOnly, unreadable) { _, _, _ in }
    let pause = Gate()
    var attempt = 0
    for _ in 0..<Self.erasureAttempts where attempt < Self.liveAttempts {
      guard !found.problems.isEmpty, isInUse else { break }
      _ = pause.wait(timeoutMilliseconds: Self.livePauseMilliseconds)
      let before = try erasures()
      found = try scan(folder, proven, tailOnly: tailOnly, unreadable) { _, _, _ in }
      // A body that was erased while it was read is damage for a moment, and proves nothing.
      if try erasures() == before { attempt += 1 }
    }
    return found
  }

  /// Of a journal in which no segment can be read.
  static let usualSegmentBytes: Int64 = 64 << 20
  private static let usualStateBytes: Int64 = 16 << 20

  /// Runs may be the only copy of their keys (journal §11.2).
  private func keyProblems() throws(JournalError) -> [LogProblem] {
    let folder = JournalFiles(storage, directory: directory).keysDirectory
    var problems: [LogProblem] = []
    let names = try ioChecked { () throws(SystemError) in try storage.list(folder) }
    for name in names where KeyRunName.parse(name) != nil {
      do throws(JournalError) {
        _ = try KeyRun.open(storage, directory: folder, name: name, uuid: identity.uuid)
      } catch {
        switch error {
        case .keysUnreadable(_, let page, let reason):
          problems.append(
            LogProblem(
              segment: "dedup/" + name,
              offset: Int64(page * KeyRunPage.bytes),
              sequence: nil,
              reason: reason
            )
          )
        case .io(let system) where system.isNotFound: break  // A running sidecar removed it.
        case .io(let system) where system.isUnreadable:
          problems.append(
            LogProblem(
              segment: "dedup/" + name,
              offset: 0,
              sequence: nil,
              reason: LogScan.words(system)
            )
          )
        default: throw error
        }
      }
    }
    return problems
  }

  package func statistics() throws(JournalError) -> Statistics {
    var sources: [String: Int] = [:]
    let events = try scan("log", epoch.events, begin: { sources = [:] }) { bytes, start, header in
      sources[EventCodec.decode(bytes, at: start, header).source, default: 0] += 1
    }
    let entries = try entries()
    return Statistics(
      uuid: identity.uuid,
      epoch: epoch.epoch,
      isClean: epoch.isClean,
      segments: events.segments.count,
      bytes: events.segments.reduce(0) { $0 + Int($1.dataEnd) },
      events: events.records,
      firstSequence: events.segments.first?.header.baseOffset ?? 1,
      durableSequence: (events.end?.firstOffset ?? 1) - 1,
      stateEntries: entries.count,
      sources: sources
    )
  }

  /// Hands every readable event to `body`, in order.
  ///
  /// Returns in how many places something was not.
  package func dump(bodies: Bool, _ body: (StoredEvent) -> Void) throws(JournalError) -> Int {
    try withoutActuallyEscaping(body) { (body) throws(JournalError) in
      var last: UInt64 = 0
      let found = try scan("log", epoch.events, .anywhere) { bytes, start, header in
        // What was handed out before a scan began anew is not handed out again.
        guard header.kind == .event, header.offset > last else { return }
        last = header.offset
        var event = EventCodec.decode(bytes, at: start, header)
        if bodies { event.body = EventCodec.body(bytes, at: start, header) }
        body(event)
      }
      return found.problems.count
    }
  }

  // MARK: Reading

  private func scan(
    _ folder: String,
    _ proven: Epoch.LogEnd,
    tailOnly: Bool = false,
    _ unreadable: LogScan.Unreadable = .nowhere,
    begin: () -> Void = {},
    _ visit: @escaping LogScan.Visitor
  ) throws(JournalError) -> LogScan {
    var attempt = 1
    while true {
      // Where a running sidecar has removed segments since, the log begins later by now. Before the
      // events, because the state is never ahead of those that are read after it.
      let state = folder == "log" ? try entries(unreadable) : nil
      let request = LogScan.Request(
        directory: directory + "/" + folder,
        uuid: identity.uuid,
        proven: proven.reaching(state.map(lastSpokenOf) ?? 0),
        firstOffset: state.map { JournalStart.decode($0[JournalStart.key]) },
        tailOnly: tailOnly,
        unreadable: unreadable
      )
      begin()
      let scan: LogScan
      do throws(SystemError) {
        scan = try LogScan.run(storage, request, visit: visit)
      } catch {
        let mayHaveGone = error.isNotFound && isInUse
        guard mayHaveGone, attempt < Self.liveAttempts else { throw .io(error) }
        attempt += 1
        continue
      }
      if let version = scan.laterVersion { throw .wrongVersion(found: version) }
      return scan
    }
  }

  /// What is being erased now, and how often that has been; nil where nothing ever was.
  func erasures() throws(JournalError) -> ErasureSlot? {
    let pause = Gate()
    for _ in 0..<Self.liveAttempts {
      let (found, isThere) = try ioChecked { () throws(SystemError) in
        let found = try ErasureFile.read(storage, in: directory, uuid: uuid)
        return (found, try storage.list(directory).contains(ErasureFile.name))
      }
      // In the middle of being written it cannot be read; after a crash, neither.
      if found != nil || !isThere || !isInUse { return found }
      _ = pause.wait(timeoutMilliseconds: Self.livePauseMilliseconds)
    }
    return nil
  }

  /// The segments of the events as they are now; of the older ones the headers alone are read.
  func segments() throws(JournalError) -> LogScan {
    try settled("log", epoch.events, tailOnly: true)
  }

  /// The size of the files that the state goes on with.
  func stateSegmentBytes() throws(JournalError) -> Int64 {
    let state = try settled("state", epoch.state, tailOnly: true)
    return state.segments.last?.header.capacity ?? Self.usualStateBytes
  }

  /// The state map as it is now.
  func entries(
    _ unreadable: LogScan.Unreadable = .nowhere
  ) throws(JournalError) -> [String: [UInt8]] {
    var entries: [String: [UInt8]] = [:]
    let begin = { entries = [:] }
    _ = try scan("state", epoch.state, unreadable, begin: begin) { bytes, start, header in
      StateCodec.apply(bytes, at: start, header, to: &entries)
    }
    return entries
  }

  /// Whether a process has the journal open.
  package var isInUse: Bool {
    guard let file = try? File.openForReading(directory + "/LOCK") else { return false }
    return file.isLockedElsewhere()
  }

  private static func words(_ facts: TailDecision.Facts?) -> String {
    guard let facts else { return "empty" }
    switch (TailDecision.decide(facts), facts.next) {
    case (.appendHere, _): return "closed cleanly"
    case (.damaged, _): return "damaged"
    case (_, .unreadable): return "ends with a write that was never acknowledged"
    default: return "complete, not closed"
    }
  }
}
