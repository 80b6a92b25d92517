import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Profiles that nobody here has seen: whatever fits together works, the rest says what does not.
@Suite struct CustomProfileTests {
  private static func profile(_ rest: String) throws -> Profile {
    try Profile(json: #"{"id": "acme", "# + rest + "}")
  }

  private static func verifier(_ rest: String) throws -> Verifier {
    try Verifier(profile: profile(rest), secrets: [Secret("0123456789")])
  }

  private static let listed = #"""
    "digest": "sha256",
    "signature": {"in": ["header:X-Sig", "json:/sig"], "separator": ",", "assignment": "=",
      "versions": {"v1": "hmac"}, "encoding": "hex"},
    "timestamp": {"in": ["signature:t"], "format": "unix_s", "past": "10m", "future": "5m"},
    "message": ["{timestamp}", ".", "{json:/data}"]
    """#

  @Test(arguments: [("t=1700000000,v1=", true), ("v1=", false)])
  func `a time is read where its list was found`(list: (text: String, hasTime: Bool)) throws {
    let verifier = try Self.verifier(Self.listed)
    let code = ReferenceHMAC.code(
      key: Array("0123456789".utf8),
      message: Array("1700000000.x".utf8)
    )
    let blanks = String(repeating: " ", count: 4096)
    let signature = list.text + Hex.encode(code)
    let body = Array(#"{\#(blanks)"data":"x","sig":"\#(signature)"}"#.utf8)
    // Both of a head that is shorter than the body, and of none.
    for fields in [[("X-Other", "t=1600000000")], []] {
      let request = WebhookRequest(headers: HeaderFields(fields), body: body)
      let error = verificationError(verifier, request, at: Timestamp(seconds: 1_700_000_000))
      #expect((error == nil) == list.hasTime)
    }
  }

  @Test(arguments: [
    (#""id_places": ["header:X-*"]"#, "id_places"),
    (#""id_places": ["signature:t"]"#, "id_places"),
    (#""id_places": ["json:/a/*/b"]"#, "id_places"),
    (#""id_places": ["item:/id"]"#, "id_places"),
    (#""type_places": ["header:X-*"]"#, "type_places"),
    (#""require": [{"in": "json:/a/*", "one_of": ["1"]}]"#, "requirements"),
    (#""timestamp": {"in": ["header:X-Time", "signature:t"], "format": "unix_s"}"#, "timestamp"),
    (#""timestamp": {"in": ["header:X-*"], "format": "unix_s"}"#, "timestamp"),
    (#""body_digest": {"in": "header:Digest", "digest": "sha256", "encoding": "hex"}"#, "digest"),
    (#""items": {"pattern": "/e/*", "id_places": ["signature:x"]}"#, "items"),
  ])
  func `a place at which nothing can be read is refused`(rest: String, key: String) throws {
    let signature = #""signature": {"in": ["header:X-Sig"], "encoding": "hex"}, "#
    let message = rest.contains("body_digest") ? #""message": ["{header:X-Id}"], "# : ""
    let error = #expect(throws: VerifierError.self) {
      try Self.verifier(signature + message + rest)
    }
    guard case .profileInvalid(let why)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(why.contains(key))
  }

  @Test func `a digest whose header is signed is a digest of the body`() throws {
    let profile = try Self.profile(
      #"""
      "signature": {"in": ["header:X-Sig"], "encoding": "hex"}, "message": ["{header:Digest}"],
      "body_digest": {"in": "header:digest", "digest": "sha256", "encoding": "hex"}
      """#
    )
    #expect(throws: Never.self) { try Verifier(profile: profile, secrets: [Secret("x")]) }
  }

  @Test func `no credential is read from the URL that was configured`() throws {
    let verifier = try Self.verifier(#""token": {"in": ["query:token"]}"#)
    let url = "https://example.com/in?token=0123456789"
    var request = WebhookRequest(headers: HeaderFields(), body: [], url: url)
    #expect(verificationError(verifier, request, at: .now) == .missingHeader(name: "query:token"))
    request.target = "/in?token=0123456789"
    #expect(verificationError(verifier, request, at: .now) == nil)
  }

  @Test(arguments: [("/a:b", "c", false), ("/a", "b:c", true), ("/a?x=:", "c", false)])
  func `a path that holds the delimiter behind it is refused`(
    path: String,
    body: String,
    isAccepted: Bool
  ) throws {
    let verifier = try Self.verifier(
      #"""
      "signature": {"in": ["header:X-Sig"], "encoding": "hex"},
      "message": ["{path}", ":", "{body}"]
      """#
    )
    let code = ReferenceHMAC.code(
      key: Array("0123456789".utf8),
      message: Array("\(path):\(body)".utf8)
    )
    let request = WebhookRequest(
      target: path,
      headers: HeaderFields([("X-Sig", Hex.encode(code))]),
      body: Array(body.utf8)
    )
    let reason = verificationError(verifier, request, at: .now)?.reason
    #expect(reason == (isAccepted ? nil : "requirement_not_met"))
  }

  @Test func `an id that is signed in the body stays signed when it is read elsewhere`() throws {
    let profile = try Self.profile(
      #"""
      "signature": {"in": ["header:X-Sig"], "encoding": "hex"},
      "message": ["{id}", ".", "{body}"], "id_places": ["json:/id"]
      """#
    )
    let secret = try Secret("0123456789")
    let request = try WebhookSigner(profile, secret: secret).request(body: #"{"id":"e","n":"f"}"#)
    let other = profile.readingID(from: [try Profile.Place("json:/n")])
    let webhook = try Verifier(profile: other, secrets: [secret]).verify(request)
    #expect(webhook.eventID == "f")
  }

  @Test(arguments: [
    ("rfc3339", #"{"a":1}"#, #""at":""#), ("rfc1123", #"{"a":1}"#, #""at":""#),
    ("unix_ms", #"{"a":1}"#, #""at":1"#), ("unix_ms", #"{"at":"1"}"#, #""at":"1"#),
    ("unix_s", #"{"a":1}"#, #""at":""#), ("unix_s", #"{"at":1}"#, #""at":1"#),
  ])
  func `a time is written into the body as its format wants`(
    format: String,
    body: String,
    expected: String
  ) throws {
    let profile = try Self.profile(
      #"""
      "signature": {"in": ["header:X-Sig"], "encoding": "hex"},
      "timestamp": {"in": ["json:/at"], "format": "\#(format)"},
      "message": ["{timestamp}", "{json?:/a}"]
      """#
    )
    let secret = try Secret("0123456789")
    let request = try WebhookSigner(profile, secret: secret).request(body: body)
    #expect(String(decoding: request.body, as: UTF8.self).contains(expected))
    #expect(throws: Never.self) {
      try Verifier(profile: profile, secrets: [secret]).verify(request)
    }
  }

  @Test func `headers alone are refused where a credential goes into the query`() throws {
    let profile = try Self.profile(#""token": {"in": ["query:token"]}"#)
    let signer = WebhookSigner(profile, secret: try Secret("0123456789"))
    #expect(throws: SigningError.self) { try signer.headers(body: []) }
  }

  /// Requests of an attacker who has seen one delivery, or asked for a code.
  @Test func `codes that are given to anybody are of no event`() throws {
    let profile = try #require(Profile.named("x-twitter"))
    let secret = try Secret("0123456789")
    let verifier = try Verifier(profile: profile, secrets: [secret])
    for body in ["1234567890", "true", "W10=", "null", "[]", "\"a\"", ""] {
      let code = ReferenceHMAC.code(key: Array("0123456789".utf8), message: Array(body.utf8))
      let request = WebhookRequest(
        headers: HeaderFields([("x-twitter-webhooks-signature", "sha256=" + Base64.encode(code))]),
        body: Array(body.utf8)
      )
      #expect(verificationError(verifier, request, at: .now)?.reason == "requirement_not_met")
    }
  }

  @Test(arguments: ["hubspot-v1", "hubspot-v2"])
  func `a plain hash is not to be continued`(id: String) throws {
    let profile = try #require(Profile.named(id))
    let secret = try Secret("0123456789")
    let signer = WebhookSigner(profile, secret: secret)
    // As what is added to a hash begins; whoever signs it here has the secret, and is refused too.
    let body = Array("[]".utf8) + [0x80, 0, 0, 0, 0] + Array("[1]".utf8)
    let request = try signer.request(body: body, url: "https://example.com/a")
    let error = verificationError(
      try Verifier(profile: profile, secrets: [secret]),
      request,
      at: .now
    )
    #expect(error?.reason == "requirement_not_met")
  }

  @Test(arguments: [
    ("", "{}", true), ("?tenant=42", "{}", true), ("?tenant=42", "", true),
    ("?tenant=4", "2{}", false), ("", "?tenant=42{}", false), ("?tenant=42{", "}", false),
    ("?tenant=42{}", "", false),
  ])
  func `bytes do not move between URL and body`(
    query: String,
    body: String,
    isAccepted: Bool
  ) throws {
    let profile = try #require(Profile.named("square"))
    let secret = try Secret("0123456789")
    let message = Array(("https://example.com/in" + query + body).utf8)
    let code = ReferenceHMAC.code(key: Array("0123456789".utf8), message: message)
    let request = WebhookRequest(
      target: "/in" + query,
      headers: HeaderFields([("x-square-hmacsha256-signature", Base64.encode(code))]),
      body: Array(body.utf8),
      url: "https://example.com/in"
    )
    let error = verificationError(
      try Verifier(profile: profile, secrets: [secret]),
      request,
      at: .now
    )
    #expect((error == nil) == isAccepted)
  }

  @Test(arguments: [
    ("application/json", "x-contentful-signed-headers,x-contentful-timestamp", true),
    ("application/json", "x-contentful-timestamp", false),
    ("application/json", "x-contentful-signed-headers", false),
    (
      "a;x-contentful-topic:b", "content-type,x-contentful-signed-headers,x-contentful-timestamp",
      false
    ),
    ("a; charset=b", "content-type,x-contentful-signed-headers,x-contentful-timestamp", true),
  ])
  func `a list of signed headers holds itself and the time`(
    type: String,
    list: String,
    isAccepted: Bool
  ) throws {
    let profile = try #require(Profile.named("contentful"))
    let key = String(repeating: "k", count: 64)
    let verifier = try Verifier(profile: profile, secrets: [Secret(key)])
    let now = Timestamp(seconds: 1_700_000_000)
    let headers = HeaderFields([
      ("content-type", type), ("x-contentful-signed-headers", list),
      ("x-contentful-timestamp", "1700000000000"),
    ])
    let names = list.split(separator: ",").map { String($0) }
    let lines = names.map { "\($0):\(headers.first($0) ?? "")" }.joined(separator: ";")
    let message = "POST\n/\n\(lines)\n{}"
    let code = ReferenceHMAC.code(key: Array(key.utf8), message: Array(message.utf8))
    var request = WebhookRequest(headers: headers, body: Array("{}".utf8))
    request.headers.append("x-contentful-signature", Hex.encode(code))
    let error = verificationError(verifier, request, at: now)
    #expect((error == nil) == isAccepted, "\(String(describing: error))")
  }

  @Test func `an id of several parts is of these parts alone`() throws {
    let profile = try Self.profile(
      """
      "token": {"in": ["header:T"]}, "id_places": ["header:A+header:B"],
      "identity": "unbound_id"
      """
    )
    let verifier = try Verifier(profile: profile, secrets: [Secret("0123456789")])
    func id(_ first: String, _ second: String) throws -> String? {
      let fields = [("T", "0123456789"), ("A", first), ("B", second)]
      return try verifier.verify(WebhookRequest(headers: HeaderFields(fields), body: [])).eventID
    }
    #expect(try id("1", "urn:x") == "1:urn:x")
    #expect(try id("1:urn", "x") == #"1\:urn:x"#)
    #expect(try id(#"1\"#, "x") != id("1", #"\x"#))
  }

  @Test(arguments: [
    (#"["x"]"#, ""), (#"["{method}", "|", "{path}", "|", "{header:X-Other}"]"#, ""),
    (#"["x", "{timestamp}"]"#, #","timestamp": {"in": ["header:T"], "format": "unix_s"}"#),
  ])
  func `a message without a part of the body is refused, unless that is said`(
    message: String,
    rest: String
  ) throws {
    let profile = try Self.profile(
      #""signature": {"in": ["header:S"], "encoding": "hex"}, "message": \#(message)\#(rest)"#
    )
    #expect(throws: VerifierError.self) {
      _ = try Verifier(profile: profile, secrets: [Secret("0123456789")])
    }
    #expect(throws: VerifierError.self) { try profile.validate() }
    let said = try Self.profile(
      """
      "signature": {"in": ["header:S"], "encoding": "hex"}, "message": \(message)\(rest),
      "unsigned_body": true
      """
    )
    #expect(throws: Never.self) { try Profile(json: said.json).validate() }
  }

  @Test(arguments: [
    (#""{body}"], "id_places": ["header:X-Id"]"#, false),
    (#""{body}"], "id_places": ["query:id"]"#, false),
    (#""{body}"], "id_places": ["json:/meta/id"]"#, true),
    (#""{body}", "{header:X-Id}"], "id_places": ["header:X-Id"]"#, true),
    (#""{body}", "{header:X-Id}"], "id_places": ["header:X-Id", "header:X-Other"]"#, false),
    (#""{id}", "{body}"], "id_places": ["header:X-Id", "header:X-Other"]"#, true),
    (#""{json:/a}"], "id_places": ["json:/b"]"#, false),
    (#""{json:/a}"], "id_places": ["json:/a", "json:/b"]"#, true),
    (#""{json?:/a}", "{json:/c}"], "id_places": ["json:/a", "json:/b"]"#, false),
    (#""{crc32}"], "id_places": ["json:/a"]"#, false),
  ])
  func `an id that the signature does not cover cannot be called bound`(
    rest: String,
    isBound: Bool
  ) throws {
    let profile = try Self.profile(
      """
      "signature": {"in": ["header:S"], "encoding": "hex"}, "identity": "bound_id",
      "message": [\(rest)
      """
    )
    guard !isBound else {
      try profile.validate()
      return
    }
    let error = #expect(throws: VerifierError.self) { try profile.validate() }
    #expect("\(try #require(error))".contains("does not cover the id"))
  }

  @Test func `one character separates one thing`() throws {
    let profile = try Self.profile(
      """
      "signature": {"in": ["header:S"], "encoding": "hex", "separator": "=", "assignment": "=",
        "versions": {"v1": "hmac"}}, "message": ["{body}"]
      """
    )
    #expect(throws: VerifierError.self) {
      _ = try Verifier(profile: profile, secrets: [Secret("0123456789")])
    }
  }

  @Test(arguments: ["line\nfeed", "tab\tulator", "delete\u{7F}"])
  func `a token is one line of text`(token: String) throws {
    let profile = try Self.profile(#""token": {"in": ["header:T"]}"#)
    let malformed = VerifierError.secretMalformed(index: 0, expected: "one line of text")
    #expect(throws: malformed) {
      _ = try Verifier(profile: profile, secrets: [Secret(token)])
    }
    let event = Signer.Event(body: [], timestamp: .now)
    #expect(throws: SigningError.keyUnusable(malformed)) {
      _ = try Signer(profile, secrets: [Secret(token)]).request(event)
    }
  }

  @Test func `a place must hold the setting, where it is given`() throws {
    func profile(optional: Bool) throws -> Profile {
      try Self.profile(
        """
        "token": {"in": ["header:T"]},
        "require": [{"in": "json:/topic", "setting": "topic", "optional": \(optional)}]
        """
      )
    }
    let secrets = [try Secret("0123456789")]
    let fields = HeaderFields([("T", "0123456789")])
    func refusal(_ body: String, optional: Bool, _ settings: [String: String]) throws -> String? {
      let profile = try Profile(json: try profile(optional: optional).json)
      let verifier = try Verifier(profile: profile, secrets: secrets, parameters: settings)
      let request = WebhookRequest(headers: fields, body: Array(body.utf8))
      return verificationError(verifier, request, at: .now)?.reason
    }
    let ours = ["topic": "ours"]
    #expect(try refusal(#"{"topic": "ours"}"#, optional: true, ours) == nil)
    #expect(try refusal(#"{"topic": "theirs"}"#, optional: true, ours) == "requirement_not_met")
    #expect(try refusal(#"{}"#, optional: true, ours) == "missing_header")
    #expect(try refusal(#"{"topic": "theirs"}"#, optional: true, [:]) == nil)
    #expect(throws: VerifierError.parameterMissing(name: "topic")) {
      _ = try refusal(#"{"topic": "theirs"}"#, optional: false, [:])
    }
    #expect(throws: VerifierError.parameterUnknown(name: "topik", known: ["topic"])) {
      _ = try refusal(#"{"topic": "theirs"}"#, optional: true, ["topik": "ours"])
    }
    let signed = try Signer(profile(optional: true), secrets: secrets, parameters: ours)
      .request(Signer.Event(body: Array("{}".utf8), timestamp: .now))
    #expect(String(decoding: signed.body, as: UTF8.self).contains("ours"))
  }
}
