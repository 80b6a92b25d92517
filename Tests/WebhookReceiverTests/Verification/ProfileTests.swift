import Testing
import WebhookReceiver

/// The table of providers.
@Suite struct ProfileTests {
  static let ids = Profile.catalogue.map(\.id)

  @Test func `the catalogue has at least fifty, each under its own name, in their order`() {
    #expect(Self.ids.count >= 50)
    #expect(Self.ids == Self.ids.sorted() && Set(Self.ids).count == Self.ids.count)
    for id in Self.ids { #expect(Profile.named(id)?.id == id) }
    for id in ["", "GitHub", "stripe ", "gitlab\n"] { #expect(Profile.named(id) == nil) }
  }

  @Test(arguments: ids)
  func `a profile printed as JSON reads as itself`(id: String) throws {
    let profile = try #require(Profile.named(id))
    var copy = try Profile(json: profile.json)
    #expect(copy.json == profile.json)
    // It is printed although it is derived: it is what people look for.
    #expect(copy.window == profile.deduplicationWindow)
    copy.window = profile.window
    #expect(copy == profile)
  }

  @Test(arguments: ids)
  func `a profile is sound`(id: String) throws {
    let profile = try #require(Profile.named(id))
    #expect(!profile.title.isEmpty && !profile.references.isEmpty && !profile.evidence.isEmpty)
    for reference in profile.references { #expect(reference.hasPrefix("https://")) }
    // What the key window defends must not outlive it.
    #expect(profile.deduplicationWindow > profile.retryHorizon ?? .zero)
    #expect(profile.deduplicationWindow > profile.redeliveryHorizon ?? .zero)
    if let window = profile.timestampTolerance {
      #expect(window.past >= .seconds(60) && window.future >= .seconds(60))
      #expect(profile.deduplicationWindow > window.past)
    }
    #expect(profile.readingID(from: profile.idPlaces).identity == profile.identity)
    #expect(profile.identity != .boundID || !profile.idPlaces.isEmpty || profile.items != nil)
    if case .addresses(let addresses) = profile.senders {
      for address in addresses { #expect((try? AddressBlock(address)) != nil, "\(address)") }
    }
    if case .feed(_, let shape) = profile.senders {
      #expect(AddressFeed.Shape(named: shape) != nil)
    }
    if let scheme = profile.signatureScheme {
      #expect(!scheme.message.isEmpty && !scheme.signature.places.isEmpty)
      let signsTime = scheme.message.contains(.timestamp)
      #expect(!signsTime || scheme.timestamp != nil)
    }
  }

  @Test func `only schemes that leave no choice use SHA-1, or hash the secret with the message`() {
    let weak = Profile.catalogue.filter { profile in
      guard let scheme = profile.signatureScheme else { return false }
      return scheme.digest == .sha1 || scheme.mac == .hash
    }
    let ids = Set(weak.map(\.id))
    let known: Set<String> = [
      "hubspot-v1",
      "hubspot-v2",
      "intercom",
      "trello",
      "twilio-form",
      "twilio-json",
      "vercel",
    ]
    #expect(ids == known)
  }

  static let errors: [(VerificationError, String)] = [
    (.missingHeader(name: "X-Name"), "missing_header"),
    (.malformedHeader(name: "X-Name"), "malformed_header"),
    (.timestampTooOld(by: .milliseconds(1500)), "timestamp_too_old"),
    (.timestampInFuture(by: .seconds(2)), "timestamp_in_future"),
    (.signatureMismatch, "signature_mismatch"),
    (.bodyDigestMismatch, "body_digest_mismatch"),
    (.requirementNotMet("the version is not 1"), "requirement_not_met"),
    (.keyUnusable("there is no key"), "key_unusable"),
    (.unsignedNotAllowed, "unsigned_not_allowed"),
  ]

  @Test(arguments: errors.indices)
  func `every error has its code and says what to do`(index: Int) {
    let (error, reason) = Self.errors[index]
    #expect(error.reason == reason)
    #expect("\(error)".count > 40)
    if case .missingHeader = error { #expect("\(error)".contains("X-Name")) }
    if case .timestampTooOld = error { #expect("\(error)".contains("1.5 s")) }
    if case .timestampInFuture = error { #expect("\(error)".contains("2 s")) }
  }
}
