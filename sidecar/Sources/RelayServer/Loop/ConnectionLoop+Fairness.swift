internal import RelaySystem

/// What one client may take of a thread's time and memory while others want some.
extension ConnectionLoop {
  /// Whether another request of this connection is read in this turn.
  func hasTurn(_ connection: Connection) -> Bool {
    if connection.turn != turnNumber {
      connection.turn = turnNumber
      connection.requestsInTurn = 0
    }
    return connection.requestsInTurn < LoopLimits.requestsPerTurn
  }

  /// Leaves the rest of what a connection has sent to the next turn, and reads no more of it
  /// until then.
  func postpone(_ connection: Connection) {
    guard !connection.isPostponed else { return }
    connection.isPostponed = true
    postponed.append(connection.id)
    setInterest(connection, [])
  }

  func servePostponed() {
    guard !postponed.isEmpty else { return }
    let waiting = postponed
    postponed.removeAll(keepingCapacity: true)
    for id in waiting {
      guard let connection = connection(id), connection.isPostponed else { continue }
      // Of this turn already: it is in the list for the next.
      guard hasTurn(connection) else {
        postponed.append(id)
        continue
      }
      connection.isPostponed = false
      advance(connection)
      guard self.connection(id) != nil else { continue }
      charge(connection)
      guard self.connection(id) != nil, !connection.isPostponed, connection.output.isEmpty else {
        continue
      }
      if connection.endsWhenRead {
        endOfStream(connection)
        continue
      }
      setInterest(connection, .readable)
      // Usually there is more; the poll would say so a turn later.
      read(connection)
    }
  }

  /// Who holds most of what is not whole yet.
  func largestReader() -> Connection? {
    var largest: Connection?
    for case .some(let connection) in connections where connection.chargedBytes > 0 {
      // An answer is on its way to that one, and gives its memory back.
      if case .waiting = connection.phase { continue }
      guard let found = largest else {
        largest = connection
        continue
      }
      let (held, most) = (connection.chargedBytes, found.chargedBytes)
      if held > most || (held == most && connection.requestBegan < found.requestBegan) {
        largest = connection
      }
    }
    return largest
  }
}
