internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// A pause or its end on its way to the disk.
struct SourcePause {
  let runtime: SourceRuntime
  let isPaused: Bool

  private static let keyBegin = "source/"
  private static let keyEnd = "/paused"

  static func key(_ source: String) -> String { keyBegin + source + keyEnd }

  /// The source that a key of the state map says to be paused; nil for another key.
  static func source(_ key: String) -> String? {
    guard key.hasPrefix(keyBegin), key.hasSuffix(keyEnd) else { return nil }
    return String(key.dropFirst(keyBegin.count).dropLast(keyEnd.count))
  }
}

/// `/v1/sources`: how they stand, and what an operator may do about it.
extension APIHandler {
  func sources() -> Response {
    .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for runtime in context.runtimes { write(runtime, &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  func source(_ name: String) throws(ProblemError) -> Response {
    let runtime = try existing(source: name)
    return .json { write(runtime, &$0) }
  }

  func poll(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Response {
    try Self.expectNothing(request.body)
    let runtime = try existing(source: name)
    guard let index = context.polls.index(of: runtime.source.name) else {
      throw ProblemError(
        HTTPProblem(409, "not-polled", "give the source a `poll` in the configuration first")
      )
    }
    guard !runtime.isPaused else {
      throw ProblemError(HTTPProblem(409, "source-paused", "resume the source first"))
    }
    context.polls.inbox.post(.owner(.poll(source: index)))
    return .json(202) { write(runtime, &$0) }
  }

  func pause(
    _ name: String,
    _ isPaused: Bool,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    try Self.expectNothing(request.body)
    let runtime = try existing(source: name)
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    pauses[request.connection] = SourcePause(runtime: runtime, isPaused: isPaused)
    context.inbox.post(
      .state(
        StateSubmission(
          changes: [
            StateChange(
              key: SourcePause.key(runtime.source.name),
              value: isPaused ? Array("paused".utf8) : nil
            )
          ],
          asker: .connection(request.connection)
        )
      )
    )
    return .later
  }

  /// The pause is durable, and holds from now on; or it is not, and nothing has changed.
  func finish(_ pause: SourcePause, isDurable: Bool) -> Response {
    guard isDurable else { return Self.notDurable.response }
    let runtime = pause.runtime
    let was = runtime.standing.isPaused.exchange(pause.isPaused, ordering: .relaxed)
    if let index = context.polls.index(of: runtime.source.name) {
      context.polls.inbox.post(.owner(.pause(source: index, pause.isPaused)))
    }
    if was != pause.isPaused {
      context.log.warning(
        pause.isPaused ? "source_paused" : "source_resumed",
        ["source": .text(runtime.source.name)]
      )
    }
    return .json { write(runtime, &$0) }
  }

  /// These routes are told all by their paths; a member that changed nothing would be a lie.
  static func expectNothing(_ body: [UInt8]) throws(ProblemError) {
    guard !body.isEmpty else { return }
    guard let value = try? JSONValue.parse(body), value.object?.isEmpty == true else {
      throw .badRequest("send {}: there is nothing more to say")
    }
  }

  private func existing(source name: String) throws(ProblemError) -> SourceRuntime {
    guard let runtime = context.runtimes.first(where: { $0.source.name == name }) else {
      throw ProblemError(
        HTTPProblem(404, "no-such-source", "see GET /v1/sources for what there is")
      )
    }
    return runtime
  }

  private func write(_ runtime: SourceRuntime, _ writer: inout JSONWriter) {
    let index = context.polls.index(of: runtime.source.name)
    let json = SourceJSON(
      runtime: runtime,
      board: index.map { context.polls.boards[$0] },
      codec: context.codec
    )
    json.write(to: &writer)
  }
}
