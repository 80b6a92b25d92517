internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// Replays of many events: begun, counted, looked at.
extension RelayEngine {
  /// Counts that may run at once: each reads the journal.
  private static let countsMax = 8

  func startReplay(
    _ filter: ReplayJob.Filter,
    _ identity: ReplayIdentity,
    isDryRun: Bool,
    _ connection: ConnectionID
  ) throws(ProblemError) {
    if let destination = filter.destination { _ = try lane(destination) }
    let bounds = context.reader.bounds
    let first = filter.from.map(context.reader.firstSequence(at:)) ?? max(bounds.first, 1)
    guard first <= bounds.durable else {
      if isDryRun { return respond(connection, RelayJSON.dryRun(0)) }
      throw ProblemError(HTTPProblem(409, "nothing-to-replay", "no event is that young"))
    }
    guard !isDryRun else {
      guard counts.count < Self.countsMax else {
        throw ProblemError(
          HTTPProblem(503, "too-many-counts", "others are being counted; try again later")
            .with("Retry-After", "10")
        )
      }
      counts.append(
        CountingJob(filter: filter, next: first, last: bounds.durable, connection: connection)
      )
      return
    }
    try makeRoomForJob()
    let job = ReplayJob(
      id: ReplayID.make(),
      filter: filter,
      identity: identity,
      madeAt: time.wallMicroseconds,
      sequences: first...bounds.durable
    )
    jobOrder.append(job.id)
    store(job)
    keep(first)
    respondWhenSaved(connection, RelayJSON.started(job))
  }

  /// The oldest finished one is forgotten for a new one.
  private func makeRoomForJob() throws(ProblemError) {
    guard jobOrder.count >= ReplayJob.jobsMax else { return }
    guard let index = jobOrder.firstIndex(where: { jobs[$0]?.phase == .done }) else {
      throw ProblemError(
        HTTPProblem(409, "too-many-replays", "wait for one of the running replays to end")
      )
    }
    let id = jobOrder.remove(at: index)
    jobs[id] = nil
    dirtyJobs.insert(id)
  }

  func job(_ text: String) throws(ProblemError) -> ReplayJob {
    guard let id = ReplayID.parse(text), let job = jobs[id] else {
      throw ProblemError(
        HTTPProblem(
          404,
          "no-such-replay",
          "only replays of many events are kept, and the last \(ReplayJob.jobsMax) of them"
        )
      )
    }
    return job
  }
}
