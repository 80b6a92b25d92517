import RelayCommands
import Synchronization
import WebhookReceiver

/// A world in memory: files, variables, a clock that stands, a scripted network.
final class TestWorld: Sendable {
  struct State {
    var output: [UInt8] = []
    var error: [UInt8] = []
    var calls: [HTTPCall] = []
    var outcomes: [HTTPOutcome] = []
    var randomCount: UInt8 = 0
    var outputOutcome = WriteOutcome.written
    var writes = 0
  }

  let files: [String: [UInt8]]
  let input: [UInt8]
  let variables: [String: String]
  let permissions: [String: UInt32]
  let now: Timestamp
  let state: Mutex<State>

  init(
    files: [String: [UInt8]] = [:],
    input: [UInt8] = [],
    variables: [String: String] = [:],
    permissions: [String: UInt32] = [:],
    now: Timestamp = Timestamp(seconds: 1_700_000_000),
    outcomes: [HTTPOutcome] = []
  ) {
    self.files = files
    self.input = input
    self.variables = variables
    self.permissions = permissions
    self.now = now
    var state = State()
    state.outcomes = outcomes
    self.state = Mutex(state)
  }

  var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
  var outputBytes: [UInt8] { state.withLock { $0.output } }
  var error: String { state.withLock { String(decoding: $0.error, as: UTF8.self) } }
  var calls: [HTTPCall] { state.withLock { $0.calls } }

  /// Runs one command line in this world.
  func run(_ words: [String]) -> ExitCode {
    Program.run(words, in: surroundings)
  }

  private var surroundings: Surroundings {
    Surroundings(
      environment: { [variables] in variables[$0] },
      readFile: { [files] path, limit in
        guard let bytes = files[path] else { return .missing }
        return bytes.count > limit ? .tooLarge : .bytes(bytes)
      },
      readStandardInput: { [input] limit in
        input.count > limit ? .tooLarge : .bytes(input)
      },
      now: { [now] in now },
      randomBytes: { [self] count in
        state.withLock { state in
          state.randomCount += 1
          return [UInt8](repeating: state.randomCount, count: count)
        }
      },
      writeOutput: { [self] bytes in
        state.withLock { state in
          state.writes += 1
          if state.outputOutcome == .written { state.output += bytes }
          return state.outputOutcome
        }
      },
      writeError: { [self] bytes in state.withLock { $0.error += bytes } },
      openConnection: { [self] _ in ScriptedConnection(self) },
      permissions: { [permissions] in permissions[$0] }
    )
  }
}

/// Answers with the world's outcomes in turn; the last one stays.
private final class ScriptedConnection: HTTPConnection {
  private let world: TestWorld

  init(_ world: TestWorld) {
    self.world = world
  }

  func exchange(_ call: HTTPCall) -> HTTPOutcome {
    world.state.withLock { state in
      state.calls.append(call)
      guard let outcome = state.outcomes.first else { return .noAnswer(reason: "refused") }
      if state.outcomes.count > 1 { state.outcomes.removeFirst() }
      return outcome
    }
  }
}
