import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Every usual mistake is named by its own cause, and by no other.
@Suite struct ExplanationTests {
  private static let now = Timestamp(seconds: 1_767_323_045)
  static let base64Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  static let textSecret = "9f1c1a2b3c4d5e6f708192a3b4c5d6e7"

  /// A body with everything that printers disagree about.
  static let body =
    #"{"id": "evt_1", "type": "charge.succeeded", "amount": 1000, "url": "https://e.com/a?b&c","#
    + #" "name": "Zoë <z@e.com>", "z": [], "a": {}, "list": [1, 2.50, null, true]}"#

  static let timed = ["stripe", "slack", "standard-webhooks", "svix", "zoom", "paddle"]
  static let untimed = ["github", "shopify", "gitea", "line", "circleci"]

  private static func secretText(_ id: String) -> String {
    Profile.named(id)?.key.encoding == .base64 ? base64Secret : textSecret
  }

  private func signed(
    _ id: String,
    secret: String? = nil,
    body: String = body,
    url: String? = nil,
    at time: Timestamp = now
  ) throws -> WebhookRequest {
    let profile = try #require(Profile.named(id))
    return try WebhookSigner(profile, secret: Secret(secret ?? Self.secretText(id)))
      .request(body: body, id: "id_1", type: "t", timestamp: time, url: url)
  }

  private func causes(
    _ id: String,
    _ request: WebhookRequest,
    secret: String? = nil,
    retired: [String] = []
  ) throws -> [String] {
    let profile = try #require(Profile.named(id))
    let secret = try Secret(secret ?? Self.secretText(id))
    var explainer = Explainer(profile, [secret], parameters: [:])
    let retired = try retired.map { (text) throws in try Secret(text) }
    let found = explainer.causes(of: request, at: Self.now, retiredSecrets: retired)
    #expect(explainer.attempts <= Explainer.attemptsMax)
    for explanation in found { check(explanation, request, [Self.secretText(id)]) }
    return found.map(\.cause.rawValue)
  }

  /// No secret, and nothing that could stand in a signature header.
  private func check(_ found: Explanation, _ request: WebhookRequest, _ secrets: [String]) {
    for secret in secrets {
      #expect(!found.detail.contains(secret))
      #expect(!found.detail.contains(secret.dropFirst(6)))
    }
    for index in 0..<request.headers.count {
      let value = request.headers.value(at: index)
      if value.utf8.count >= 20 { #expect(!found.detail.contains(value)) }
    }
    #expect(found.detail.utf8.count > 40)
  }

  // MARK: Bodies

  private func causes(_ id: String, body: [UInt8], signed original: String = body) throws
    -> [String]
  {
    var request = try signed(id, body: original)
    request.body = body
    return try causes(id, request)
  }

  /// What somebody's middleware makes of `body`.
  static let reencodings = [
    #"{"id":"evt_1","type":"charge.succeeded","amount":1000,"url":"https://e.com/a?b&c","#
      + #""name":"Zoë <z@e.com>","z":[],"a":{},"list":[1,2.50,null,true]}"#,
    #"{"id":"evt_1","type":"charge.succeeded","amount":1000,"url":"https:\/\/e.com\/a?b&c","#
      + #""name":"Zo\u00eb <z@e.com>","z":[],"a":{},"list":[1,2.50,null,true]}"#,
    #"{"id":"evt_1","type":"charge.succeeded","amount":1000,"url":"https://e.com/a?b\u0026c","#
      + #""name":"Zo\u00EB \u003Cz@e.com\u003E","z":[],"a":{},"list":[1,2.50,null,true]}"#,
    """
    {
      "id": "evt_1",
      "type": "charge.succeeded",
      "amount": 1000,
      "url": "https://e.com/a?b&c",
      "name": "Zoë <z@e.com>",
      "z": [],
      "a": {},
      "list": [
        1,
        2.50,
        null,
        true
      ]
    }
    """,
  ]

  @Test(arguments: timed + untimed, reencodings)
  func `body_reencoded: JSON parsed and printed again`(id: String, other: String) throws {
    #expect(try causes(id, body: Array(other.utf8)) == ["body_reencoded"])
    // And the other way round: what was signed is the unusual one.
    #expect(try causes(id, body: Array(Self.body.utf8), signed: other) == ["body_reencoded"])
  }

  @Test(arguments: timed + untimed)
  func `trailing_newline`(id: String) throws {
    for end in ["\n", "\r\n", " ", "\n\n"] {
      #expect(try causes(id, body: Array((Self.body + end).utf8)) == ["trailing_newline"])
      #expect(
        try causes(id, body: Array(Self.body.utf8), signed: Self.body + end)
          == ["trailing_newline"]
      )
    }
  }

