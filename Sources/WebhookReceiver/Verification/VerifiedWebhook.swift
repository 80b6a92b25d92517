/// A request whose signature is right: who has one need not ask again.
///
/// Only `Verifier.verify` makes one. What the event is called is read when somebody asks, from
/// what has been vouched for by then.
public struct VerifiedWebhook: Sendable {
  /// The request, byte for byte as it was received.
  let request: WebhookRequest
  let plan: VerificationPlan
  /// When the provider signed it; nil where it signs no time.
  public let timestamp: Timestamp?
  /// Which of the verifier's secrets it was signed with: tells when a rotation is over.
  public let secretIndex: Int

  init(request: WebhookRequest, plan: VerificationPlan, proof: Verifier.Proof) {
    self.request = request
    self.plan = plan
    timestamp = proof.timestamp
    secretIndex = proof.secretIndex
  }

  /// The name of the profile that it was verified under.
  public var profile: String { plan.profile.id }

  /// The body, byte for byte as it was received; whether it is signed, the profile says.
  public var body: [UInt8] { request.body }

  /// The header fields, of which the signature covers few or none.
  public var headers: HeaderFields { request.headers }

  /// What makes another delivery the same event.
  public var identity: Profile.Identity { plan.profile.identity }

  /// The provider's id of the event; nil where it sends none.
  ///
  /// Where the identity is `unboundID` the signature does not cover it. It is read from headers or
  /// body at each call; `facts` reads id and type in one pass.
  public var eventID: String? { facts.id }

  /// What kind of event it is; nil where the provider does not say.
  public var eventType: String? { facts.type }

  /// What the provider says about the event, read in one pass.
  public var facts: EventFacts {
    var reader = RequestReader(request, plan.facts, takesLast: true)
    return EventFacts(
      id: EventFacts.text(at: plan.idPlaces, of: request, &reader),
      type: EventFacts.text(at: plan.typePlaces, of: request, &reader)
    )
  }

  /// The events of the delivery, when it holds several (`ItemsRule`); empty when it is one.
  ///
  /// - Complexity: O(n) in the length of the body for finding them, and again for each item's own
  ///   length. Never more than 1 000; a body of more yields none.
  public var items: [EventFacts] { separateItems ?? [] }

  /// As `items`; nil where the delivery may hold several and they cannot be told apart: the body is
  /// not JSON, holds too many, or names one twice.
  package var separateItems: [EventFacts]? {
    guard let items = plan.items else { return [] }
    return items.ranges(in: request.body)?.map { range in
      var reader = RequestReader(request, items.facts, takesLast: true)
      reader.item = range
      return EventFacts(
        id: EventFacts.text(at: items.idPlaces, of: request, &reader),
        type: EventFacts.text(at: items.typePlaces, of: request, &reader)
      )
    }
  }

  /// The SHA-256 of the body as it was received, computed anew at every call.
  package var bodyDigest: [UInt8] { SHA256.digest(request.body) }
}

/// What a delivery says about its event.
public struct EventFacts: Sendable, Hashable {
  /// The provider's id; nil where there is none, or one that could not be stored and printed.
  public let id: String?
  /// What kind of event it is; nil likewise.
  public let type: String?

  init(id: String?, type: String?) {
    self.id = id
    self.type = type
  }

  /// The text at the first place that is present, when it is a plain one.
  static func text(
    at places: [PlaceReader],
    of request: WebhookRequest,
    _ reader: inout RequestReader
  ) -> String? {
    for place in places {
      // A header that is there twice was refused before, and of fields the last counts.
      guard let text = try? reader.text(at: place, of: request) else { continue }
      guard !isTruthValue(text, in: request.body) else { return nil }
      return EventText.string(text.slice(of: request))
    }
    return nil
  }

  /// `true` and `false` are parts of ids at most: as one, they would make all events the same.
  private static func isTruthValue(_ text: FoundText, in body: [UInt8]) -> Bool {
    guard case .body(let range) = text, let first = range.first, first > 0 else { return false }
    let isQuoted = body[first - 1] == UInt8(ascii: "\"")
    return !isQuoted && (body[first] == UInt8(ascii: "t") || body[first] == UInt8(ascii: "f"))
  }
}
