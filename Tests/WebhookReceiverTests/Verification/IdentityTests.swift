import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Which deliveries have the same key (contract §4.1).
@Suite struct IdentityTests {
  static let secretText = "whsec_AAAA"

  private func verified(
    _ profile: Profile,
    id: String?,
    body: String = "{}",
    at time: Timestamp = .now
  ) throws -> VerifiedWebhook {
    let secret = try Secret(Self.secretText)
    let request = try WebhookSigner(profile, secret: secret).request(
      body: body,
      id: id,
      timestamp: time
    )
    return try Verifier(profile: profile, secrets: [secret]).verify(request, at: time)
  }

  @Test(arguments: ["standard-webhooks", "svix", "github", "shopify", "toss"])
  func `the same id is the same key, whenever it comes`(name: String) throws {
    let profile = try #require(Profile.named(name))
    let first = try verified(profile, id: "1", at: Timestamp(seconds: 1_700_000_000))
    let retry = try verified(profile, id: "1", at: Timestamp(seconds: 1_700_009_000))
    let other = try verified(profile, id: "2")
    #expect(first.idempotencyKey(source: "a") == retry.idempotencyKey(source: "a"))
    #expect(first.idempotencyKey(source: "a") != other.idempotencyKey(source: "a"))
    #expect(first.idempotencyKey(source: "a") != first.idempotencyKey(source: "b"))
  }

  @Test func `what is not signed does not stand alone`() throws {
    for profile in [Profile.github, .shopify, .toss] {
      let first = try verified(profile, id: "1", body: "a")
      let same = try verified(profile, id: "1", body: "a")
      let conflict = try verified(profile, id: "1", body: "b")
      #expect(first.identity == .unboundID)
      #expect(first.idempotencyKey(source: "s") == conflict.idempotencyKey(source: "s"))
      #expect(first.conflictKey(source: "s") == same.conflictKey(source: "s"))
      #expect(first.conflictKey(source: "s") != conflict.conflictKey(source: "s"))
      #expect(first.conflictKey(source: "s") != first.idempotencyKey(source: "s"))
    }
  }

  @Test func `an id under the signature stands alone`() throws {
    for profile in [Profile.standardWebhooks, .svix] {
      let webhook = try verified(profile, id: "1")
      #expect(webhook.identity == .boundID)
      let key = webhook.idempotencyKey(source: "s")
      #expect(key == webhook.idempotencyKey(source: "s", identity: .boundID))
    }
    #expect(Profile.stripe.identity == .boundID && Profile.slack.identity == .boundID)
  }

  @Test func `events without an id share no key unless they are equal`() throws {
    for profile in [Profile.stripe, .slack] {
      let first = try verified(profile, id: nil, body: #"{"a":1}"#)
      let other = try verified(profile, id: nil, body: #"{"a":2}"#)
      let again = try verified(profile, id: nil, body: #"{"a":1}"#)
      #expect(first.idempotencyKey(source: "s") != other.idempotencyKey(source: "s"))
      #expect(first.idempotencyKey(source: "s") == again.idempotencyKey(source: "s"))
      #expect(first.conflictKey(source: "s") == first.idempotencyKey(source: "s"))
    }
  }

  @Test func `another kind of identity can be asked for`() throws {
    let first = try verified(.github, id: "1", body: "a")
    let second = try verified(.github, id: "2", body: "a")
    let digest = first.idempotencyKey(source: "s", identity: .digest)
    #expect(digest == second.idempotencyKey(source: "s", identity: .digest))
    #expect(digest != first.idempotencyKey(source: "s"))
    let bound = first.idempotencyKey(source: "s", identity: .boundID)
    #expect(bound != first.idempotencyKey(source: "s"))
    let never = first.idempotencyKey(source: "s", identity: .none)
    #expect(never != first.idempotencyKey(source: "s", identity: .none))
  }

  @Test func `an id and a source cannot be shifted into each other`() throws {
    let first = try verified(.github, id: "bc")
    let second = try verified(.github, id: "c")
    #expect(first.idempotencyKey(source: "a") != second.idempotencyKey(source: "ab"))
  }

  @Test func `the key of a fixed event is fixed`() throws {
    // Keys are stored: a change of the formula would handle every event of the window again.
    let webhook = try verified(.github, id: "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    #expect(webhook.idempotencyKey(source: "github").bytes.count == 32)
    let key = IdempotencyKey(
      source: "github",
      identity: "unbound_id",
      value: Array("72d3162e-cc78-11e3-81ab-4c9367dc0958".utf8)
    )
    #expect(webhook.idempotencyKey(source: "github") == key)
  }

  @Test(
    arguments: [
      (["header:X-GitHub-Delivery"], Profile.Identity.unboundID),
      (["json:/delivery/id"], .boundID),
      (["json:/a", "json:/b"], .boundID),
      (["json:/a", "header:X-Id"], .unboundID),
      ([], .digest),
    ] as [([String], Profile.Identity)]
  )
  func `where an id is read decides whether it is bound`(
    places: [String],
    identity: Profile.Identity
  ) throws {
    let profile = Profile.github.readingID(from: try places.map { try Profile.Place($0) })
    #expect(profile.identity == identity)
    let webhook = try verified(profile, id: nil, body: #"{"delivery":{"id":7}}"#)
    #expect(webhook.eventID == "7" || places != ["json:/delivery/id"])
  }

  @Test func `a signed header is bound, another one of the same scheme is not`() throws {
    let standard = Profile.standardWebhooks
    #expect(standard.readingID(from: [try .init("header:Webhook-ID")]).identity == .boundID)
    #expect(standard.readingID(from: [try .init("header:X-Id")]).identity == .unboundID)
    // Of Svix's two names one is signed; to read only the other would read what is not.
    #expect(Profile.svix.readingID(from: [try .init("header:webhook-id")]).identity == .unboundID)
    #expect(Profile.svix.readingID(from: Profile.svix.idPlaces).identity == .boundID)
  }

  @Test(arguments: [
    "", "id", "header:", "header:a b", "header:a:b", "json:id", "json:~", "body:/x",
  ])
  func `what is no place is refused`(text: String) {
    #expect(throws: PlaceError.self) { try Profile.Place(text) }
  }
}
