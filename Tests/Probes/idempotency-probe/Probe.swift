internal import Glibc
internal import WebhookReceiver
internal import WebhookReceiverStorage

/// Uses a file store until it is killed, and says each step when it is true.
///
///     idempotency-probe check PATH               expectations on standard input
///     idempotency-probe work PATH KEYS SEED      the same, and then works on keys 0 ..< KEYS
///
/// It prints a line for each step: `claimed KEY FENCE`, `completing KEY FENCE` ahead of the call
/// and `completed KEY FENCE` after it, `abandoned KEY FENCE`, `done KEY FENCE` for a key that was
/// done before, `busy KEY`; `open`, `checked COUNT` and `idle` in their place; and `wrong …` for
/// what must not be, after which it ends with 1.
@main
enum Probe {
  static func main() async {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, ["check", "work"].contains(arguments[1]) else {
      Output.line("usage: idempotency-probe check PATH | work PATH KEYS SEED")
      exit(2)
    }
    var configuration = FileIdempotencyStore.Configuration()
    configuration.claimLifetime = .seconds(3600)
    // Small, so that files are made anew and marks are written all the time.
    var tuning = Tuning()
    tuning.fileBytesMin = 2000
    tuning.fenceStep = 32
    let store: FileIdempotencyStore
    do {
      store = try await FileIdempotencyStore.open(
        path: arguments[2],
        configuration: configuration,
        tuning: tuning,
        files: RealFiles()
      )
    } catch {
      Output.line("wrong open: \(error)")
      exit(1)
    }
    Output.line("open")
    let fences = await Expectations.check(store)
    if arguments[1] == "work", arguments.count == 5, let keys = Int(arguments[3]),
      let seed = UInt64(arguments[4])
    {
      await Worker(store: store, keys: keys, fences: fences).run(seed: seed)
      Output.line("idle")
      while true { pause() }
    }
    await store.close()
  }

  static func key(_ number: Int) -> IdempotencyKey {
    var digest = [UInt8](repeating: 0, count: IdempotencyKey.byteCount)
    for place in 0..<8 { digest[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
    return IdempotencyKey(digest: digest)
  }

  /// What a key is completed with: whose it is, and by which claim.
  static func result(_ number: Int, fence: UInt64) -> [UInt8] {
    Array("\(number) \(fence)".utf8) + [UInt8](repeating: 0, count: number % 7 * 100)
  }

  /// The fence in a result; nil when it is not the key's.
  static func fence(in result: [UInt8], of number: Int) -> UInt64? {
    let text = String(decoding: result.prefix { $0 != 0 }, as: UTF8.self)
    let words = text.split(separator: " ")
    guard words.count == 2, Int(words[0]) == number, let fence = UInt64(words[1]),
      result == self.result(number, fence: fence)
    else { return nil }
    return fence
  }
}

enum Output {
  /// A line of one write, so that a kill leaves it whole or leaves it out.
  static func line(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // The pointer stays in the closure, and the count is the array's.
    let count = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
    if count != bytes.count { exit(3) }
  }

  static func wrong(_ text: String) -> Never {
    line("wrong \(text)")
    exit(1)
  }
}
