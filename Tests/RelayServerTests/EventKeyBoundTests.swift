import RelayJournal
import Testing
import WebhookReceiver

/// The journal counts with a bound that it cannot see the reason of.
@Suite struct EventKeyBoundTests {
  @Test func `an event has three keys, and one of each event that a delivery can hold`() {
    #expect(EventDraft.keysMax == 3 + ItemPlan.itemsMax)
  }
}
