package import RelayTLS
internal import Synchronization

/// The TLS of one surface's listeners, shared by their threads: what a new connection starts with,
/// and what came of those before.
///
/// The context may be replaced at any time; a connection keeps the one that it began with, so that
/// a new certificate drops nobody.
package final class TLSDesk: Sendable {
  let counters = TLSCounters()
  private let context: Mutex<TLSServerContext>

  init(_ context: TLSServerContext) { self.context = Mutex(context) }

  /// Asked once for each connection.
  package var current: TLSServerContext { context.withLock { $0 } }

  func replace(with next: TLSServerContext) { context.withLock { $0 = next } }
}
