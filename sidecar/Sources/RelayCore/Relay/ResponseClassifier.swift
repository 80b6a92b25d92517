/// What an attempt's result means for its delivery (contract §6).
///
///     result                                     verdict        the breaker
///     2xx                                        delivered      closes
///     400 410 413 415 422                        permanent      closes: somebody is there
///     408 425 429 5xx, no answer                 transient      counts one
///     401 403 404 409, 3xx, every other 4xx      misconfigured  counts three
///     anything that is no final status           transient      counts one
///
/// The rest of 4xx is tried again like 404: it is no word about this event, and a bad deploy must
/// not empty the backlog into the dead letters. 3xx is never followed. 101 and statuses from 600 on
/// are no answers to a POST that asked for nothing of the kind.
package enum ResponseClassifier {
  package enum Verdict: Equatable, Sendable {
    case delivered
    case permanent
    case transient
    case misconfigured
  }

  package static func verdict(on result: AttemptResult) -> Verdict {
    switch result {
    case .noAnswer: .transient
    case .answer(let status, _): verdict(onStatus: status)
    }
  }

  private static func verdict(onStatus status: Int) -> Verdict {
    switch status {
    case 200...299: .delivered
    case 400, 410, 413, 415, 422: .permanent
    case 408, 425, 429: .transient
    case 300...499: .misconfigured
    default: .transient
    }
  }

  /// How much a failure tells the breaker.
  static func weight(of verdict: Verdict) -> Int {
    switch verdict {
    case .delivered, .permanent: 0
    case .transient: 1
    case .misconfigured: 3
    }
  }
}
