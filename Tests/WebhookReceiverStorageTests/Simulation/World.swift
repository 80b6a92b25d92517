import Synchronization
import WebhookReceiver
import WebhookReceiverStorage

/// The same numbers for the same seed, so that a failure can be run again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

func testKey(_ number: Int) -> IdempotencyKey {
  var digest = [UInt8](repeating: 0, count: IdempotencyKey.byteCount)
  for place in 0..<4 { digest[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
  return IdempotencyKey(digest: digest)
}

/// Two clocks that stand until a test moves them, together or apart.
final class TestClocks: Sendable {
  private let state = Mutex((elapsed: Duration.zero, wall: Int64(1_767_323_045_000_000)))

  var source: TimeSource {
    TimeSource(
      elapsed: { [self] in state.withLock { $0.elapsed } },
      wall: { [self] in state.withLock { $0.wall } }
    )
  }

  func pass(seconds: Int64) {
    state.withLock { state in
      state.elapsed += .seconds(seconds)
      state.wall += seconds * 1_000_000
    }
  }

  func stepWall(seconds: Int64) {
    state.withLock { $0.wall += seconds * 1_000_000 }
  }
}

/// What a test opens stores with: small bounds, a simulated disk, clocks that stand.
struct World: Sendable {
  static let path = "/store/keys"

  var files = SimulatedFiles()
  var clocks = TestClocks()
  var configuration = FileIdempotencyStore.Configuration()
  var tuning = Tuning()

  init() {
    configuration.entriesMax = 3
    configuration.resultBytesMax = 10
    configuration.lifetime = .seconds(100)
    configuration.claimLifetime = .seconds(10)
    tuning.fenceStep = 8
  }

  func open() async throws(FileIdempotencyStore.OpenError) -> FileIdempotencyStore {
    try await FileIdempotencyStore.open(
      path: Self.path,
      configuration: configuration,
      tuning: tuning,
      files: files,
      source: clocks.source
    )
  }

  /// Closes a store and opens it again.
  func reopen(_ store: FileIdempotencyStore) async throws -> FileIdempotencyStore {
    await store.close()
    return try await open()
  }
}

struct NotFree: Error {
  let claim: Claim
}

extension IdempotencyStore {
  /// The token of a key that must be free.
  func token(_ number: Int) async throws -> ClaimToken {
    let claim = try await claim(testKey(number))
    guard case .claimed(let token) = claim else { throw NotFree(claim: claim) }
    return token
  }

  func finish(_ number: Int, result: [UInt8]) async throws {
    try await complete(try await token(number), result: result)
  }
}

extension World {
  /// The same machine after `kill -9`.
  func killed() -> World {
    var world = self
    world.files = files.afterKill()
    return world
  }
}
