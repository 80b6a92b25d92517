internal import RelayCore
internal import RelayJournal

extension CursorCodec {
  /// Of this journal, and of those that it was copied from.
  init(_ journal: Journal) {
    let lineage = journal.lineage
    self.init(
      tag: lineage.tag,
      key: journal.keyHashKey,
      ancestors: lineage.ancestors.map { Ancestor(tag: $0.tag, through: $0.through) }
    )
  }
}
