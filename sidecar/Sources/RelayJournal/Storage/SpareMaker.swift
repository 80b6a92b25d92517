internal import RelaySystem
internal import Synchronization

/// Makes the next segment's file ahead of time: allocated, filled with zeros, synced.
///
/// Appending into it then costs one data write and one flush, and cannot run out of space.
///
/// Every spare has a name that was never used before: one that was taken and not yet renamed can
/// never be overwritten by the next one, nor by a maker that outlived its journal.
final class SpareMaker: Sendable {
  /// Zeros per write: large enough to be quick, small enough not to hold the disk.
  private static let stepBytes = 256 << 10
  /// Between two writes in the background: about 100 MB/s, which commits do not feel.
  private static let stepPauseMilliseconds: Int32 = 2
  /// How long to wait before looking for space again.
  private static let retryMilliseconds: Int32 = 500
  private static let prefix = "spare-"
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
    var isStopping = false
  }

  let storage: any Storage
  let directory: String
  let bytes: Int64
  private let reserveBytes: Int64
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
    let taken = state.withLock { state in
      defer { state.ready = nil }
      return state.ready
    }
    gate.ring()
    if let taken { return .success(taken) }
    // The maker may be working: whoever needs a spare now makes one here, or learns why not.
    do throws(SpareError) {
      return .success(try make(isUrgent: true))
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

  /// Keeps a spare ready.
  func offer(_ path: String) {
    state.withLock { state in
      state.ready = path
      state.shortage = nil
    }
  }

  /// Takes back one for which the directory had no room under a segment's name.
  func putBack(_ path: String, lackingName reason: String) {
    state.withLock { state in
      state.ready = path
      state.nameShortage = reason
    }
    gate.ring()
  }

  /// Looks whether a file can have a segment's name again; nobody comes to try while all are told
  /// that the disk is full.
  private func lookForName() {
    guard state.withLock({ $0.nameShortage != nil }) else { return }
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
  private var hasRecyclable: Bool {
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

  /// Makes one where none is ready, without pauses; without space the thread goes on looking.
  func prepareNow() {
    guard !hasSpare, let path = try? make(isUrgent: true) else { return }
    offer(path)
  }

  private func prepare() {
    // Without space there is nothing to do but to look again; whoever needs one learns the reason.
    guard let path = try? make(isUrgent: false) else { return }
    offer(path)
  }

  private func note(shortage: String?) { state.withLock { $0.shortage = shortage } }

  /// Makes a file of zeros under a temporary name, and names it when it is whole.
  private func make(isUrgent: Bool) throws(SpareError) -> String {
    let stem = newName()
    do throws(SystemError) {
      let free = try storage.freeBytes(directory)
      guard free >= reserveBytes + bytes else {
        throw SystemError("keep \(reserveBytes) bytes free beside a new segment", Self.noSpace)
      }
      let file = try storage.open(stem + ".tmp")
      try fill(file, isUrgent: isUrgent)
      try storage.rename(stem + ".tmp", to: stem + ".seg")
      try storage.synchronizeDirectory(directory)
      note(shortage: nil)
      return stem + ".seg"
    } catch {
      try? storage.remove(stem + ".tmp")
      // Named, and its directory would not sync: the next attempt makes another one.
      try? storage.remove(stem + ".seg")
      note(shortage: error.code == Self.stopped ? nil : "\(error)")
      throw SpareError(reason: "\(error)")
    }
  }

  private func fill(_ file: any StorageFile, isUrgent: Bool) throws(SystemError) {
    try file.allocate(bytes)
    let zeros = [UInt8](repeating: 0, count: Self.stepBytes)
    var offset: Int64 = 0
    while offset < bytes, isUrgent || !(isStopping || hasRecyclable) {
      let count = Int(min(Int64(zeros.count), bytes - offset))
      try file.write(zeros.span.extracting(0..<count), at: offset)
      offset += Int64(count)
      guard !isUrgent else { continue }
      // Small syncs: one large one at the end would hold up a commit behind it.
      try file.synchronizeData()
      _ = pause.wait(timeoutMilliseconds: Self.stepPauseMilliseconds)
    }
    // Stopped, or a segment was retired meanwhile: its file is had for nothing.
    guard offset >= bytes else { throw SystemError("stopped while making a spare", Self.stopped) }
    try file.synchronize()
  }

  private static let noSpace: Int32 = 28
  /// As a call that was interrupted.
  private static let stopped: Int32 = 4
}

/// Why there is no spare.
struct SpareError: Error {
  let reason: String
}
