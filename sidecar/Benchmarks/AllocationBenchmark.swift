internal import CAllocationCounter
internal import WebhookReceiver

/// How often a verification asks for memory, once everything is warm.
enum AllocationBenchmark {
  private static let calls = 1000

  /// Every profile that signs its body with a shared secret alone, by what it costs.
  static func counts() -> [(what: String, count: String)] {
    let body = [UInt8](repeating: 0x61, count: 1024)
    var counts =
      KeyedContext().map { context in
        [("bare keyed context of libcrypto", count { context.code(of: body) })]
      } ?? []
    for profile in Profile.catalogue {
      guard case .signature = profile.scheme, let subject = Subject(profile, bodyBytes: 1024)
      else { continue }
      counts.append((profile.id, count { subject.verify() }))
    }
    return counts
  }

  private static func count(_ body: () -> Void) -> String {
    for _ in 0..<100 { body() }
    let start = allocation_count()
    for _ in 0..<calls { body() }
    let count = Double(allocation_count() - start) / Double(calls)
    return count == 0 ? "0" : "\((count * 100).rounded() / 100)"
  }
}
