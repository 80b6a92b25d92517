internal import CWebhookCrypto
internal import WebhookReceiver

/// Verification against the bare keyed context of libcrypto over the same bytes: what a receiver
/// written in C would call, with the key set up once.
enum VerifyBenchmark {
  private static let profiles: [Profile] = [.github, .stripe, .standardWebhooks, .slack]
  private static let sizes = [256, 1024, 16 << 10, 1 << 20]

  /// `sizes` are those of the bodies; nil: the usual ones.
  static func rows(sizes: [Int]? = nil) -> [Row] {
    var rows: [Row] = []
    for profile in profiles {
      for size in sizes ?? Self.sizes {
        if let row = row(profile, bodyBytes: size) { rows.append(row) }
      }
    }
    return rows
  }

  private static func row(_ profile: Profile, bodyBytes: Int) -> Row? {
    guard let subject = Subject(profile, bodyBytes: bodyBytes), let peer = KeyedContext() else {
      return nil
    }
    let calls = max(20, min(20_000, (32 << 20) / bodyBytes))
    // Interleaved, so that a neighbour's noise falls on both.
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for _ in 0..<15 {
      ours.append(nanosecondsPerCall(rounds: 1, calls: calls) { subject.verify() })
      theirs.append(nanosecondsPerCall(rounds: 1, calls: calls) { peer.code(of: subject.body) })
    }
    return Row(
      what: "verify \(profile.id), \(bodyBytes) B / bare keyed context",
      unit: "ns",
      ours: ours.sorted()[7],
      peer: theirs.sorted()[7]
    )
  }
}

/// A request that verifies, and what verifies it.
struct Subject {
  let body: [UInt8]
  private let verifier: Verifier
  private let request: WebhookRequest
  private let now = Timestamp.now

  init?(_ profile: Profile, bodyBytes: Int) {
    let start = Array(#"{"id":"evt_1","type":"charge.succeeded","text":""#.utf8)
    let count = max(0, bodyBytes - start.count - 2)
    body = start + [UInt8](repeating: 0x61, count: count) + Array(#""}"#.utf8)
    guard let secret = try? Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
      let verifier = try? Verifier(profile: profile, secrets: [secret]),
      let signed = try? Signer(profile, secrets: [secret]).request(
        Signer.Event(body: body, timestamp: now)
      )
    else { return nil }
    self.verifier = verifier
    request = signed
  }

  func verify() {
    guard (try? verifier.verify(request, at: now)) != nil else {
      preconditionFailure("what was signed here verifies here")
    }
  }
}

/// HMAC-SHA256 with the key set up once: restart, update, finish.
@safe final class KeyedContext {
  // Used by one thread, freed with this.
  private let context: OpaquePointer
  private var output = [UInt8](repeating: 0, count: 32)

  init?() {
    let key = Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8)
    // The key is lent for the call, which copies it; the context is this object's from here on.
    guard let context = unsafe cwc_hmac_new(CWC_DIGEST_SHA256, key, key.count) else { return nil }
    unsafe self.context = context
  }

  // Nobody else has the context.
  deinit { unsafe EVP_MAC_CTX_free(context) }

  func code(of body: [UInt8]) {
    var count = 0
    // The context is valid as long as this object is, body and output are lent for each call with
    // their own counts, and a code of 32 bytes fits the output.
    let isDone =
      unsafe EVP_MAC_init(context, nil, 0, nil) == 1
      && EVP_MAC_update(context, body, body.count) == 1
      && EVP_MAC_final(context, &output, &count, output.count) == 1
    guard isDone, count == 32 else { preconditionFailure("libcrypto failed to compute an HMAC") }
  }
}
