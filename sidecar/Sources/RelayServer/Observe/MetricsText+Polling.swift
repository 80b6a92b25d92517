internal import RelayCore
internal import Synchronization

/// What polling does and finds.
///
/// Labels are names of sources and words of fixed sets.
extension MetricsText {
  static func appendPolling(_ polls: PollLink, _ text: inout String) {
    let sources = zip(polls.names, polls.boards).sorted { $0.0 < $1.0 }
    guard !sources.isEmpty else { return }
    family("poll_requests_total", "counter", "Requests to the provider", &text)
    for (name, board) in sources {
      let count = board.requests.load(ordering: .relaxed)
      sample("poll_requests_total", [("source", name)], "\(count)", &text)
    }
    family("poll_walks_total", "counter", "Walks over the provider's list, by result", &text)
    for (name, board) in sources {
      for (ending, count) in board.walks {
        sample("poll_walks_total", [("source", name), ("result", ending)], "\(count)", &text)
      }
    }
    let gauges: [(String, String, (PollBoard) -> UInt64)] = [
      ("lost_and_recovered", "Events that no push brought", { $0.counted.recovered }),
      ("late_pushes", "Events that were pushed after polling found them", { $0.counted.late }),
      ("provider_gaps", "Holes in the provider's history", { UInt64($0.counted.gaps.count) }),
      ("poll_blind", "1 while polls fail", { $0.now.isBlind ? 1 : 0 }),
      ("poll_budget_limited", "1 while verification waits", { $0.now.isBudgetLimited ? 1 : 0 }),
    ]
    for (name, help, value) in gauges {
      family(name, "gauge", help, &text)
      for (source, board) in sources {
        sample(name, [("source", source)], "\(value(board))", &text)
      }
    }
    family("source_state", "gauge", "1 for the state that a polled source is in", &text)
    for (name, board) in sources {
      let now = board.now.state
      for state in StallState.State.allCases {
        let labels = [("source", name), ("state", state.rawValue)]
        sample("source_state", labels, state == now ? "1" : "0", &text)
      }
    }
  }

  static func appendAlarms(_ alarms: AlarmBox, _ text: inout String) {
    family("alarms_total", "counter", "Alarms raised, told or not, by kind", &text)
    for (kind, count) in alarms.raised {
      sample("alarms_total", [("kind", kind.rawValue)], "\(count)", &text)
    }
    single(
      "alarms_suppressed_total",
      "counter",
      "Alarms not told, because the same one just was or too many waited",
      Int(clamping: alarms.suppressed),
      &text
    )
  }
}
