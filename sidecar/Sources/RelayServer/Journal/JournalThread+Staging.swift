internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// What is taken into the batch, and whom to tell of it.
extension JournalThread {
  func stage(_ submission: EventSubmission) throws(JournalError) {
    let decision: AdmissionPolicy.Decision
    do throws(JournalError) {
      decision = try decide(submission)
    } catch {
      // Neither stored nor called a duplicate: the sender tries again.
      log.error("key_unreadable", ["reason": .text("\(error)")])
      submission.counters.refuse(.unavailable)
      return notify(submission, .full)
    }
    switch decision {
    case .duplicate(let sequence):
      submission.counters.duplicates.add(1, ordering: .relaxed)
      notePush(submission, duplicateOf: sequence)
      notify(submission, .duplicate(of: sequence))
    case .store:
      try append(submission)
    case .storeReplayedBody:
      guard try append(submission, marking: { $0.insert(.replayedBody) }) else { return }
      submission.counters.replayedBodies.add(1, ordering: .relaxed)
    case .storeConflict:
      let isStored = try append(submission) { record in
        // Its own key: a consumer that deduplicates would otherwise ignore it for the first's.
        if let key = record.conflictKey { record.setIdempotencyKey(key.bytes) }
        record.insert(.conflict)
      }
      guard isStored else { return }
      submission.counters.conflicts.add(1, ordering: .relaxed)
    }
  }

  func sightings(of submission: EventSubmission) throws(JournalError) -> Sightings {
    var sightings = Sightings(
      event: try sighting(submission.keys.event),
      id: try sighting(submission.keys.id),
      content: try sighting(submission.keys.content)
    )
    // Who brought the id matters only where the bytes are not those that were pushed.
    if sightings.event == nil, sightings.id != nil {
      sightings.polled = try sighting(hasher.polledKey(of: submission.keys))
    }
    return sightings
  }

  func sighting(_ key: Key128?) throws(JournalError) -> Sighting? {
    guard let key, let entry = try journal.keys.find(key) else { return nil }
    return Sighting(sequence: entry.sequence, seconds: entry.seconds)
  }

  /// Stores the event, after `marking` has said of it what only the order of events can tell.
  ///
  /// Returns false where there was no room, which whoever waits is told.
  @discardableResult private func append(
    _ submission: EventSubmission,
    marking: (inout EventRecord) -> Void = { _ in }
  ) throws(JournalError) -> Bool {
    purgeKeys()
    guard !isOverfull else {
      submission.counters.refuse(.unavailable)
      notify(submission, .full)
      return false
    }
    do throws(JournalError) {
      let (sequence, receivedAt) = try submission.withRecord { record throws(JournalError) in
        marking(&record)
        let sequence = try journal.stage(record, keySeconds: retention.steadySeconds)
        return (sequence, record.receivedAt)
      }
      stagedRecords += 1
      stagedBytes += submission.bytes
      isDirty = true
      submission.counters.accepted.add(1, ordering: .relaxed)
      submission.counters.lastReceivedAt.store(receivedAt, ordering: .relaxed)
      if submission.origin == .push { polls.pushed(submission.source) }
      notify(submission, .stored(sequence))
      return true
    } catch {
      if error.isFinal { throw error }
      refuse(submission, error)
      return false
    }
  }

  /// Has the runs removed whose keys have left every window; once a minute is often enough.
  func purgeKeys() {
    let now = retention.steadySeconds
    guard now >= lastPurge, now - lastPurge >= Self.purgeSeconds else { return }
    lastPurge = now
    journal.keys.removeAll(before: now - min(now, windowSeconds))
  }

  private static let purgeSeconds: UInt32 = 60

  func refuse(_ submission: EventSubmission, _ error: JournalError) {
    submission.counters.refuse(.unavailable)
    if case .recordTooLarge = error { return notify(submission, .recordTooLarge) }
    notify(submission, .full)
    observeRoom()
  }

  func stage(_ submission: StateSubmission) throws(JournalError) {
    var isWhole = true
    do throws(JournalError) {
      for change in submission.changes {
        try journal.stageState(key: change.key, value: change.value)
        isDirty = true
      }
    } catch {
      if error.isFinal { throw error }
      isWhole = false
      log.error("state_refused", ["reason": .text("\(error)")])
    }
    if let notice = submission.notice(isDurable: isWhole) { stateNotices.append(.handler(notice)) }
  }

  func stage(_ batch: RelayChanges) throws(JournalError) {
    do throws(JournalError) {
      for change in batch.changes {
        try journal.stageState(key: change.key, value: change.value)
        isDirty = true
      }
    } catch {
      if error.isFinal { throw error }
      relayNotices.append(.owner(.saved(ticket: batch.ticket, isDurable: false)))
      return
    }
    retention.noteUse()
    relayNotices.append(.owner(.saved(ticket: batch.ticket, isDurable: true)))
  }

  func notify(_ submission: EventSubmission, _ outcome: CommitNotice.Outcome) {
    answeredBytes += submission.bytes
    let notice = CommitNotice(submission: submission, outcome: outcome)
    if let loop = submission.loop {
      notices[loop].append(.handler(.committed(notice)))
    } else {
      stateNotices.append(.handler(.event(notice)))
    }
  }
}
