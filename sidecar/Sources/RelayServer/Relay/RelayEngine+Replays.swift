internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// A count of what a replay would deliver, for somebody who waits.
struct CountingJob {
  let filter: ReplayJob.Filter
  var next: UInt64
  let last: UInt64
  var total: UInt64 = 0
  let connection: ConnectionID
}

/// How many events replays may hand out now: a bucket that fills by time.
struct ReplayPace {
  private var tokens = 0.0
  private var last: Int64 = 0

  /// Fills up to a tenth of a second's worth, so that a replay never comes as a burst.
  mutating func fill(at now: Int64) {
    let rate = Double(ReplayJob.eventsPerSecondMax)
    let passed = Double(max(0, now - last)) / 1_000_000_000
    tokens = min(tokens + passed * rate, max(1, rate / 10))
    last = now
  }

  var whole: Int { Int(tokens) }

  mutating func take(_ count: Int) { tokens -= Double(count) }
}

/// Replays of many events, a page at a time between the work of everybody else.
extension RelayEngine {
  /// Events that one step looks at: it must not hold up deliveries.
  private static let countLimit = ReadLimit(events: 4096, bytes: 4 << 20, scanned: 4096)
  private static let runScanned = 4096
  /// When the pace allows nothing, it is looked at again after this long.
  private static let paceNanoseconds: Int64 = 20_000_000

  /// One step of each replay; returns whether there is more to do at once.
  func stepReplays(_ loop: OutboundContext, at now: RelayTime) -> Bool {
    guard loop.now >= readsAgainAt else { return false }
    var goesOn = stepCounts(loop)
    replayTokens.fill(at: loop.now)
    for id in jobOrder {
      guard let job = jobs[id], job.phase != .done else { continue }
      if job.phase == .counting {
        goesOn = count(job, loop) || goesOn
      } else if job.wantsMore {
        if replayTokens.whole == 0 {
          loop.wake(at: loop.now + Self.paceNanoseconds)
        } else {
          goesOn = run(job, loop, at: now) || goesOn
        }
      }
    }
    return goesOn
  }

  private func stepCounts(_ loop: OutboundContext) -> Bool {
    for index in counts.indices.reversed() {
      var count = counts[index]
      if count.next <= count.last,
        let (matches, last) = matches(count.filter, count.next...count.last, loop)
      {
        count.total += UInt64(matches)
        count.next = last + 1
        counts[index] = count
      }
      guard count.next > count.last else { continue }
      counts.remove(at: index)
      respond(count.connection, RelayJSON.dryRun(count.total))
    }
    return !counts.isEmpty
  }

  private func matches(
    _ filter: ReplayJob.Filter,
    _ range: ClosedRange<UInt64>,
    _ loop: OutboundContext
  ) -> (count: Int, last: UInt64)? {
    do throws(JournalError) {
      let page = try context.reader.read(
        from: range.lowerBound,
        order: .ascending,
        limit: Self.countLimit,
        body: false,
        where: { $0.sequence <= range.upperBound && filter.matches(Self.routed(copy $0)) }
      )
      // What the page has, not what the filter was asked: a part may be read twice.
      let count = page.entries.count { if case .event = $0 { true } else { false } }
      return (count, min(max(page.next, range.lowerBound + 1) - 1, range.upperBound))
    } catch {
      report(error, loop)
      return nil
    }
  }

  private func count(_ job: ReplayJob, _ loop: OutboundContext) -> Bool {
    guard job.next <= job.last, let (count, last) = matches(job.filter, job.next...job.last, loop)
    else { return false }
    jobs[job.id]?.count(count, through: last)
    dirtyJobs.insert(job.id)
    return true
  }

