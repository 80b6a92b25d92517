import RelayConfiguration
import Testing
import WebhookReceiver

/// Each key of the configuration, changed alone: what is taken without a restart, and what waits.
@Suite struct ReloadKeyTests {
  /// A key of the schema, two configurations that differ in it alone, and whether it is live.
  typealias Case = (key: String, before: String, after: String, isLive: Bool)

  private static func ingress(
    _ key: String,
    _ value: String,
    live: Bool,
    with more: String = ""
  ) -> Case {
    let before = withTop("ingress: { \(more) }")
    return ("ingress.\(key)", before, withTop("ingress: { \(more)\(key): \(value) }"), live)
  }

  private static func limit(_ key: String, _ value: String) -> Case {
    (
      "ingress.limits.\(key)", withTop(""),
      withTop("ingress: { limits: { \(key): \(value) } }"), true
    )
  }

  private static func journal(_ key: String, _ members: String) -> Case {
    ("journal.\(key)", withTop(""), withTop("journal: { \(members) }"), false)
  }

  private static func token(_ key: String, _ before: String, _ after: String) -> Case {
    func text(_ members: String) -> String { withTop("api: { tokens: [{ \(members) }] }") }
    return ("api.tokens[].\(key)", text(before), text(after), true)
  }

  private static func source(_ key: String, _ members: String, from: String = "") -> Case {
    ("sources.*.\(key)", withSource(from), withSource(members), true)
  }

  private static func verify(_ key: String, _ members: String, from: String) -> Case {
    ("sources.*.verify.\(key)", withVerify(from), withVerify(members), true)
  }

  static let ofIngress: [Case] = [
    ingress("listen", "[\"127.0.0.1:1\"]", live: false),
    ingress("reuse_port", "true", live: false),
    ingress("proxy_protocol", "true", live: false, with: "trusted_proxies: [\"::1\"], "),
    ingress("trusted_proxies", "[\"10.0.0.0/8\"]", live: true),
    ingress("forwarded_header", "\"forwarded\"", live: true, with: "trusted_proxies: [\"::1\"], "),
    limit("connections", "7"), limit("header_bytes", "1024"), limit("body_bytes", "1024"),
    limit("header_timeout", "\"3s\""), limit("body_timeout", "\"3s\""),
    limit("idle_timeout", "\"3s\""),
  ]

  static let ofTheRest: [Case] = [
    ("api.listen", withTop(""), withTop("api: { listen: [\"127.0.0.1:1\"] }"), false),
    token(
      "name",
      "name: \"a\", token: \"env:TOKEN\", scopes: [\"read\"]",
      "name: \"b\", token: \"env:TOKEN\", scopes: [\"read\"]"
    ),
    token(
      "token",
      "name: \"a\", token: \"literal:0123456789abcdef\", scopes: [\"read\"]",
      "name: \"a\", token: \"literal:0123456789abcdeg\", scopes: [\"read\"]"
    ),
    token(
      "scopes",
      "name: \"a\", token: \"env:TOKEN\", scopes: [\"read\"]",
      "name: \"a\", token: \"env:TOKEN\", scopes: [\"read\", \"operate\"]"
    ),
    ("data", withTop(""), withTop("data: \"/elsewhere\""), false),
    journal("segment_bytes", "segment_bytes: \"128MiB\""),
    journal("reserve_bytes", "reserve_bytes: 1"), journal("on_damage", "on_damage: \"refuse\""),
    journal("recycle", "recycle: false"),
    journal("retention.age", "retention: { age: \"1d\" }"),
    journal("retention.bytes", "retention: { bytes: \"1GiB\" }"),
    journal("retention.undelivered", "retention: { undelivered: \"drop\" }"),
    ("log.format", withTop(""), withTop("log: { format: \"text\" }"), true),
    ("log.level", withTop(""), withTop("log: { level: \"debug\" }"), true),
    ("log.access", withTop(""), withTop("log: { access: true }"), true),
  ]

