import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What a signature leaves out, as a profile says it and as requests prove it.
@Suite struct CoverageTests {
  private static let known: [(id: String, unsigned: [Profile.Part])] = [
    ("standard-webhooks", []), ("stripe", []), ("slack", []), ("box", [.id]), ("toss", [.id]),
    ("github", [.id, .type]), ("gitlab", [.type]), ("linear", [.id, .type]),
    ("sentry", [.id, .type]),
    ("mailgun", [.body, .type]), ("paypal", [.body, .id, .type]), ("aws-sns", [.body]),
    ("adyen-item", [.body]), ("twilio-form", [.id]), ("plaid", []), ("fal", []),
    ("gitlab-token", [.body, .id, .type]), ("google-pubsub", [.body, .id]),
    ("http-message-signatures", []), ("basic-auth", [.body]),
  ]

  @Test(arguments: known.indices)
  func `a profile says what nobody signs`(index: Int) throws {
    let (id, unsigned) = Self.known[index]
    #expect(try #require(Profile.named(id)).unsignedParts == unsigned)
  }

  /// The request with another value in its header of this name; nil: it has no such header.
  private func changing(_ name: String, of request: WebhookRequest) -> WebhookRequest? {
    var headers = HeaderFields()
    var isThere = false
    for index in 0..<request.headers.count {
      let isMeant = request.headers.name(at: index).lowercased() == name.lowercased()
      isThere = isThere || isMeant
      let value = isMeant ? "another" : request.headers.value(at: index)
      headers.append(request.headers.name(at: index), value)
    }
    var other = request
    other.headers = headers
    return isThere ? other : nil
  }

  @Test(arguments: Sample.all)
  func `a header can be changed where the profile says so, and nowhere else`(
    sample: Sample
  ) throws {
    let profile = sample.profile
    let verifier = try sample.verifier()
    let now = Timestamp.now
    let request = try sample.request(at: now)
    // Where ids or types are read from several places, one that is signed says nothing of the rest.
    for (places, part) in [(profile.idPlaces, Profile.Part.id), (profile.typePlaces, .type)] {
      guard places.count == 1, case .header(let name) = places[0],
        let changed = changing(name, of: request)
      else { continue }
      let error = verificationError(verifier, changed, at: now)
      #expect((error == nil) == profile.unsignedParts.contains(part), "\(name)")
    }
  }

  @Test(arguments: Sample.all)
  func `a body can be changed where the profile says so, and nowhere else`(
    sample: Sample
  ) throws {
    let verifier = try sample.verifier()
    let now = Timestamp.now
    var request = try sample.request(at: now)
    guard let first = request.body.first, first == UInt8(ascii: "{") else { return }
    request.body = Array(#"{"added":1,"#.utf8) + request.body.dropFirst()
    let error = verificationError(verifier, request, at: now)
    #expect((error == nil) == sample.profile.unsignedParts.contains(.body))
  }

  private static let scheme =
    #""id": "own", "signature": {"in": ["header:S"], "encoding": "hex"}, "message": ["{body}"], "#
    + #""id_places": ["header:X-Id"]"#

  @Test func `what is not signed may be written down, and must be right then`() throws {
    let same = try Profile(json: "{\(Self.scheme)}")
    for list in ["[]", #"["id"]"#] {
      #expect(try Profile(json: "{\(Self.scheme), \"unsigned\": \(list)}") == same)
    }
    for list in [#"["body"]"#, #"["id", "type"]"#, #"["ID"]"#] {
      let error = #expect(throws: ProfileError.self) {
        try Profile(json: "{\(Self.scheme), \"unsigned\": \(list)}")
      }
      #expect(error?.path == "/unsigned" && error?.problem.contains(#"["id"]"#) == true)
    }
  }

  @Test(arguments: [
    (#"["{body}"]"#, true), (#"["{form:id}", ".", "{form:n}"]"#, true),
    (#"["{form:n}"]"#, false), (#"["{form_sorted}"]"#, false),
    (#"["{body_digest:sha512:base64}"]"#, true), (#"["{crc32}"]"#, false),
  ])
  func `an id in a form is bound where its field has ends of its own`(
    message: String,
    isBound: Bool
  ) throws {
    let profile = try Profile(
      json: """
        {"id": "own", "signature": {"in": ["header:S"], "encoding": "hex"}, "message": \(message),
          "id_places": ["form:id"], "identity": "bound_id"}
        """
    )
    guard isBound else {
      #expect(throws: VerifierError.self) { try profile.validate() }
      return
    }
    #expect(throws: Never.self) { try profile.validate() }
    let secret = try Secret("0123456789")
    let request = try WebhookSigner(profile, secret: secret).request(body: "id=e%2F1&n=2")
    let webhook = try Verifier(profile: profile, secrets: [secret]).verify(request)
    #expect(webhook.eventID == "e/1")
  }

  /// The facts that a profile states, by the words of its evidence.
  private func facts(of profile: Profile) -> [String] {
    var facts = ["signature"]
    if profile.signatureScheme?.timestamp != nil { facts.append("timestamp") }
    if !profile.idPlaces.isEmpty || profile.items?.idPlaces.isEmpty == false { facts.append("id") }
    if !profile.typePlaces.isEmpty || profile.items?.typePlaces.isEmpty == false {
      facts.append("type")
    }
    if profile.retryHorizon != nil || profile.redeliveryHorizon != nil { facts.append("retries") }
    if profile.reply != Profile.Reply() { facts.append("reply") }
    if !profile.handshakes.isEmpty { facts.append("handshake") }
    if profile.senders != .unknown { facts.append("senders") }
    if !profile.unsignedTypes.isEmpty { facts.append("unsigned") }
    return facts
  }

  @Test(arguments: ProfileTests.ids)
  func `every fact has its source, and no source is without a fact`(id: String) throws {
    let profile = try #require(Profile.named(id))
    let sources = profile.evidence.map(\.fact)
    #expect(Set(facts(of: profile)).subtracting(sources).isEmpty)
    #expect(Set(sources).count == sources.count, "one source a fact")
    #expect(profile.evidence.allSatisfy { !$0.source.isEmpty })
  }
}
