/// Polled events whose pushes may still come: evidence when they do not.
struct YoungEvents: Equatable, Sendable {
  /// More than any walk stores within a grace; older ones are believed to be pushed.
  private static let countMax = 4096

  private struct Waiting: Equatable {
    let happened: Duration
    let dueAt: Duration
  }

  private struct Evidence: Equatable {
    let sequence: UInt64
    let happened: Duration
  }

  /// What a late push says of its event.
  struct Late: Equatable {
    let wasEvidence: Bool
    /// In elapsed time; nil where it is not remembered.
    let happened: Duration?
  }

  private var waiting: [UInt64: Waiting] = [:]
  /// Those that have become evidence, oldest first.
  private var evidence: [Evidence] = []

  mutating func add(_ sequence: UInt64, happened: Duration, dueAt: Duration) {
    guard waiting.count < Self.countMax else { return }
    waiting[sequence] = Waiting(happened: happened, dueAt: dueAt)
  }

  mutating func add(evidence sequence: UInt64, happened: Duration) {
    if evidence.count >= Self.countMax { evidence.removeFirst(Self.countMax / 4) }
    evidence.append(Evidence(sequence: sequence, happened: happened))
  }

  /// An event was pushed after all.
  mutating func takeLate(_ sequence: UInt64) -> Late {
    if let young = waiting.removeValue(forKey: sequence) {
      return Late(wasEvidence: false, happened: young.happened)
    }
    guard let index = evidence.lastIndex(where: { $0.sequence == sequence }) else {
      return Late(wasEvidence: false, happened: nil)
    }
    return Late(wasEvidence: true, happened: evidence.remove(at: index).happened)
  }

  /// Makes evidence of those whose time is over, and says how many they are.
  mutating func overdue(at now: Duration) -> Int {
    guard let due = nextDue, due <= now else { return 0 }
    let old = waiting.filter { $0.value.dueAt <= now }.sorted { $0.key < $1.key }
    for (sequence, young) in old {
      waiting[sequence] = nil
      add(evidence: sequence, happened: young.happened)
    }
    return old.count
  }

  var nextDue: Duration? { waiting.values.map(\.dueAt).min() }
}