  private static let github = "profile: \"github\", secrets: [\"env:TEXT\"]"
  private static let stripe = "profile: \"stripe\", secrets: [\"env:TEXT\"]"
  private static let paypal = "profile: \"paypal\", secrets: [\"literal:\(key)\"], "
  /// That of Tests/Fixtures/keys/keys.json, in one line of JSON5.
  private static let key = [
    "-----BEGIN PUBLIC KEY-----",
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjwXbhNgwiw0bMsJwuRRG",
    "XPmQoxS0yA7e9gxtPnhowydZ8rmsOXwqqgio0+dTshsrn0zw1zvBZSEf9UOArJ6o",
    "cZBcSkdW/fumZZL5HN451hUo1gyynzZ7SoLz8tJRvkHM5nMxle3DBECl0sZ1JQX0",
    "UKYy9eBR9uzFnSQq62YOB1WuOzAL/dPKlPVoKA+H/z0nuo5elkYKAo21dtynKt8G",
    "PzHXWwts9lcVNCNWb93JQX6EqnxiElML9tcbSYWm9GwFbyVfRJWVEKqUnssI9F22",
    "JC5Qqr6Xm9IXBh3WRu7Iux/ovf0IdvyHh68D17G4lfbi9KaPxNVD+4Cn0s/u/J4n",
    "TwIDAQAB",
    "-----END PUBLIC KEY-----",
  ].joined(separator: "\\n")

  static let ofSources: [Case] = [
    (
      "sources.*.path", withSource(""), withSource("").replacing("\"/a\"", with: "\"/b\""), true
    ),
    source("aliases", "aliases: [\"/old\"]"), source("allow", "allow: [\"10.0.0.0/8\"]"),
    source("deny", "deny: [\"10.0.0.0/8\"]"),
    source(
      "rate_limit.requests_per_second",
      "rate_limit: { requests_per_second: 2, burst: 9 }",
      from: "rate_limit: { requests_per_second: 1, burst: 9 }"
    ),
    source(
      "rate_limit.burst",
      "rate_limit: { requests_per_second: 1, burst: 9 }",
      from: "rate_limit: { requests_per_second: 1, burst: 8 }"
    ),
    source(
      "rate_limit.bytes_per_second",
      "rate_limit: { bytes_per_second: \"1MiB\" }",
      from: "rate_limit: { bytes_per_second: \"2MiB\" }"
    ),
    source("idempotency.id", "idempotency: { id: [\"json:/id\"] }"),
    source("idempotency.identity", "idempotency: { identity: \"none\" }"),
    source("idempotency.window", "idempotency: { window: \"20d\" }"),
    source("idempotency.replay_guard", "idempotency: { replay_guard: \"drop\" }"),
    source("reply.status", "reply: { status: 202 }"),
    source("reply.content_type", "reply: { content_type: \"text/html\" }"),
    source("reply.body", "reply: { body: \"thanks\" }"),
    verify("profile", stripe, from: github),
    verify("secrets", "profile: \"github\", secrets: [\"literal:another secret\"]", from: github),
    verify("tolerance", stripe + ", tolerance: \"1h\"", from: stripe),
    verify("url", github + ", url: \"https://a.example/in\"", from: github),
    verify(
      "parameters",
      paypal + "parameters: { webhook_id: \"two\" }",
      from: paypal + "parameters: { webhook_id: \"one\" }"
    ),
  ]

  private static let shakes = "path: \"/a\", verify: { profile: \"meta\", secrets: [\"env:TEXT\"] }"

  static let ofHandshakes: [Case] = ["verify_token", "topics", "origins"].map { key in
    let (one, two) =
      key == "verify_token"
      ? ("\"literal:token one\"", "\"literal:token two\"") : ("[\"one\"]", "[\"two\"]")
    func text(_ value: String) -> String {
      "{ sources: { a: { \(shakes), handshake: { \(key): \(value) } } } }"
    }
    return ("sources.*.handshake.\(key)", text(one), text(two), true)
  }

  private static let pair = "certificate: \"/ca.pem\", private_key: \"/key.pem\""

