/// What has to become durable, and in which order.
extension LeaseTable {
  /// Changes on their way to the disk, in the order in which they have to be written: first the
  /// entries, ascending, then the frontier that counts them.
  package struct Changes: Equatable, Sendable {
    /// Nil removes the entry.
    package let entries: [(sequence: UInt64, entry: LeaseEntry?)]
    /// Whether frontier and `lost` are to be written, too.
    package let writesNumbers: Bool
    let before: Saved?

    package static func == (a: Self, b: Self) -> Bool {
      a.writesNumbers == b.writesNumbers && a.entries.elementsEqual(b.entries, by: ==)
    }
  }

  /// Whether something has changed that an answer or a crash would bring to light.
  package var needsSaving: Bool {
    guard let saved else { return true }
    return !changed.isEmpty || saved.lost != lost
      || frontier - min(frontier, saved.frontier) >= Self.frontierLagMax
  }

  /// Takes what is not durable; nil when nothing needs to be.
  ///
  /// Only one of these may be under way: a later frontier must not become durable before an
  /// earlier entry.
  package mutating func takeChanges() -> Changes? {
    guard needsSaving else { return nil }
    let now = Saved(frontier: frontier, lost: lost)
    let changes = Changes(
      entries: changed.sorted().map { ($0, entries[$0]) },
      writesNumbers: saved != now,
      before: saved
    )
    saved = now
    changed.removeAll()
    return changes
  }

  /// Takes changes back that did not become durable: they go with the next.
  package mutating func putBack(_ changes: Changes) {
    changed.formUnion(changes.entries.map(\.sequence))
    if changes.writesNumbers { saved = changes.before }
  }

  /// Has everything written again, after a removal that failed half way.
  package mutating func markAllChanged() {
    changed.formUnion(entries.keys)
    saved = nil
  }
}
