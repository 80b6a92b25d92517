internal import RelayHTTP
internal import RelaySystem

/// Connections and requests that were there before a reload.
extension ConnectionLoop {
  /// Believes the peer of an open connection what the new rules say, and nothing more.
  ///
  /// A proxy that is none any more must not go on naming clients over a connection that it keeps
  /// open. Where connections begin with a PROXY header, one that could not say for whom it connects
  /// stays as it is: the peer that is known of it is the proxy's.
  func believeAnew(_ connection: Connection) {
    if case .preamble = connection.phase, let proxies, !proxies.mayBegin(connection.peer) {
      return refusePreamble(connection, .untrusted)
    }
    let isBelieved = proxies?.believes(connection.peer) ?? false
    let mayBecome = connection.isProxy || !(proxies?.wantsHeader ?? false)
    connection.isProxy = isBelieved && mayBecome
    if !connection.isProxy { connection.setClient(connection.peer) }
  }

  /// Why a request that has come to its end is turned away after all; nil when it is not.
  ///
  /// For one that began under other settings: its head was judged by them, and what is in force now
  /// decides.
  func refusal(_ head: RequestHead, _ body: [UInt8], over connection: Connection) -> Response? {
    switch judge(head, of: connection) {
    case .refuse(let response): return response
    case .accept(let bodyBytesMax):
      return body.count > bodyBytesMax ? HTTPProblem.bodyTooLarge(bodyBytesMax) : nil
    }
  }
}
