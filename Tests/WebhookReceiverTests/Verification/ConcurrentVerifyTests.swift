import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Verifiers that several threads use at once: contexts at rest go from one to the other without a
/// lock, and each serves one message at a time.
@Suite struct ConcurrentVerifyTests {
  private static let tasks = 8
  private static let calls = 1_000
  private static let time = Timestamp(seconds: 1_700_000_000)

  /// A request, and what one thread alone is told about it.
  private struct Case: Sendable {
    let verifier: Verifier
    let request: WebhookRequest
    let error: VerificationError?

    init(_ verifier: Verifier, _ request: WebhookRequest) {
      self.verifier = verifier
      self.request = request
      error = verificationError(verifier, request, at: ConcurrentVerifyTests.time)
    }

    var holds: Bool {
      verificationError(verifier, request, at: ConcurrentVerifyTests.time) == error
    }
  }

  /// For each scheme a request as signed, with another body, and of somebody with another secret.
  private static func cases() throws -> [Case] {
    try Sample.all.filter(\.takesAnyBody).flatMap { sample in
      let verifier = try sample.verifier()
      let right = try sample.request(at: time)
      var changed = right
      changed.body.append(0x20)
      let forged = try sample.signer([sample.otherSecret()])
        .request(body: sample.body, id: "x", type: "t.h", timestamp: time, url: sample.url)
      return [Case(verifier, right), Case(verifier, changed), Case(verifier, forged)]
    }
  }

  @Test func `what is right and what is forged stays so for threads that verify at once`()
    async throws
  {
    let cases = try Self.cases()
    for (number, each) in cases.enumerated() { #expect((each.error == nil) == (number % 3 == 0)) }
    await withTaskGroup(of: Int.self) { group in
      for task in 0..<Self.tasks {
        group.addTask {
          // Nearly in step, so that tasks meet at the same verifier.
          (0..<Self.calls).count { !cases[($0 + task) % cases.count].holds }
        }
      }
      for await wrong in group { #expect(wrong == 0) }
    }
  }
}
