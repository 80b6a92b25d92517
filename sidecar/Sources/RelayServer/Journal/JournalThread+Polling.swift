internal import RelayCore
internal import RelayJournal
internal import Synchronization
internal import WebhookReceiver

/// Polled events enter here, beside the pushed ones: one writer, so that the two cannot race
/// (rule R13), and events are staged before the checkpoint that speaks of them (rule R1).
extension JournalThread {
  func stage(_ submission: PollSubmission) throws(JournalError) {
    switch submission.content {
    case .look(let keys): try answer(keys, submission)
    case .batch(let batch): try stage(batch, submission)
    case .state(let key, let value): try stageState(key, value)
    }
  }

  /// Which of the ids are known: their details need not be asked for.
  private func answer(
    _ keys: [(id: String, keys: PolledKeys)],
    _ submission: PollSubmission
  ) throws(JournalError) {
    var known: Set<String> = []
    for entry in keys {
      do throws(JournalError) {
        if isCurrent(try sighting(entry.keys.id), submission.policy) { known.insert(entry.id) }
      } catch {
        // Taken for unknown: its detail is asked for, and the batch looks again.
        log.error("key_unreadable", ["reason": .text("\(error)")])
      }
    }
    polls.tell(.known(source: submission.source, walk: submission.walk, known))
  }

  private func isCurrent(_ sighting: Sighting?, _ policy: AdmissionPolicy) -> Bool {
    policy.decidePolled(Sightings(id: sighting), at: retention.steadySeconds) != .store
  }

  private func stage(
    _ batch: PollSubmission.Batch,
    _ submission: PollSubmission
  ) throws(JournalError) {
    var outcomes: [PollOutcome] = []
    do throws(JournalError) {
      for item in batch.items {
        outcomes.append(try admit(item, submission))
        try commitIfFull()
      }
      for entry in batch.state { try journal.stageState(key: entry.key, value: entry.value) }
      isDirty = isDirty || !batch.state.isEmpty
      try polls.note(batch.gaps, of: submission.source, in: journal)
      polls.tell(.stored(source: submission.source, walk: submission.walk, outcomes))
    } catch {
      if error.isFinal { throw error }
      // What is staged stays; the checkpoint does not move, and the walk comes again (M14).
      log.warning("poll_not_stored", ["reason": .text("\(error)")])
      polls.tell(.notStored(source: submission.source, walk: submission.walk))
      observeRoom()
    }
  }

  private func admit(
    _ item: PollSubmission.Item,
    _ submission: PollSubmission
  ) throws(JournalError) -> PollOutcome {
    let sightings = Sightings(
      id: try sighting(item.keys.id),
      polled: try sighting(item.keys.polled)
    )
    switch submission.policy.decidePolled(sightings, at: retention.steadySeconds) {
    case .duplicateOfPush(let seen):
      polls.duplicate(submission.source, of: seen.sequence, by: .poll, item.draft.bodyDigest)
      let now = retention.steadySeconds
      let age = Duration.seconds(now > seen.seconds ? now - seen.seconds : 0)
      return .duplicateOfPush(seen.sequence, age: age)
    case .duplicateOfPoll(let sequence): return .duplicateOfPoll(sequence)
    case .store: break
    }
    guard !isOverfull else { throw .full(reason: Self.overfull) }
    purgeKeys()
    do throws(JournalError) {
      let sequence = try journal.stage(item.draft, keySeconds: retention.steadySeconds)
      stagedRecords += 1
      stagedBytes += item.draft.body.count + item.draft.headerBlock.count
      isDirty = true
      submission.counters.polled.add(1, ordering: .relaxed)
      polls.stored(submission.source, sequence, isOurs: item.isOurs)
      return .stored(sequence)
    } catch {
      guard case .recordTooLarge = error else { throw error }
      // It will never fit: a hole that is said, and not a walk that never ends.
      try polls.note([item.hole], of: submission.source, in: journal)
      isDirty = true
      return .tooLarge
    }
  }

  private func stageState(_ key: String, _ value: [UInt8]?) throws(JournalError) {
    do throws(JournalError) {
      try journal.stageState(key: key, value: value)
      isDirty = true
    } catch {
      if error.isFinal { throw error }
      log.error("state_refused", ["reason": .text("\(error)")])
    }
  }

  /// A push that is a duplicate: late, when polling had brought its event.
  func notePush(
    _ submission: EventSubmission,
    duplicateOf sequence: UInt64
  ) {
    guard submission.origin == .push,
      let source = polls.index(of: submission.source),
      let key = hasher.polledKey(of: submission.keys)
    else { return }
    do throws(JournalError) {
      guard let polled = try sighting(key), polled.sequence == sequence else { return }
      polls.duplicate(source, of: sequence, by: .push, submission.bodyDigest)
    } catch {
      // It is known to be a duplicate; only the count lacks it.
      log.error("key_unreadable", ["reason": .text("\(error)")])
    }
  }

  /// What becomes of a delivery, after a look at its other events: those that polling has brought
  /// one by one are late in it, whatever becomes of the delivery.
  func decide(
    _ submission: EventSubmission
  ) throws(JournalError) -> AdmissionPolicy.Decision {
    let policy = submission.policy
    let now = retention.steadySeconds
    let first = policy.decide(try sightings(of: submission), at: now)
    let keys = submission.keys
    guard keys.hasUnknownItems || !keys.items.isEmpty else { return first }
    var batch = BatchSightings(own: nil, items: [], hasUnknownItems: keys.hasUnknownItems)
    if keys.isOwnItem { batch.own = Sightings(polled: try sighting(hasher.polledKey(of: keys))) }
    for item in keys.items {
      batch.items.append(Sightings(id: try sighting(item.id), polled: try sighting(item.polled)))
    }
    let decision = policy.decideBatch(first, batch, at: now)
    // What a delivery holds that comes again was counted when it came first.
    if decision == first, policy.isRepetition(first, batch, at: now) { return decision }
    if let source = polls.index(of: submission.source) {
      var late = batch.items
      if case .duplicate = decision {} else { late += [batch.own].compactMap(\.self) }
      let found = late.compactMap(\.polled)
      let digest = found.isEmpty ? [] : submission.bodyDigest
      for polled in found {
        polls.duplicate(source, of: polled.sequence, by: .push, digest)
      }
    }
    return decision
  }

  /// Counts go to the disk with what they count.
  func stagePollTallies() {
    for entry in polls.takeChanged(through: journal.reader.bounds.durable + UInt64(stagedRecords)) {
      do throws(JournalError) {
        try journal.stageState(key: entry.key, value: entry.value)
        isDirty = true
      } catch {
        // Counted again at the next start; a failed disk is seen by the commit that follows.
        log.warning("tally_refused", ["reason": .text("\(error)")])
      }
    }
  }
}
