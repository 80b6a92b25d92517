internal import CWebhookCrypto
internal import WebhookReceiver

/// Verification against the bare keyed context of libcrypto over the same bytes: what a receiver
/// written in C would call, with the key set up once.
enum VerifyBenchmark {
  private static let profiles: [Profile] = [.github, .stripe, .standardWebhooks, .slack]
  private static let sizes = [256, 1024, 16 << 10, 1 << 20]
  private static let rounds = 15
  /// By the size of the body: how much of the time libcrypto takes at least.
  private static let goals = [1024: 0.90, 16 << 10: 0.97]

  /// `sizes` are those of the bodies; nil: the usual ones.
  static func run(sizes: [Int]? = nil) -> (rows: [Row], goals: [Goal]) {
    var (rows, goals): ([Row], [Goal]) = ([], [])
    for profile in profiles {
      for size in sizes ?? Self.sizes {
        guard let rounds = measure(profile, bodyBytes: size) else { continue }
        rows.append(
          Row(
            what: "verify \(profile.id), \(size) B / bare keyed context",
            unit: "ns",
            ours: median(rounds.ours),
            peer: median(rounds.theirs)
          )
        )
        if let goal = Self.goals[size] {
          // Each round's own ratio: a neighbour slows both of a round.
          let ratios = zip(rounds.theirs, rounds.ours).map { $0 / $1 }.sorted()
          let spread = "\(Goal.text(ratios[0])) to \(Goal.text(ratios[Self.rounds - 1]))"
          let what = "bare context / verify, \(profile.id), \(size) B (\(spread))"
          goals.append(Goal(what, median(ratios), atLeast: goal, ""))
        }
      }
    }
    return (rows, goals)
  }

  private static func measure(
    _ profile: Profile,
    bodyBytes: Int
  ) -> (ours: [Double], theirs: [Double])? {
    guard let subject = Subject(profile, bodyBytes: bodyBytes), let peer = KeyedContext() else {
      return nil
    }
    let calls = max(20, min(20_000, (32 << 20) / bodyBytes))
    // Interleaved, so that a neighbour's noise falls on both.
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for _ in 0..<rounds {
      ours.append(nanosecondsPerCall(rounds: 1, calls: calls) { subject.verify() })
      theirs.append(nanosecondsPerCall(rounds: 1, calls: calls) { peer.code(of: subject.signed) })
    }
    return (ours, theirs)
  }

  /// Verifies one request again and again, for a profiler; false when there is no such profile.
  static func loop(_ id: String, bodyBytes: Int, calls: Int) -> Bool {
    let profile = Profile.catalogue.first { $0.id == id }
    guard let subject = profile.flatMap({ Subject($0, bodyBytes: bodyBytes) }) else { return false }
    for _ in 0..<calls { subject.verify() }
    return true
  }
}

/// A request that verifies, and what verifies it.
struct Subject {
  /// What is signed, in one piece: whoever has it so need not put it together.
  let signed: [UInt8]
  private let verifier: Verifier
  private let request: WebhookRequest
  private let now = Timestamp.now

  init?(_ profile: Profile, bodyBytes: Int) {
    let start = Array(#"{"id":"evt_1","type":"charge.succeeded","text":""#.utf8)
    let count = max(0, bodyBytes - start.count - 2)
    let body = start + [UInt8](repeating: 0x61, count: count) + Array(#""}"#.utf8)
    guard let secret = try? Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
      let verifier = try? Verifier(profile: profile, secrets: [secret]),
      let request = try? Signer(profile, secrets: [secret]).request(
        Signer.Event(body: body, timestamp: now)
      )
    else { return nil }
    self.verifier = verifier
    self.request = request
    signed = Self.marks(profile.id, request.headers, now) + body
  }

  /// What stands in front of the body in the schemes that are measured.
  private static func marks(
    _ profile: String,
    _ headers: HeaderFields,
    _ now: Timestamp
  ) -> [UInt8] {
    switch profile {
    case "stripe": Array("\(now.seconds).".utf8)
    case "slack": Array("v0:\(now.seconds):".utf8)
    case "standard-webhooks": Array("\(headers.first("webhook-id") ?? "").\(now.seconds).".utf8)
    default: []
    }
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