  static let ofTLS: [Case] = [
    (
      "ingress.tls.certificate", withTop("ingress: { tls: { \(pair) } }"),
      withTop("ingress: { tls: { \(pair) } }").replacing("/ca.pem", with: "/secret"), false
    ),
    (
      "ingress.tls.client_ca", withTop("ingress: { tls: { \(pair) } }"),
      withTop("ingress: { tls: { \(pair), client_ca: \"/ca.pem\" } }"), false
    ),
    (
      "api.tls.private_key", withTop("api: { tls: { \(pair) } }"),
      withTop("api: { tls: { \(pair) } }").replacing("/key.pem", with: "/secret"), false
    ),
    (
      "sources.*.verify.client_names", withClients("[\"one.example\"]"),
      withClients("[\"two.example\"]"), true
    ),
  ]

  private static func withClients(_ names: String) -> String {
    """
    { ingress: { tls: { \(pair), client_ca: "/ca.pem" } }, sources: { a: { path: "/a",
    verify: { \(github), client_names: \(names) } } } }
    """
  }

  static let ofQuarantine: [Case] = [
    (
      "sources.*.verify.on_failure", withVerify(github), withVerify("\(github), \(kept)"), true
    ),
    (
      "sources.*.verify.quarantine_bytes", withVerify("\(github), \(kept)"),
      withVerify("\(github), \(kept), quarantine_bytes: \"1MiB\""), true
    ),
  ]

  private static let kept = "on_failure: \"quarantine\""

  static let cases = ofIngress + ofTheRest + ofSources + ofHandshakes + ofTLS + ofQuarantine

  @Test(arguments: cases)
  func `failure 56: a key that is changed is taken, or said to wait`(_ change: Case) throws {
    let before = try #require(load(change.before).configuration, "\(load(change.before).problems)")
    let after = try #require(load(change.after).configuration, "\(load(change.after).problems)")
    let plan = ReloadPlan(started: before, running: before, loaded: after)
    let key = change.key.replacing("*", with: "a").replacing("[]", with: ".")
    let (found, none) = change.isLive ? (plan.changed, plan.waiting) : (plan.waiting, plan.changed)
    #expect(none.isEmpty, "\(change.key): \(none)")
    #expect(!found.isEmpty, "\(change.key) is not compared")
    // A list is compared as one, and what is below a key by its own name.
    let isNamed = found.map(\.description).contains { key.hasPrefix($0) || $0.hasPrefix(key) }
    #expect(isNamed, "\(change.key): \(found)")
    let inForce = change.isLive ? after : before
    #expect(plan.configuration.show() == inForce.show())
  }

  /// Sections that wait as a whole; what is in them is compared through what is shown.
  private static let whole = [
    "destinations.*.", "alarms.", "sources.*.poll.", "ingress.tls.", "api.tls.",
  ]
  private static let others = ["sources.*.destinations"]

  @Test func `failure 56: no key is left out`() throws {
    var keys: Set<String> = []
    Self.walk(try JSONValue.parse(ConfigurationSchema.schema()), "", &keys)
    #expect(keys.count > 60)
    let tried = Set(Self.cases.map(\.key))
    let missing = keys.filter { key in
      !tried.contains(key) && !Self.others.contains(key)
        && !Self.whole.contains { key.hasPrefix($0) }
    }
    #expect(missing.isEmpty, "give these a case above, and a place in the plan")
    #expect(tried.isSubset(of: keys), "\(tried.subtracting(keys))")
  }

  /// The keys that have a value, by their paths; those that are not supported yet have none.
  private static func walk(_ schema: JSONValue, _ path: String, _ keys: inout Set<String>) {
    for member in schema["properties"]?.object ?? [] where member.value["not"] == nil {
      let name = path.isEmpty ? member.key : "\(path).\(member.key)"
      let before = keys.count
      walk(member.value, name, &keys)
      if let named = member.value["additionalProperties"] { walk(named, name + ".*", &keys) }
      if let items = member.value["items"] { walk(items, name + "[]", &keys) }
      if keys.count == before { keys.insert(name) }
    }
  }
}
