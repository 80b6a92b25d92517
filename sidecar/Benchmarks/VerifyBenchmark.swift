internal import CWebhookCrypto
internal import WebhookReceiver

/// Verification against the bare HMAC of libcrypto over the same bytes.
enum VerifyBenchmark {
  static func rows() -> [Row] {
    [64, 1024, 16 << 10].compactMap { size in row(bodyBytes: size) }
  }

  private static func row(bodyBytes: Int) -> Row? {
    let body = [UInt8](repeating: 0x61, count: bodyBytes)
    let now = Timestamp.now
    guard
      let profile = Profile.named("github"),
      let secret = try? Secret("a-secret-of-a-usual-length-000001"),
      let verifier = try? Verifier(profile: profile, secrets: [secret]),
      let request = try? Signer(profile, secrets: [secret]).request(
        Signer.Event(body: body, timestamp: now)
      )
    else { return nil }
    let calls = bodyBytes > 4096 ? 5_000 : 30_000
    let ours = nanosecondsPerCall(calls: calls) {
      guard (try? verifier.verify(request, at: now)) != nil else {
        preconditionFailure("what was signed here verifies here")
      }
    }
    let key = Array("a-secret-of-a-usual-length-000001".utf8)
    let peer = nanosecondsPerCall(calls: calls) {
      var code = [UInt8](repeating: 0, count: 32)
      // One-shot HMAC, as a server written against libcrypto would call it.
      let isDone = unsafe HMAC(EVP_sha256(), key, Int32(key.count), body, body.count, &code, nil)
      guard unsafe isDone != nil else { preconditionFailure("libcrypto failed to compute an HMAC") }
    }
    return Row(what: "verify github, \(bodyBytes) B / HMAC()", unit: "ns", ours: ours, peer: peer)
  }
}
