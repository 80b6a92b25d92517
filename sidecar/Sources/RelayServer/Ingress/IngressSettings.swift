/// What an ingress thread takes from a reload.
///
/// An object, so that the messages that every delivery is answered by stay small.
final class IngressSettings: Sendable {
  let table: SourceTable
  /// Whether who comes over a unix socket speaks for others.
  let unixPeersAreProxies: Bool
  let receipt: ReloadReceipt

  init(table: SourceTable, unixPeersAreProxies: Bool, receipt: ReloadReceipt) {
    self.table = table
    self.unixPeersAreProxies = unixPeersAreProxies
    self.receipt = receipt
  }
}

/// What reaches an ingress thread's handler from other threads.
enum IngressNotice: Sendable {
  /// What became of a delivery.
  case committed(CommitNotice)
  case settings(IngressSettings)
}
