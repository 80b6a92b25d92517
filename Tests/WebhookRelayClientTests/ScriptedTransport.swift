import Synchronization
import WebhookRelayClient

/// Answers by a script, keeps every call, and never sleeps.
final class ScriptedTransport: RelayTransport {
  enum Step: Sendable {
    case answer(Int, String)
    case failure(RelayClientError)
  }

  private struct State {
    var steps: [Step]
    var calls: [RelayCall] = []
    var pauses: [Duration] = []
  }

  private let state: Mutex<State>

  init(_ steps: [Step]) {
    state = Mutex(State(steps: steps))
  }

  var calls: [RelayCall] { state.withLock { $0.calls } }
  var pauses: [Duration] { state.withLock { $0.pauses } }
  var targets: [String] { calls.map { "\($0.method) \($0.target)" } }
  var bodies: [String] { calls.map { String(decoding: $0.body ?? [], as: UTF8.self) } }

  func send(
    _ call: RelayCall,
    with configuration: RelayClient.Configuration
  ) async throws(RelayClientError) -> RelayAnswer {
    let step = state.withLock { state -> Step? in
      state.calls.append(call)
      return state.steps.isEmpty ? nil : state.steps.removeFirst()
    }
    switch step {
    case .answer(let status, let body): return RelayAnswer(status: status, body: Array(body.utf8))
    case .failure(let error): throw error
    case nil: throw .refused(status: 0, problem: "the script is over")
    }
  }

  func pause(_ duration: Duration) async throws(RelayClientError) {
    state.withLock { $0.pauses.append(duration) }
  }
}

/// JSON of the API, as the sidecar prints it.
enum Sample {
  static func event(_ sequence: Int, body: String = "aGVsbG8=", size: Int = 5) -> String {
    """
    {"id": "e\(sequence)", "sequence": \(sequence), "source": "github", "origin": "push",
     "event_id": "p\(sequence)", "event_type": "push", "idempotency_key": "k\(sequence)",
     "received_at": "2026-01-02T03:04:05.000006Z", "provider_time": null,
     "remote_address": "192.30.252.1", "flags": ["conflict"], "method": "POST",
     "target": "/in/github", "headers": [["Content-Type", "application/json"], ["A", "1"],
     ["a", "2"]], "size": \(size), "sha256": "x", "body": "\(body)", "later_addition": {"x": []}}
    """
  }

  static func page(_ entries: [String], next: String, generation: Int = 7) -> String {
    """
    {"data": [\(entries.joined(separator: ","))], "next": "\(next)", "has_more": false,
     "generation": \(generation)}
    """
  }
}