  /// Hands out what comes next; returns whether it came forward.
  private func run(_ job: ReplayJob, _ loop: OutboundContext, at now: RelayTime) -> Bool {
    let room = min(replayTokens.whole, ReplayJob.untriedMax - job.untried)
    let page: Page
    do throws(JournalError) {
      page = try context.reader.read(
        from: job.next,
        order: .ascending,
        limit: ReadLimit(events: room, bytes: .max, scanned: Self.runScanned),
        body: false,
        where: {
          $0.sequence <= job.last && job.filter.matches(Self.routed(copy $0))
        }
      )
    } catch {
      report(error, loop)
      return false
    }
    var job = job
    for case .event(let event) in page.entries where event.sequence <= job.last {
      guard let deliveries = hand(event, of: job, at: now) else {
        // A lane has no room, or nobody knows yet whether it has a body: the rest waits with it.
        store(job)
        loop.wake(at: loop.now + Self.paceNanoseconds)
        return false
      }
      job.hand(event.sequence, deliveries: deliveries)
      replayTokens.take(1)
    }
    job.pass(through: min(page.next - 1, job.last))
    store(job)
    return job.wantsMore
  }

  func store(_ job: ReplayJob) {
    jobs[job.id] = job
    dirtyJobs.insert(job.id)
  }

  /// Hands an event to each of its lanes; nil when one of them has no room, or its body is just
  /// being erased, and none got it.
  private func hand(_ event: StoredEvent, of job: ReplayJob, at now: RelayTime) -> Int? {
    if event.isErased { return 0 }
    guard !isErased(event) else { return nil }
    let lanes = lanes(for: event, destination: job.filter.destination)
    guard lanes.allSatisfy({ planner.lanes[$0].hasRoomForReplay }) else { return nil }
    for index in lanes {
      _ = replay(event, as: job.id, job.identity, in: index, at: now)
    }
    return lanes.count
  }

  /// The lanes whose destinations take events like this one now.
  func lanes(for event: StoredEvent, destination: String?) -> [Int] {
    planner.activeIndexes.filter { index in
      let lane = planner.lanes[index]
      return lane.mode == .active && (destination == nil || lane.name == destination)
        && planner.routes[index].takes(source: event.source, type: event.eventType)
    }
  }

  func replay(
    _ event: StoredEvent,
    as replay: UInt64,
    _ identity: ReplayIdentity,
    in index: Int,
    at now: RelayTime
  ) -> DeliveryLane.ReplayRefusal? {
    let routed = Self.routed(event)
    let entry = LaneEvent(
      sequence: routed.sequence,
      receivedAt: routed.receivedAt,
      bodyBytes: routed.bodyBytes
    )
    let refusal = planner.change(index) { $0.replay(entry, as: replay, identity, at: now) }
    if refusal == nil {
      counters[index].replayed.add(1, ordering: .relaxed)
      keep(event.sequence)
    }
    return refusal
  }

  /// A delivery of an old event begins: retention must not take it in between.
  func keep(_ sequence: UInt64) {
    let lowest = context.link.lowestNeeded.load(ordering: .relaxed)
    if sequence < lowest { context.link.lowestNeeded.store(sequence, ordering: .releasing) }
  }

  // MARK: What becomes of its deliveries

  /// Counts a settlement for the replay that asked for the delivery.
  func follow(_ attempt: Attempt, _ settlement: DeliveryLane.Settlement) {
    let id = attempt.id.replay
    guard id != 0, jobs[id] != nil else { return }
    let wasTried = attempt.number > 1
    switch settlement {
    case .retry:
      // Seen at a start, no more: only a first failure changes what is counted.
      if !wasTried { jobs[id]?.tried() }
      return
    case .delivered: jobs[id]?.settle(isDelivered: true, wasTried: wasTried)
    case .dead: jobs[id]?.settle(isDelivered: false, wasTried: wasTried)
    }
    dirtyJobs.insert(id)
  }

  /// Counts anew what a start found among the held deliveries.
  func restoreJobs() {
    var untried: [UInt64: Int] = [:]
    var unsettled: [UInt64: Int] = [:]
    for index in planner.activeIndexes {
      for (id, isTried) in planner.lanes[index].heldReplays {
        unsettled[id, default: 0] += 1
        if !isTried { untried[id, default: 0] += 1 }
      }
    }
    for id in jobOrder {
      jobs[id]?.restore(untried: untried[id] ?? 0, unsettled: unsettled[id] ?? 0)
    }
  }
}
