internal import WebhookReceiver

/// What happens to a poll source.
package enum PollSignal: Sendable {
  /// Time has passed.
  case tick
  /// Deliveries of this source became durable, or were duplicates of polled events.
  case pushes(new: Int, late: [UInt64])
  case answer(PollCall, Result<PollResponse, PollFailure>)
  /// The journal's answer to `look`.
  case known(Set<String>)
  /// The journal's answer to `submit`, item by item.
  case stored([PollOutcome])
  /// The journal took nothing, or not all: the checkpoint stays.
  case notStored
  /// An operator wants a walk now.
  case poll
  case pause
  case resume
}

/// What became of a polled event.
package enum PollOutcome: Equatable, Sendable {
  case stored(UInt64)
  /// Of an event that was pushed so long ago.
  case duplicateOfPush(UInt64, age: Duration)
  case duplicateOfPoll(UInt64)
  /// No record of the journal can hold it: a hole, and no reason to stop for ever.
  case tooLarge
}

/// What is to be done for a poll source.
package enum PollAction: Equatable, Sendable {
  case send([PollCall])
  case renew([PollCall])
  case look([String])
  case submit(PollBatch)
  case persist(PollCadence.Record)
  /// Nothing that was sent is waited for any more.
  case cancel
  case alarm(Alarm.Kind, String)
  case note(PollNote)
}

/// What is worth a line in the log.
package enum PollNote: Equatable, Sendable {
  case walkBegan(Walk.Purpose)
  case walkEnded(WalkReport)
  case state(StallState.State, StallState.Reason)
  case blind(Bool)
  case gap(GapRecord)
  /// Events that polling found and no push had brought.
  case missed(Int, StallState.Reason)
}

/// A walk that is over, for logs, metrics and people.
package struct WalkReport: Equatable, Sendable {
  package var purpose: Walk.Purpose
  package var ending: Walk.Ending
  package var tally: Walk.Tally
  package var stored: Int
  package var duplicates: Int
  /// What the plan says about refusals.
  package var advice: String?

  package init(
    purpose: Walk.Purpose,
    ending: Walk.Ending,
    tally: Walk.Tally,
    stored: Int,
    duplicates: Int,
    advice: String? = nil
  ) {
    self.purpose = purpose
    self.ending = ending
    self.tally = tally
    self.stored = stored
    self.duplicates = duplicates
    self.advice = advice
  }

  /// A fixed word, fit for a metric label.
  package var word: String {
    switch ending {
    case .complete: "complete"
    case .incomplete(let shortfall): "incomplete_" + shortfall.rawValue
    case .refused(let refusal): refusal.word
    case .failed(let failure): failure.rawValue
    case .delayed(_, let isLimit, _): isLimit ? "rate_limited" : "provider_error"
    case .unauthorized: "unauthorized"
    case .rejected: "rejected"
    case .notStored: "not_stored"
    }
  }

  /// For people.
  package var detail: String {
    guard let advice, isRefusal else { return happened }
    return "\(happened). \(advice)"
  }

  /// Whether the provider said no: a list that is not to be had is often one that has to be enabled
  /// first, and every provider does that in its own way (Square).
  private var isRefusal: Bool {
    switch ending {
    case .unauthorized, .rejected, .refused(.errors): true
    default: false
    }
  }

  private var happened: String {
    switch ending {
    case .complete: "everything was read"
    case .incomplete(.pages): "more pages than limits.pages; the next walk goes on"
    case .incomplete(.time): "it took longer than limits.walk; the next walk goes on"
    case .incomplete(.details): "details could not be had; the next walk asks again"
    case .refused(let refusal): "\(refusal)"
    case .failed(let failure): "no answer: \(failure.rawValue)"
    case .delayed(let status, _, let delay):
      "the provider answers \(status)"
        + (delay.map { ", and asks to wait \($0.configurationText)" } ?? "")
    case .unauthorized(let status):
      "the provider answers \(status): the credentials of `auth` are not accepted"
    case .rejected(let status):
      "the provider answers \(status): see `request`, and `errors_map`"
    case .notStored: "the journal has no room; polling waits, and the cursor stays"
    }
  }
}
