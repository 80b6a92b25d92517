internal import RelaySystem
internal import Synchronization

/// Makes the next segment's file ahead of time: allocated, filled with zeros, synced.
///
/// Appending into it then costs one data write and one flush, and cannot run out of space. Where it
/// is needed before it is there, the zeros are left out.
///
/// Every spare has a name that was never used before: one that was taken and not yet renamed can
/// never be overwritten by the next one, nor by a maker that outlived its journal.
final class SpareMaker: Sendable {
  /// How long to wait before looking for space again.
  private static let retryMilliseconds: Int32 = 500
  private static let nameRetryMilliseconds: Int32 = 10
  static let prefix = "spare-"
  /// A path so long has a name as long as a segment's.
  private var segmentNameBytes: Int { directory.utf8.count + 1 + SegmentName.bytes }

  private struct State {
    var ready: String?
    var made = 0
    /// Why the last attempt to make one failed.
    var shortage: String?
    /// Why the one that is ready could not get a segment's name.
    var nameShortage: String?
    /// Segments whose files are to be used again, or removed; oldest first.
    var retired: [String] = []
    /// The first of them could not be had at the last attempt.
    var isRetiredStuck = false
    /// Whether a thread does that; otherwise whoever asks does.
    var hasThread = false
    var pace = SparePace()
    var isStopping = false
  }

  let storage: any Storage
  let directory: String
  let bytes: Int64
  let reserveBytes: Int64
  private let epoch: UInt32
  let recycles: Bool
  private let state = Mutex(State())
  let gate = Gate()
  let pause = Gate()

  init(
    _ storage: any Storage,
    directory: String,
    bytes: Int64,
    reserveBytes: Int64,
    epoch: UInt32,
    recycles: Bool
  ) {
    self.storage = storage
    self.directory = directory
    self.bytes = bytes
    self.reserveBytes = reserveBytes
    self.epoch = epoch
    self.recycles = recycles
  }

  /// Takes over a whole spare that an earlier process left, and removes the other leftovers.
  ///
  /// So a start after a crash finds its segment even on a full disk, and no file is left behind.
  func adopt() throws(SystemError) {
    for name in try storage.list(directory) where name.hasPrefix(Self.prefix) {
      let path = directory + "/" + name
      let size = try storage.openForReading(path).size()
      let isKept = state.withLock { state in
        guard name.hasSuffix(".seg"), size == bytes, state.ready == nil else { return false }
        state.ready = path
        return true
      }
      if !isKept { try storage.remove(path) }
    }
  }

  /// The path of a spare, or why there is none.
  func take() -> Result<String, SpareError> {
    let (taken, hasThread) = state.withLock { state in
      defer { state.ready = nil }
      return (state.ready, state.hasThread)
    }
    gate.ring()
    if let taken { return .success(taken) }
    // The maker may be working: whoever needs a spare now makes one here, or learns why not.
    do throws(SpareError) {
      return .success(try make(hasThread ? .atOnce : .unpaced))
    } catch {
      return .failure(error)
    }
  }

  var hasSpare: Bool { state.withLock { $0.ready != nil } }

  /// There is no spare, and none can be made: the disk is full, or refuses.
  var lacksRoom: Bool { shortage != nil }

  /// Why that is.
  var shortage: String? { state.withLock { $0.ready == nil ? $0.shortage : $0.nameShortage } }
  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Works until stopped; runs on a thread of its own.
  func run() {
    state.withLock { $0.hasThread = true }
    while !isStopping {
      removeRetired(isUrgent: false)
      if !hasSpare { prepare() }
      lookForName()
      if !hasSpare, hasRecyclable { continue }
      let isDone = hasSpare && state.withLock { $0.retired.isEmpty && $0.nameShortage == nil }
      _ = gate.wait(timeoutMilliseconds: isDone ? nil : Self.retryMilliseconds)
    }
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    gate.ring()
  }

  /// A name that was never used before, without its ending.
  func newName() -> String {
    let number = state.withLock { state in
      state.made += 1
      return state.made
    }
    return "\(directory)/\(Self.prefix)\(epoch)-\(number)"
  }

  /// Keeps a spare ready; one that is too many goes.
  func offer(_ path: String) {
    state.withLock { $0.shortage = nil }
    keep(path)
  }

  private func keep(_ path: String) {
    let isKept = state.withLock { state in
      guard state.ready == nil else { return false }
      state.ready = path
      return true
    }
    if !isKept { try? storage.remove(path) }
  }

  /// A segment was begun with one.
  func noteBegun() {
    let now = SystemClock.monotonicNanoseconds()
    state.withLock { $0.pace.begin(at: now) }
  }

  /// Takes back one for which the directory had no room under a segment's name.
  func putBack(_ path: String, lackingName reason: String) {
    state.withLock { $0.nameShortage = reason }
    keep(path)
    gate.ring()
  }

  /// Looks whether a file can have a segment's name again; nobody comes to try while all are told
  /// that the disk is full.
  private func lookForName() {
    guard state.withLock({ $0.nameShortage != nil }) else { return }
    // Whoever was refused says so first.
    _ = pause.wait(timeoutMilliseconds: Self.nameRetryMilliseconds)
    let stem = newName()
    let path = stem + String(repeating: "0", count: max(0, segmentNameBytes - stem.count))
    guard (try? storage.open(path)) != nil else { return }
    try? storage.remove(path)
    state.withLock { $0.nameShortage = nil }
  }

  /// Returns whether a thread will see to them.
  func addRetired(_ paths: [String]) -> Bool {
    state.withLock { state in
      state.retired += paths
      return state.hasThread
    }
  }

  /// Whether a file can be had without filling one.
  var hasRecyclable: Bool {
    recycles && state.withLock { !$0.retired.isEmpty && !$0.isRetiredStuck }
  }

  func nextRetired() -> String? {
    state.withLock { state in
      state.isRetiredStuck = false
      return state.retired.isEmpty ? nil : state.retired.removeFirst()
    }
  }

  /// Keeps one for which the disk has refused something; those behind it wait, too.
  func putBackRetired(_ path: String) {
    state.withLock { state in
      state.retired.insert(path, at: 0)
      state.isRetiredStuck = true
    }
  }

  /// How long to rest before so many more steps, of which the last took so long.
  func rest(before steps: Int, of nanoseconds: Int64) -> Int32 {
    let pace = state.withLock { $0.pace }
    return pace.rest(before: steps, of: nanoseconds, at: SystemClock.monotonicNanoseconds())
  }

  func note(shortage: String?) { state.withLock { $0.shortage = shortage } }
}

/// Why there is no spare.
struct SpareError: Error {
  let reason: String
}
