/// From which journals this one was copied: an entry of the state map.
///
/// A copy and what it was made of give out the same sequences for different events from then on.
/// So each has a tag of its own, which cursors and event ids carry: one that the other journal gave
/// out behind the place where they part is not taken for one of this journal's.
///
/// 16 bytes for each copy on the way, oldest first, little-endian:
///
///     0                        8
///     | last sequence in both  | tag of the copy |
package struct JournalLineage: Equatable, Sendable {
  /// A journal that this one descends from.
  package struct Ancestor: Equatable, Sendable {
    /// 8 bytes.
    package let tag: [UInt8]
    /// The last sequence that this journal has of it.
    package let through: UInt64
  }

  package static let key = "journal/lineage"
  private static let tagBytes = 8
  private static let entryBytes = 16
  /// Copies of copies that are remembered: the tags of older ones are those of foreign journals,
  /// which is said as well.
  package static let ancestorsMax = 64

  /// Oldest first.
  package private(set) var ancestors: [Ancestor] = []
  /// 8 bytes; those of a journal that is no copy are the first of its id.
  package private(set) var tag: [UInt8]

  package init(uuid: [UInt8], state: [String: [UInt8]]) {
    tag = Array(uuid.prefix(Self.tagBytes))
    let bytes = state[Self.key] ?? []
    var at = 0
    while at + Self.entryBytes <= bytes.count {
      let next = Array(bytes[at + 8..<at + Self.entryBytes])
      part(after: bytes.load(at: at), as: next)
      at += Self.entryBytes
    }
  }

  /// Becomes that of a copy which has all events up to `sequence`.
  package mutating func part(after sequence: UInt64, as next: [UInt8]) {
    ancestors.append(Ancestor(tag: tag, through: sequence))
    if ancestors.count > Self.ancestorsMax { ancestors.removeFirst() }
    tag = next
  }

  package var value: [UInt8] {
    var bytes: [UInt8] = []
    let tags = ancestors.dropFirst().map(\.tag) + [tag]
    for (ancestor, next) in zip(ancestors, tags) {
      bytes.appendInteger(ancestor.through)
      bytes += next
    }
    return bytes
  }
}
