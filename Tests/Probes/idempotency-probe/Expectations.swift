internal import WebhookReceiver
internal import WebhookReceiverStorage

/// What a store must say that was killed: lines of standard input.
///
///     fence FENCE         every fence is above it
///     done KEY FENCE      completed, by the claim of this fence
///     free KEY            not completed: it may be claimed
///     either KEY FENCE    the kill came while it was being completed
enum Expectations {
  /// Ends the process when something is not so; returns the fence that all others are above.
  static func check(_ store: FileIdempotencyStore) async -> UInt64 {
    var lastFence: UInt64 = 0
    var count = 0
    while let line = readLine() {
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().compactMap { UInt64($0) }
      guard let word = words.first, let first = numbers.first else {
        Output.wrong("expectation: \(line)")
      }
      if word == "fence" {
        lastFence = first
        continue
      }
      count += 1
      let number = Int(first)
      switch await claim(number, in: store) {
      case .done(let result):
        guard word != "free", let fence = Probe.fence(in: result, of: number),
          fence == numbers.last
        else { Output.wrong("done, expected \(line)") }
        Output.line("done \(number) \(fence)")
      case .inProgress: Output.wrong("in progress, expected \(line)")
      case .claimed(let token):
        guard word != "done" else { Output.wrong("forgotten, expected \(line)") }
        guard token.fence > lastFence else { Output.wrong("fence \(token.fence) for \(line)") }
        lastFence = token.fence
        Output.line("claimed \(number) \(token.fence)")
        do {
          try await store.abandon(token)
        } catch {
          Output.wrong("abandon: \(error)")
        }
      }
    }
    Output.line("checked \(count)")
    return lastFence
  }

  static func claim(_ number: Int, in store: FileIdempotencyStore) async -> Claim {
    do {
      return try await store.claim(Probe.key(number))
    } catch {
      Output.wrong("claim: \(error)")
    }
  }
}
