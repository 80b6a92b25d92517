import Foundation
import RelayConfiguration
import RelayCore
import Testing
import WebhookReceiver

/// The example of the documentation is a configuration, and has the keys that there are.
@Suite struct ExampleTests {
  private static func example() throws -> [UInt8] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent()
    return Array(try Data(contentsOf: root.appending(path: "docs/webhook-sidecar.example.json5")))
  }

  private static var environment: Environment {
    Environment(
      variable: { name in
        ["APP_SECRET", "SHOP_SECRET", "STRIPE_SECRET"].contains(name)
          ? World.variables["SECRET"] : "a-value-of-enough-characters-for-\(name)"
      },
      readFile: { path in
        let pem = path.hasSuffix("key.pem") ? World.files["/key.pem"] : World.files["/ca.pem"]
        return .success(path.hasSuffix(".pem") ? pem ?? [] : Array("a-secret-in-a-file".utf8))
      }
    )
  }

  @Test func `is without a mistake, and without a warning`() throws {
    let loaded = ConfigurationLoader.load(
      try Self.example(),
      file: "example",
      environment: Self.environment
    )
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    #expect(loaded.warnings.isEmpty, "\(loaded.warnings)")
    let configuration = try #require(loaded.configuration)
    #expect(configuration.sources.map(\.name) == ["stripe", "github", "shop"])
    #expect(configuration.sources.allSatisfy { $0.poll != nil })
    #expect(configuration.destinations.map(\.plan.name) == ["app", "audit"])
  }

  @Test func `what it calls a default is one`() throws {
    let loaded = ConfigurationLoader.load(
      try Self.example(),
      file: "example",
      environment: Self.environment
    )
    let configuration = try #require(loaded.configuration)
    let usual = try #require(load(withTop("")).configuration)
    #expect(configuration.api.listen == usual.api.listen)
    let (ingress, usualIngress) = (configuration.ingress, usual.ingress)
    #expect(ingress.listen == usualIngress.listen && ingress.limits == usualIngress.limits)
    #expect(ingress.proxies.header == usualIngress.proxies.header)
    #expect(ingress.proxies.wantsHeader == usualIngress.proxies.wantsHeader)
    #expect(ingress.tls?.identities.count == 2)
    #expect(configuration.journal == usual.journal && configuration.log == usual.log)
    var app = configuration.destinations[0].plan
    let plain = DestinationPlan(name: "app", urls: app.urls)
    app.secretReferences = []
    app.headers = []
    app.health = nil
    #expect(app == plain)
    let shop = try #require(configuration.sources[2].poll).plan
    var cadence = CadenceRules()
    cadence.retention = shop.cadence.retention
    #expect(shop.cadence == cadence && shop.limits == PollLimits())
    #expect(shop.preferPush == cadence.deliveryGrace)
  }

  /// Keys of poll sections that are one choice among several.
  private static let others: Set<String> = [
    "attempt", "audience", "basic", "code", "code_at", "detail", "granularity", "handshake",
    "headers_from", "hosts", "item", "lifetime", "not_in", "origins", "password", "prefix", "run",
    "succeeded", "topics", "user", "value", "verify_token", "version",
  ]

  @Test func `has every key, but those of which another stands there`() throws {
    let text = String(decoding: try Self.example(), as: UTF8.self)
    var missing: Set<String> = []
    func walk(_ schema: JSONValue) {
      for member in schema["properties"]?.object ?? [] {
        let summary = member.value["description"]?.string ?? ""
        guard !summary.hasSuffix("Not supported yet.") else { continue }
        if !text.contains("\(member.key):") { missing.insert(member.key) }
        walk(member.value)
      }
      for key in ["additionalProperties", "items"] {
        if let inner = schema[key] { walk(inner) }
      }
      for inner in schema["anyOf"]?.array ?? [] where inner["properties"]?["kind"] == nil {
        walk(inner)
      }
    }
    walk(try JSONValue.parse(ConfigurationSchema.schema()))
    #expect(missing == Self.others)
  }
}
