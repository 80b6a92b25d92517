/// How much a read may return and look at.
package struct ReadLimit: Sendable {
  package let events: Int
  /// Bodies and heads, before encoding; one event is always returned.
  package let bytes: Int
  /// Records looked at, whether they match or not.
  package let scanned: Int

  package init(events: Int, bytes: Int, scanned: Int) {
    self.events = events
    self.bytes = bytes
    self.scanned = scanned
  }
}

package enum ReadOrder: Sendable {
  case ascending
  case descending
}

/// What a read found.
package struct Page: Sendable {
  package enum Entry: Sendable {
    case event(StoredEvent)
    /// Events that had been durable and cannot be read: never passed over in silence.
    case gap(UInt64, UInt64, String)

    var isGap: Bool {
      if case .gap = self { true } else { false }
    }
  }

  package var entries: [Entry]
  /// The first sequence that was not looked at; 0 when a descending read came to the beginning.
  package var next: UInt64
  /// Nothing was left to look at when the read ended.
  package var reachedEnd: Bool

  package init(entries: [Entry], next: UInt64, reachedEnd: Bool) {
    self.entries = entries
    self.next = next
    self.reachedEnd = reachedEnd
  }
}
