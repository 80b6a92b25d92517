package import WebhookReceiver

/// How a provider is asked for events that it could not deliver: a poll source as data
/// (contract §3.2).
///
/// The configuration makes one of what the file says and of a preset; nothing in it is a secret.
/// What it leaves out has the value that it is declared with.
package struct PollPlan: Hashable, Sendable {
  /// The preset that it was made from, for people.
  package var preset: String?
  package var kind: PollKind
  package var request: PollRequest
  package var paging: PollPaging
  /// The arrays of events in an answer; an empty pointer is the answer itself.
  package var items: [JSONPointer]
  package var itemsMissing = ItemsMissing.error
  /// Whatever stands there and is not null, false or empty says that the answer is none.
  package var errors: JSONPointer?
  /// The event's id in an item: the one that its push carries.
  package var id: ItemTemplate
  /// What tells two versions of one resource apart (`resource_state`): appended to the id.
  package var version: ItemTemplate?
  package var type: ItemTemplate?
  package var time: TimeRule?
  /// All of them must hold; what they leave out is read past, and counted as read.
  package var filters: [ItemFilter] = []
  /// Where an item is a summary: what to ask for the event itself.
  package var detail: DetailRule?
  package var emit = EmitRule()
  /// How the provider's log says whether a delivery succeeded (`delivery_log`).
  package var attempt: AttemptRule?
  /// The first that matches decides; what none matches is judged by its status.
  package var errorRules: [ErrorRule] = []
  /// What to look at when the provider refuses, for people; nil: what every refusal says.
  package var advice: String?
  package var cadence = CadenceRules()
  package var limits = PollLimits()
  /// How long a polled event waits for its push, while nothing says that pushes are lost.
  ///
  /// Nil: the delivery grace, where items have a time, and not at all where they have none.
  package var preferPush: Duration?

  package init(
    kind: PollKind,
    request: PollRequest,
    paging: PollPaging,
    items: [JSONPointer],
    id: ItemTemplate
  ) {
    precondition(!items.isEmpty, "a plan says where the items are")
    self.kind = kind
    self.request = request
    self.paging = paging
    self.items = items
    self.id = id
  }

  package enum ItemsMissing: String, CaseIterable, Sendable {
    /// An answer without the array is refused: a login page is no empty list.
    case error
    /// Providers that leave an empty array out.
    case empty
  }

  /// How long a polled event waits for its push.
  package var pushPreference: Duration {
    if let preferPush { return preferPush }
    return time == nil || kind == .resourceState ? .zero : cadence.deliveryGrace
  }
}
