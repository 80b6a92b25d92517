import Testing
import WebhookReceiver

/// The table of providers.
@Suite struct ProfileTests {
  @Test func `the catalogue has the seven, each under its own name`() {
    let names = Profile.catalogue.map(\.id)
    #expect(
      names == ["github", "shopify", "slack", "standard-webhooks", "stripe", "svix", "toss"]
    )
    for name in names { #expect(Profile.named(name)?.id == name) }
    for name in ["", "GitHub", "stripe ", "gitlab"] { #expect(Profile.named(name) == nil) }
  }

  @Test(arguments: Profile.catalogue.map(\.id))
  func `a profile prints as JSON with everything that the engine goes by`(name: String) throws {
    let profile = try #require(Profile.named(name))
    var writer = JSONWriter()
    profile.write(to: &writer)
    let value = try JSONValue.parse(writer.bytes)
    #expect(value["id"]?.string == name)
    #expect(value["title"]?.string == profile.title)
    #expect(value["identity"]?.string == profile.identity.rawValue)
    #expect(value["window"]?.string == "8d")
    #expect(value["signature"]?["headers"]?.array?.count == profile.signature.headers.count)
    #expect(value["message"]?.array?.contains(.string("{body}")) == true)
    #expect(value["reply"]?["status"]?.int == 200)
    #expect((value["timestamp"]?.isNull == true) == (profile.timestamp == nil))
    let tolerance = name == "toss" ? "4d" : "5m"
    #expect(value["timestamp"]?["past"]?.string == (profile.timestamp == nil ? nil : tolerance))
  }

  @Test(arguments: Profile.catalogue.map(\.id))
  func `a profile is sound`(name: String) throws {
    let profile = try #require(Profile.named(name))
    #expect(profile.message.contains(.body))
    #expect(profile.message.contains(.timestamp) == (profile.timestamp != nil))
    #expect(!profile.signature.headers.isEmpty && !profile.signature.versions.isEmpty)
    #expect(!profile.references.isEmpty && !profile.idPlaces.isEmpty)
    // What the key window defends must not outlive it.
    #expect(profile.deduplicationWindow > profile.retryHorizon ?? .zero)
    if let timestamp = profile.timestamp {
      #expect(timestamp.past >= .seconds(300) && timestamp.future >= .seconds(300))
      #expect(profile.deduplicationWindow > timestamp.past)
    }
    #expect(profile.readingID(from: profile.idPlaces).identity == profile.identity)
    if case .addresses(let addresses) = profile.senders {
      for address in addresses { #expect(IPAddress(address) != nil) }
    }
  }

  @Test func `no scheme accepts a digest weaker than SHA-256`() {
    for profile in Profile.catalogue { #expect(profile.digest == .sha256) }
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
