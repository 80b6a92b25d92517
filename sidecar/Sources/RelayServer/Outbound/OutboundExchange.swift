/// One request on its way, from `send` to its result.
final class OutboundExchange {
  let id: OutboundID
  let request: OutboundRequest
  let deadline: Int64
  let completion: (OutboundResult) -> Void
  let pool: OutboundPool
  /// Nil while it waits for one.
  var connection: OutboundConnection?
  var isRepeated = false
  var isFinished = false

  init(
    _ id: OutboundID,
    _ request: OutboundRequest,
    deadline: Int64,
    pool: OutboundPool,
    completion: @escaping (OutboundResult) -> Void
  ) {
    self.id = id
    self.request = request
    self.deadline = deadline
    self.pool = pool
    self.completion = completion
  }
}
