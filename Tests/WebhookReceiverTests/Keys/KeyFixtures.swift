import Foundation
import Testing
import WebhookReceiver

/// What openssl made (Tests/Fixtures/keys/make).
struct KeyFixtures: Decodable {
  struct PayPal: Decodable {
    let id: String
    let time: String
    let body: String
    let signature: String
  }

  struct RawECDSA: Decodable {
    let message: String
    let raw: String
    let der: String
  }

  let now: Int64
  let root: String
  let other_root: String
  let sns_chain: String
  let sns_leaf_alone: String
  let evil_chain: String
  let below_leaf_chain: String
  let sns_1: String
  let sns_2: String
  let sns_confirmation: String
  let sns_confirmation_elsewhere: String
  let paypal_chain: String
  let paypal: PayPal
  let ec_spki: String
  let rsa_pem: String
  let jwks: String
  let plaid_body: String
  let plaid: String
  let plaid_old: String
  let plaid_unknown_key: String
  let pubsub: String
  let pubsub_expired: String
  let pubsub_audience: String
  let pubsub_issuer: String
  let pubsub_unverified: String
  let pubsub_email: String
  let pubsub_early: String
  let pubsub_crit: String
  let raw_ecdsa: RawECDSA

  var time: Timestamp { Timestamp(seconds: now) }

  static let made: KeyFixtures = {
    let file = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/keys/keys.json")
    do {
      return try JSONDecoder().decode(KeyFixtures.self, from: Data(contentsOf: file))
    } catch {
      preconditionFailure("Tests/Fixtures/keys/keys.json cannot be read: \(error)")
    }
  }()
}

/// A loader that says what it is told to, and counts.
actor ScriptedLoader: KeyLoader {
  struct NoAnswer: Error {}

  private var answers: [String: [UInt8]]
  private(set) var asked: [String] = []
  private var held: [CheckedContinuation<Void, Never>] = []
  private var isHolding = false

  init(_ answers: [String: String] = [:]) {
    self.answers = answers.mapValues { Array($0.utf8) }
  }

  func answer(_ url: String, _ text: String?) {
    answers[url] = text.map { Array($0.utf8) }
  }

  /// From now on nothing is answered until `release`.
  func hold() { isHolding = true }

  func release() {
    isHolding = false
    for continuation in held { continuation.resume() }
    held = []
  }

  func load(_ url: String) async throws -> [UInt8] {
    asked.append(url)
    if isHolding { await withCheckedContinuation { held.append($0) } }
    guard let answer = answers[url] else { throw NoAnswer() }
    return answer
  }
}
