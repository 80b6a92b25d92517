internal import WebhookReceiver
internal import WebhookReceiverStorage

/// Eight tasks that claim, complete, abandon and forget about keys, and get in each other's way.
struct Worker: Sendable {
  private static let tasks = 8
  /// What a round does when it is not killed before: keeps what it prints short.
  private static let steps = 100

  let store: FileIdempotencyStore
  let keys: Int
  /// Every fence is above it.
  let fences: UInt64

  func run(seed: UInt64) async {
    await withTaskGroup { group in
      for task in 0..<Self.tasks {
        group.addTask { await work(seed: seed &* 31 &+ UInt64(task)) }
      }
    }
  }

  private func work(seed: UInt64) async {
    // Knuth's multiplier for 64 bits; the high bits are the random ones.
    var random = seed
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    for _ in 0..<Self.steps {
      let number = next(keys)
      switch await Expectations.claim(number, in: store) {
      case .inProgress: Output.line("busy \(number)")
      case .done(let result):
        guard let fence = Probe.fence(in: result, of: number) else {
          Output.wrong("result of \(number)")
        }
        Output.line("done \(number) \(fence)")
      case .claimed(let token):
        guard token.fence > fences else { Output.wrong("fence \(token.fence)") }
        Output.line("claimed \(number) \(token.fence)")
        await decide(number, token, next(10))
      }
    }
  }

  private func decide(_ number: Int, _ token: ClaimToken, _ die: Int) async {
    do {
      switch die {
      case 0: return  // Held until the process is killed.
      case 1...5:
        try await store.abandon(token)
        Output.line("abandoned \(number) \(token.fence)")
      default:
        Output.line("completing \(number) \(token.fence)")
        try await store.complete(token, result: Probe.result(number, fence: token.fence))
        Output.line("completed \(number) \(token.fence)")
      }
    } catch {
      Output.wrong("key \(number): \(error)")
    }
  }
}
