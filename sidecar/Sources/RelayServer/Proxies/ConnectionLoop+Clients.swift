internal import RelayConfiguration
internal import RelayHTTP
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Whom a request is from when a trusted proxy passes it on.
extension ConnectionLoop {
  /// Judges a head after it is known whom it is from.
  func judge(_ head: RequestHead, of connection: Connection) -> HeadVerdict {
    if connection.isProxy, let proxies, let refusal = identify(connection, head, proxies) {
      return .refuse(refusal)
    }
    if handler.judgesClientNames,
      let refusal = handler.refusal(of: head, fromClient: connection.tls?.clientNames ?? [])
    {
      return .refuse(refusal)
    }
    return handler.judge(head, from: connection.client)
  }

  /// Takes the client from the proxy's header; an answer when that cannot be read.
  ///
  /// The peer would be a guess, and one that an allow-list may let in.
  private func identify(
    _ connection: Connection,
    _ head: RequestHead,
    _ proxies: ProxyRules
  ) -> Response? {
    do throws(ForwardedError) {
      let client = try proxies.client(of: head.headerFields)
      // Set anew for each request: one connection of a proxy carries those of many clients.
      connection.setClient(client.map { SocketAddress($0) } ?? connection.peer)
      return nil
    } catch {
      metrics.proxies.unreadableChains.add(1, ordering: .relaxed)
      log.network(
        .warning,
        "forwarded_refused",
        ["detail": .text("\(error)"), "address": .text(connection.peer.remoteText)]
      )
      return HTTPProblem(400, "bad-forwarded", "\(error)").response
    }
  }
}
