import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What providers ask before they send events, and what they hear.
@Suite struct HandshakeTests {
  private static let secretText = "a-secret-of-a-usual-length"
  private static let now = Timestamp(seconds: 1_767_323_045)

  private func responder(
    _ profile: Profile,
    _ change: (inout HandshakeResponder.Options) throws -> Void = { _ in }
  ) throws -> HandshakeResponder {
    var options = HandshakeResponder.Options()
    try change(&options)
    let verifier = try Verifier(profile: profile, secrets: [Secret(Self.secretText)])
    return HandshakeResponder(verifier: verifier, options: options)
  }

  private func named(_ id: String) throws -> Profile { try #require(Profile.named(id)) }

  private func signed(_ profile: Profile, _ body: String, type: String? = nil) throws
    -> WebhookRequest
  {
    try WebhookSigner(profile, secret: Secret(Self.secretText)).request(
      body: body,
      type: type,
      timestamp: Self.now
    )
  }

  private func get(_ target: String, _ headers: [(String, String)] = [], method: String = "GET")
    -> WebhookRequest
  {
    WebhookRequest(method: method, target: target, headers: HeaderFields(headers), body: [])
  }

  private func answer(_ outcome: HandshakeResponder.Outcome) throws -> WebhookResponse {
    guard case .answer(let answer) = outcome else {
      Issue.record("\(outcome)")
      throw VerificationError.signatureMismatch
    }
    return answer
  }

  private func text(_ response: WebhookResponse) -> String {
    String(decoding: response.body, as: UTF8.self)
  }

  private func refusal(_ outcome: HandshakeResponder.Outcome) -> String? {
    if case .refused(let error) = outcome { error.reason } else { nil }
  }

  private func isNone(_ outcome: HandshakeResponder.Outcome) -> Bool {
    if case .notAHandshake = outcome { true } else { false }
  }

  // MARK: Signed ones

  /// Profile, body, type, and what is answered.
  static let signedKinds: [(String, String, String?, Int, String)] = [
    ("slack", #"{"type":"url_verification","challenge":"3eZbrw1a"}"#, nil, 200, "3eZbrw1a"),
    (
      "twitch", #"{"challenge":"pogchamp-kappa"}"#, "webhook_callback_verification", 200,
      "pogchamp-kappa"
    ),
    ("line", #"{"destination":"U1","events":[]}"#, nil, 200, ""),
  ]

  @Test(arguments: signedKinds.indices)
  func `a signed handshake is answered, and a forged one refused`(index: Int) throws {
    let (id, body, type, status, expected) = Self.signedKinds[index]
    let profile = try named(id)
    var request = try signed(profile, body, type: type)
    if id == "twitch" {
      request.headers = HeaderFields(
        (0..<request.headers.count).map { request.headers.name(at: $0) }
          .filter { $0.lowercased() != "twitch-eventsub-message-type" }
          .map { ($0, request.headers.first($0) ?? "") }
          + [("Twitch-Eventsub-Message-Type", "webhook_callback_verification")]
      )
    }
    let responder = try responder(profile)
    let response = try answer(responder.respond(to: request, at: Self.now))
    #expect(response.status == status && text(response) == expected)
    request.body[request.body.count - 2] ^= 1
    let forged = responder.respond(to: request, at: Self.now)
    #expect(refusal(forged) == "signature_mismatch" || isNone(forged))
    var unsigned = request
    unsigned.headers = HeaderFields([("Twitch-Eventsub-Message-Type", type ?? "")])
    if case .answer = responder.respond(to: unsigned, at: Self.now) {
      Issue.record("an unsigned \(id) handshake is answered")
    }
  }

  @Test func `Zoom gets an HMAC of its token, and nobody gets one of a message`() throws {
    let profile = try named("zoom")
    let responder = try responder(profile)
    let body =
      #"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#
    let response = try answer(responder.respond(to: signed(profile, body), at: Self.now))
    let code = ReferenceHMAC.code(
      key: Array(Self.secretText.utf8),
      message: Array("qgg8vlvZRS6UYooatFL8Aw".utf8)
    )
    let value = try JSONValue.parse(response.body)
    #expect(value["plainToken"]?.string == "qgg8vlvZRS6UYooatFL8Aw")
    #expect(value["encryptedToken"]?.string == Hex.encode(code))
    // The message that signs a forged event, as a "token".
    for token in ["v0:1767323045:{}", "{}", "a b", "", String(repeating: "a", count: 257)] {
      let body = #"{"event":"endpoint.url_validation","payload":{"plainToken":"\#(token)"}}"#
      #expect(isNone(responder.respond(to: try signed(profile, body), at: Self.now)), "\(token)")
    }
    let unsigned = WebhookRequest(headers: HeaderFields(), body: Array(body.utf8))
    #expect(refusal(responder.respond(to: unsigned, at: Self.now)) == "missing_header")
  }

  @Test func `X gets an HMAC of its token, and nobody gets one of a body`() throws {
    let responder = try responder(named("x-twitter"))
    let response = try answer(responder.respond(to: get("/in?crc_token=MGU1ZWY2-_"), at: Self.now))
    let code = ReferenceHMAC.code(
      key: Array(Self.secretText.utf8),
      message: Array("MGU1ZWY2-_".utf8)
    )
    #expect(text(response) == #"{"response_token":"sha256=\#(Base64.encode(code))"}"#)
    for token in ["%7B%22a%22:1%7D", "a%20b", "", String(repeating: "a", count: 257)] {
      let outcome = responder.respond(to: get("/in?crc_token=\(token)"), at: Self.now)
      #expect(refusal(outcome) == "malformed_header", "\(token)")
    }
    #expect(isNone(responder.respond(to: get("/in"), at: Self.now)))
  }

  @Test func `Discord's pings are answered when they are signed`() throws {
    let profile = try named("discord")
    // Made with openssl under the key whose seed is 32 times 7.
    let key = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"
    let verifier = try Verifier(profile: profile, secrets: [Secret(key)])
    let responder = HandshakeResponder(verifier: verifier)
    let answers = [
      (
        "1", 200, #"{"type":1}"#,
        "0adeb0b8cdbb4af2e04a4e1f23339f115315f8d4772347ab2b6471bfa9592ec4"
          + "9aee232b3f1f139b95160cfd813efae52c11cb31125eca32a3d70b7c4585dd01"
      ),
      (
        "0", 204, "",
        "7c2128101a9cbd40e5dd0f9e85b87a41945b19598a5ec74d3025d5f067b72422"
          + "eb960bca09746949ac1f121855eb9d0993ea7220cb56530bb58635c10dd7190d"
      ),
    ]
    for (type, status, expected, signature) in answers {
      let body = #"{"type":\#(type)}"#
      let headers = HeaderFields([
        ("X-Signature-Ed25519", signature), ("X-Signature-Timestamp", "\(Self.now.seconds)"),
      ])
      let request = WebhookRequest(headers: headers, body: Array(body.utf8))
      let response = try answer(responder.respond(to: request, at: Self.now))
      #expect(response.status == status && text(response) == expected)
      let forged = WebhookRequest(headers: headers, body: Array((body + " ").utf8))
      #expect(refusal(responder.respond(to: forged, at: Self.now)) == "signature_mismatch")
    }
  }

  // MARK: Those that nobody signs

  @Test func `Meta's challenge is sent back for the right token alone`() throws {
    let profile = try named("meta")
    let target = "/in?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    let responder = try responder(profile) { $0.verifyToken = try Secret("meatyhamhock") }
    let right = responder.respond(to: get(target + "meatyhamhock"), at: Self.now)
    #expect(text(try answer(right)) == "1158201444")
    let wrong = responder.respond(to: get(target + "meatyhamhoc"), at: Self.now)
    #expect(refusal(wrong) == "signature_mismatch")
    let twice = get(target + "meatyhamhock&hub.verify_token=x")
    #expect(refusal(responder.respond(to: twice, at: Self.now)) == "missing_header")
    let without = try self.responder(profile)
    #expect(refusal(without.respond(to: get(target + "x"), at: Self.now)) == "missing_header")
    // What an event looks like is none of them.
    #expect(isNone(responder.respond(to: get(target, method: "POST"), at: Self.now)))
  }

  @Test func `WebSub's challenge is sent back for a topic that was subscribed to`() throws {
    let responder = try responder(named("websub")) { $0.topics = ["https://blog.example/feed"] }
    let target = "/in?hub.mode=subscribe&hub.challenge=abc&hub.topic="
    let right = responder.respond(
      to: get(target + "https%3A%2F%2Fblog.example%2Ffeed"),
      at: Self.now
    )
    #expect(text(try answer(right)) == "abc")
    let other = responder.respond(to: get(target + "https://evil.example/"), at: Self.now)
    #expect(refusal(other) == "requirement_not_met")
  }

  @Test func `CloudEvents asks by OPTIONS, and hears which origin may send`() throws {
    let responder = try responder(named("cloudevents")) {
      $0.allowedOrigins = ["eventemitter.example.com"]
      $0.allowedRate = 60
    }
    let origin = ("WebHook-Request-Origin", "eventemitter.example.com")
    let request = get("/in", [origin, ("WebHook-Request-Rate", "120")], method: "OPTIONS")
    let headers = HeaderFields(try answer(responder.respond(to: request, at: Self.now)).headers)
    #expect(headers.first("WebHook-Allowed-Origin") == "eventemitter.example.com")
    #expect(headers.first("WebHook-Allowed-Rate") == "60")
    let other = get("/in", [("WebHook-Request-Origin", "evil.example")], method: "OPTIONS")
    #expect(refusal(responder.respond(to: other, at: Self.now)) == "requirement_not_met")
    #expect(isNone(responder.respond(to: get("/in", method: "OPTIONS"), at: Self.now)))
  }

  /// Profile, request line and header, and the echo.
  static let echoes: [(String, String, (String, String)?, String, String)] = [
    ("microsoft-graph", "/in?validationToken=Validation%3A+x", nil, "POST", "Validation: x"),
    ("dropbox", "/in?challenge=abc123", nil, "GET", "abc123"),
    (
      "okta", "/in", ("X-Okta-Verification-Challenge", #"my"verification"#), "GET",
      #"{"verification":"my\"verification"}"#
    ),
    ("trello", "/in", nil, "HEAD", ""),
  ]

  @Test(arguments: echoes.indices)
  func `an echo is text that no browser takes for a page, and is short`(index: Int) throws {
    let (id, target, header, method, expected) = Self.echoes[index]
    let responder = try responder(named(id))
    let request = get(target, header.map { [$0] } ?? [], method: method)
    let response = try answer(responder.respond(to: request, at: Self.now))
    #expect(response.status == 200 && text(response) == expected)
    guard !expected.isEmpty else { return }
    let headers = HeaderFields(response.headers)
    #expect(headers.first("X-Content-Type-Options") == "nosniff")
    #expect(headers.first("Content-Type")?.contains("html") == false)
    let long = String(repeating: "a", count: 1100)
    let huge = get(
      target.replacing("abc123", with: long).replacing("Validation%3A+x", with: long),
      header.map { [($0.0, long)] } ?? [],
      method: method
    )
    #expect(refusal(responder.respond(to: huge, at: Self.now)) == "requirement_not_met")
  }

  @Test func `Event Grid's code is sent back when the secret is right`() throws {
    let responder = try responder(named("event-grid"))
    let body = #"""
      [{"id":"2d","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent",\#
      "data":{"validationCode":"512d38b6"}}]
      """#
    let headers = HeaderFields([("aeg-webhook-secret", Self.secretText)])
    let request = WebhookRequest(headers: headers, body: Array(body.utf8))
    let response = try answer(responder.respond(to: request, at: Self.now))
    #expect(text(response) == #"{"validationResponse":"512d38b6"}"#)
    let other = WebhookRequest(
      headers: HeaderFields([("aeg-webhook-secret", "guess")]),
      body: Array(body.utf8)
    )
    #expect(refusal(responder.respond(to: other, at: Self.now)) == "signature_mismatch")
  }

  // MARK: New keys

  private func notion() throws -> WebhookRequest {
    let body = #"{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}"#
    return WebhookRequest(headers: HeaderFields(), body: Array(body.utf8))
  }

  @Test func `a new key comes inside its window, and never outside`() throws {
    let window = HandshakeResponder.KeyWindow(from: Self.now, for: .seconds(600))
    for (id, request) in [
      ("notion", try notion()),
      (
        "asana", get("/in", [("X-Hook-Secret", "b537207f20cbfa02357cf448134da559")], method: "POST")
      ),
    ] {
      let profile = try named(id)
      var options = HandshakeResponder.Options()
      let closed = HandshakeResponder(waitingForKeyOf: profile, options: options)
      #expect(!isNewKey(closed.respond(to: request, at: Self.now)), "\(id)")
      options.keyWindow = window
      let open = HandshakeResponder(waitingForKeyOf: profile, options: options)
      for (offset, isOpen) in [(-1, false), (0, true), (599, true), (600, false)] {
        let time = Timestamp(seconds: Self.now.seconds + Int64(offset))
        #expect(isNewKey(open.respond(to: request, at: time)) == isOpen, "\(id) at \(offset)")
      }
    }
  }

  @Test func `a window is an hour at most`() {
    let window = HandshakeResponder.KeyWindow(from: Self.now, for: .seconds(86400))
    #expect(Self.now.distance(to: window.end) == .seconds(3600))
    let none = HandshakeResponder.KeyWindow(from: Self.now, for: .seconds(-5))
    #expect(!none.contains(Self.now))
  }

  @Test func `Asana hears its secret again`() throws {
    var options = HandshakeResponder.Options()
    options.keyWindow = .init(from: Self.now, for: .seconds(60))
    let responder = HandshakeResponder(waitingForKeyOf: try named("asana"), options: options)
    let request = get("/in", [("X-Hook-Secret", "b537207f")], method: "POST")
    guard case .newKey(let key, let answer) = responder.respond(to: request, at: Self.now) else {
      Issue.record("no key")
      return
    }
    #expect(HeaderFields(answer.headers).first("X-Hook-Secret") == "b537207f")
    #expect("\(key)" == "[redacted]")
    // A line break in it would be a header of the sender's choice.
    let bad = get("/in", [("X-Hook-Secret", "a b")], method: "POST")
    #expect(!isNewKey(responder.respond(to: bad, at: Self.now)))
  }

  private func isNewKey(_ outcome: HandshakeResponder.Outcome) -> Bool {
    if case .newKey = outcome { true } else { false }
  }

  // MARK: Events, and anything else

  @Test func `an event is no handshake of any profile`() throws {
    for sample in Sample.all {
      let responder = HandshakeResponder(verifier: try sample.verifier())
      #expect(isNone(responder.respond(to: try sample.request())), "\(sample.profile.id)")
    }
  }

  @Test func `any bytes are answered or left alone, and an answer is short`() throws {
    var generator = SeededGenerator(seed: 9)
    let rounds = Campaign.rounds(200, campaign: 4_000, of: "a mutated handshake, per profile")
    let seeds = [
      #"{"type":"url_verification","challenge":"x"}"#, #"{"type":1}"#, #"{"events":[]}"#,
      #"{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}"#,
      #"[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{}}]"#,
    ].map { Array($0.utf8) }
    for sample in Sample.all where !sample.profile.handshakes.isEmpty {
      let responder = HandshakeResponder(verifier: try sample.verifier())
      for _ in 0..<rounds {
        var body = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 0...4, using: &generator) where !body.isEmpty {
          body[Int.random(in: body.indices, using: &generator)] = generator.next()
        }
        let target = "/in?" + String(decoding: generator.bytes(20), as: UTF8.self)
        let method = ["GET", "POST", "HEAD", "OPTIONS"].randomElement(using: &generator) ?? ""
        let request = WebhookRequest(
          method: method,
          target: target,
          headers: HeaderFields([("WebHook-Request-Origin", target)]),
          body: body
        )
        if case .answer(let answer) = responder.respond(to: request) {
          #expect(answer.body.count <= 1024)
        }
      }
    }
  }
}