  @Test(arguments: timed + untimed)
  func `character_set`(id: String) throws {
    let bytes = Array(Self.body.utf8)
    let latin1 = Self.body.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    let twice = bytes.flatMap { Array(String(Unicode.Scalar($0)).utf8) }
    for body in [[0xef, 0xbb, 0xbf] + bytes, latin1, twice] {
      #expect(try causes(id, body: body) == ["character_set"])
    }
    let quotes = #"{"id":"1","t":"“€” – it’s"}"#
    let windows: [Unicode.Scalar: UInt8] = [
      "“": 0x93, "”": 0x94, "€": 0x80, "–": 0x96, "’": 0x92,
    ]
    let cp1252 = quotes.unicodeScalars.map { windows[$0] ?? UInt8(truncatingIfNeeded: $0.value) }
    #expect(try causes(id, body: cp1252, signed: quotes) == ["character_set"])
    var wide: [UInt8] = [0xff, 0xfe]
    for unit in Self.body.utf16 { wide += [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
    #expect(try causes(id, body: wide) == ["character_set"])
  }

  @Test func `a form with other escapes, and other line ends, are printed again, too`() throws {
    let form = "token=xyz&text=a+b%2Fc%3D~&user=Z%C3%B6e"
    for other in [
      "token=xyz&text=a%20b%2Fc%3D~&user=Z%C3%B6e", "token=xyz&text=a+b%2fc%3d~&user=Z%c3%b6e",
    ] {
      #expect(try causes("slack", body: Array(other.utf8), signed: form) == ["body_reencoded"])
    }
    let lines = "{\n \"a\":1,\n  \"b\":2 }"
    let windows = lines.replacing("\n", with: "\r\n")
    #expect(try causes("github", body: Array(windows.utf8), signed: lines) == ["body_reencoded"])
    #expect(try causes("github", body: Array(lines.utf8), signed: windows) == ["body_reencoded"])
  }

  // MARK: Secrets

  @Test(arguments: timed + untimed + ["bearer-token", "gitlab-token", "telegram"])
  func `secret_whitespace`(id: String) throws {
    let secret = Self.secretText(id)
    let request = try signed(id)
    for other in [
      "\(secret)\n", " \(secret)", "\"\(secret)\"", "\u{feff}\(secret)", "\(secret)\r\n",
    ] {
      #expect(try causes(id, request, secret: other) == ["secret_whitespace"], "\(other)")
    }
    let wrapped = String(secret.prefix(12)) + "\n" + secret.dropFirst(12)
    #expect(try causes(id, request, secret: wrapped) == ["secret_whitespace"])
  }

  @Test(arguments: ["stripe", "github", "slack", "shopify", "toss", "zoom"])
  func `secret_whitespace: the sender's secret has a line end`(id: String) throws {
    let request = try signed(id, secret: Self.textSecret + "\n")
    #expect(try causes(id, request) == ["secret_whitespace"])
  }

  @Test(arguments: timed + untimed + ["bearer-token", "gitlab-token", "telegram"])
  func `secret_prefix`(id: String) throws {
    let request = try signed(id)
    for prefix in ["v1,", "sha256=", "prod_"] {
      let other = prefix + Self.secretText(id)
      #expect(try causes(id, request, secret: other) == ["secret_prefix"], "\(prefix)")
    }
    guard Profile.named(id)?.key.encoding == .text else { return }
    let lacking = try signed(id, secret: "whsec_" + Self.textSecret)
    #expect(try causes(id, lacking) == ["secret_prefix"])
  }

  @Test(arguments: timed + untimed)
  func `secret_encoding`(id: String) throws {
    let profile = try #require(Profile.named(id))
    let text = "a secret of 24 characters"
    let key = Array(text.utf8)
    // The key, as the profile reads it.
    let own = profile.key.encoding == .base64 ? "whsec_" + Base64.encode(key) : text
    let request = try signed(id, secret: own)
    var others = [Hex.encode(key)]
    if profile.key.encoding == .text { others.append(Base64.encode(key)) }
    if profile.key.encoding == .base64 { others.append(Base64.encode(Array(own.utf8))) }
    for other in others {
      #expect(try causes(id, request, secret: other) == ["secret_encoding"], "\(other)")
    }
    // The sender took for text what is base64.
    guard profile.key.encoding == .base64 else { return }
    let asText = try signed(id, secret: "whsec_" + Base64.encode(Array(own.utf8)))
    #expect(try causes(id, asText, secret: own) == ["secret_encoding"])
  }

  @Test(arguments: timed + untimed + ["bearer-token", "gitlab-token", "telegram"])
  func `older_secret`(id: String) throws {
    let isBase64 = Profile.named(id)?.key.encoding == .base64
    let (other, new) = isBase64 ? ("whsec_b3RoZXI=", "whsec_bmV3ZXI=") : ("other", "newer")
    let request = try signed(id)
    let retired = [other, Self.secretText(id)]
    #expect(try causes(id, request, secret: new, retired: retired) == ["older_secret"])
    #expect(try causes(id, request, secret: new, retired: [other]) == [])
  }

  // MARK: Time, URL and profile

  @Test(arguments: timed + ["http-message-signatures-hmac"])
  func `clock_skew, alone and beside another mistake`(id: String) throws {
    let url = "https://e.com/in"
    for offset in [-86_400 * 40, 90_000] as [Int64] {
      let time = Timestamp(seconds: Self.now.seconds + offset)
      var request = try signed(
        id,
        secret: id.hasSuffix("-hmac") ? "b3RoZXI=" : nil,
        url: url,
        at: time
      )
      let secret = id.hasSuffix("-hmac") ? "b3RoZXI=" : nil
      #expect(try causes(id, request, secret: secret) == ["clock_skew"])
      guard secret == nil else { continue }
      request.body.append(0x0a)
      #expect(try causes(id, request) == ["trailing_newline", "clock_skew"])
    }
  }

  static let urls: [(signed: String, configured: String)] = [
    ("https://e.com/in?a=1", "http://e.com/in"), ("https://e.com:8443/in?a=1", "https://e.com/in"),
    ("https://e.com/in/?a=1", "https://e.com/in"), ("https://e.com/in?a=1", "https://e.com/in/"),
    ("https://e.com/in", "https://e.com/in"), ("https://public.e.com/in?a=1", "http://10.0.0.1/in"),
    ("https://e.com/public/in?a=1", "https://e.com/in"),
  ]

  @Test(
    arguments: ["hubspot-v3", "trello", "square", "hubspot-v2", "twilio-shared-key"],
    urls.indices
  )
  func `url_differs`(id: String, index: Int) throws {
    let (signedURL, configured) = Self.urls[index]
    var request = try signed(id, url: signedURL)
    request.url = configured
    request.target = signedURL.contains("/public/in") ? "/public/in?a=1" : "/in?a=1"
    let authority = signedURL.dropFirst(8).prefix { $0 != "/" }
    request.headers.append("Host", String(authority))
    #expect(try causes(id, request) == ["url_differs"])
    request.url = nil
    #expect(try causes(id, request) == ["url_differs"], "none configured")
  }

  @Test(arguments: [
    ("stripe", "github"), ("github", "stripe"), ("slack", "zoom"), ("standard-webhooks", "stripe"),
    ("shopify", "github"), ("svix", "github"),
  ])
  func `other_profile`(sender: String, used: String) throws {
    let secret = Self.secretText(sender)
    let profile = try #require(Profile.named(used))
    var explainer = Explainer(profile, [try Secret(secret)], parameters: [:])
    let found = explainer.causes(of: try signed(sender), at: Self.now, retiredSecrets: [])
    #expect(found.map(\.cause) == [.otherProfile])
    #expect(found.first?.detail.contains(sender) == true, "\(found)")
  }

  // MARK: Nothing to explain

  @Test(arguments: Sample.all)
  func `a truly wrong secret is explained by nothing`(sample: Sample) throws {
    let request = try sample.request()
    let key = sample.profile.key
    var text = "qZ3vUeJb6m0p9xK1"
    if key.encoding == .hex { text = String(repeating: "0b", count: 32) }
    if key.encoding == .base64 { text = Base64.encode(Array(text.utf8)) }
    if let count = key.byteCount { text = String(repeating: "q", count: count) }
    let verifier = try sample.verifier(secret: Secret(text))
    #expect(verifier.explain(request) == [])
  }

  @Test(arguments: Sample.all)
  func `what verifies needs no explanation`(sample: Sample) throws {
    #expect(try sample.verifier().explain(sample.request()) == [])
  }

  // MARK: Bounds

  private func explainer(secret: String = textSecret) throws -> Explainer {
    Explainer(.github, [try Secret(secret)], parameters: [:])
  }

  /// Runs a search that finds nothing, and answers how many bytes it has checked.
  private func bytesChecked(_ change: (inout Explainer) -> Void) throws -> Int {
    var explainer = try explainer(secret: "another secret")
    change(&explainer)
    let request = try signed("github")
    #expect(explainer.causes(of: request, at: Self.now, retiredSecrets: []) == [])
    return explainer.bytes
  }

  @Test func `no more bytes are checked than the bound says`() throws {
    let size = Self.body.utf8.count
    let unbounded = try bytesChecked { _ in }
    for limit in [0, size - 1, size, 10 * size, 50 * size + 1] {
      let bytes = try bytesChecked { $0.bytesLimit = limit }
      #expect(bytes <= limit && limit < unbounded)
      // A body larger by white space may have been the one that did not fit.
      #expect(bytes > limit - 2 * size)
    }
  }

  @Test func `no more bodies are printed than the bound says`() throws {
    let size = Self.body.utf8.count
    let (none, all) = (
      try bytesChecked { $0.printedBytesLimit = 0 }, try bytesChecked { _ in }
    )
    for limit in [1, size, 10 * size, 40 * size] {
      let printed = try bytesChecked { $0.printedBytesLimit = limit } - none
      // The last one begins below the bound; indented lines double a body at most.
      #expect(printed > 0 && printed < limit + 2 * size && printed < all - none)
    }
  }

  @Test func `what would be printed behind the bound is not found`() throws {
    var request = try signed("github")
    request.body = Array(Self.reencodings[0].utf8)
    var (bounded, whole) = (try explainer(), try explainer())
    bounded.printedBytesLimit = 0
    #expect(bounded.causes(of: request, at: Self.now, retiredSecrets: []) == [])
    let found = whole.causes(of: request, at: Self.now, retiredSecrets: [])
    #expect(found.map(\.cause) == [.bodyReencoded])
  }

  @Test func `any bytes are explained or not, and never trap`() throws {
    var generator = SeededGenerator(seed: 11)
    let rounds = Campaign.rounds(3, campaign: 40, of: "a mutated refusal, per profile")
    for sample in Sample.all {
      for _ in 0..<rounds {
        var request = try sample.request()
        for _ in 0..<3 where !request.body.isEmpty {
          request.body[Int.random(in: request.body.indices, using: &generator)] = generator.next()
        }
        request.target = String(decoding: generator.bytes(12), as: UTF8.self)
        request.headers.append("Host", String(decoding: generator.bytes(12), as: UTF8.self))
        let secret = try Secret("s" + String(decoding: generator.bytes(20), as: UTF8.self))
        var explainer = Explainer(sample.profile, [secret], parameters: sample.parameters)
        _ = explainer.causes(of: request, at: .now, retiredSecrets: [secret])
      }
    }
  }
}
