import Glibc
import RelayJournal
import RelaySystem
import Synchronization

/// A fault that a run is given: one of them, at one call.
enum Fault: Sendable, Equatable {
  /// The power goes away in the n-th call that changes anything: what it does may be half done.
  case powerOff(atChange: Int)
  /// The n-th call that changes anything fails; the calls after it work.
  case failure(atChange: Int, code: Int32)
  /// The n-th read fails.
  case failedRead(at: Int, code: Int32)
}

/// The journal's seam over a `DiskModel`, with faults.
final class SimulatedStorage: Storage {
  struct State {
    var disk: DiskModel
    var fault: Fault?
    var changes = 0
    var reads = 0
    var synchronizations = 0
    var isOff = false
    var locked: Set<String> = []
    var freeBytes: Int64 = 1 << 40
    /// First bytes of blocks that the device does not give, by file, and what it says instead.
    var unreadable: [Int: (blocks: Set<Int>, code: Int32)] = [:]
    /// No file of this folder can be made.
    var closedFolder: String?
    /// Stands still: what is written does not depend on how often the clock is read.
    var wallMicroseconds: Int64 = 1_700_000_100_000_000
    var random: SeededGenerator
  }

  private let state: Mutex<State>
  // SAFETY: set and called by the one thread of a test that sets it.
  nonisolated(unsafe) private var beforeRead: ((_ node: Int, _ count: Int) -> Void)?

  /// `seed` is for what the journal itself leaves to chance.
  init(_ disk: DiskModel = DiskModel(), fault: Fault? = nil, seed: UInt64 = .random(in: 0...(.max)))
  {
    state = Mutex(State(disk: disk, fault: fault, random: SeededGenerator(seed: seed)))
  }

  func with<Value>(_ body: (inout State) -> sending Value) -> sending Value {
    state.withLock { body(&$0) }
  }

  var disk: DiskModel { with { $0.disk } }
  var changes: Int { with { $0.changes } }
  var isOff: Bool { with { $0.isOff } }

  func advanceClock(seconds: Int64) {
    state.withLock { $0.wallMicroseconds += seconds * 1_000_000 }
  }

  /// Has something happen before each read of a file.
  func setBeforeRead(_ body: ((_ node: Int, _ count: Int) -> Void)?) { unsafe beforeRead = body }

  fileprivate func willRead(_ node: Int, _ count: Int) { unsafe beforeRead?(node, count) }

  // MARK: Storage

  func createDirectory(_ path: String) throws(SystemError) {
    try change("mkdir") { $0.disk.makeFolder(path) }
  }

  func list(_ path: String) throws(SystemError) -> [String] {
    try read("list") { $0.disk.list(path) }
  }

  func open(_ path: String) throws(SystemError) -> any StorageFile {
    if let node = try read("open", { $0.disk.node(path) }) { return SimulatedFile(self, node) }
    if let folder = with({ $0.closedFolder }), path.hasPrefix(folder + "/") {
      throw SystemError("create \(path)", ENOSPC)
    }
    var node = 0
    try change("create") { node = $0.disk.create(path) }
    return SimulatedFile(self, node)
  }

  func openForReading(_ path: String) throws(SystemError) -> any StorageFile {
    guard let node = try read("open", { $0.disk.node(path) }) else {
      throw SystemError("open \(path)", ENOENT)
    }
    return SimulatedFile(self, node)
  }

  func rename(_ from: String, to: String) throws(SystemError) {
    var isThere = true
    try change("rename") { isThere = $0.disk.rename(from, to: to) }
    if !isThere { throw SystemError("rename \(from)", ENOENT) }
  }

  func remove(_ path: String) throws(SystemError) {
    var isThere = true
    try change("remove") { isThere = $0.disk.remove(path) }
    if !isThere { throw SystemError("remove \(path)", ENOENT) }
  }

  func synchronizeDirectory(_ path: String) throws(SystemError) {
    try change("fsync \(path)") { $0.disk.synchronizeFolder(path) }
  }

  func freeBytes(_ path: String) throws(SystemError) -> Int64 {
    try read("statvfs") { $0.freeBytes }
  }

  func wallMicroseconds() -> Int64 { with { $0.wallMicroseconds } }

  func randomBytes(_ count: Int) -> [UInt8] { with { $0.random.bytes(count) } }

  func lock(_ path: String) throws(SystemError) -> (any StorageFile)? {
    guard with({ $0.locked.insert(path).inserted }) else { return nil }
    do throws(SystemError) {
      let file = try open(path)
      return SimulatedLock(self, path, file)
    } catch {
      unlock(path)
      throw error
    }
  }

  fileprivate func unlock(_ path: String) { with { _ = $0.locked.remove(path) } }

  // MARK: Faults

  /// Runs a call that changes the disk, unless the fault is due: then `partly` is done instead.
  fileprivate func change(
    _ call: String,
    partly: (inout State) -> Void = { _ in },
    _ body: (inout State) -> Void
  ) throws(SystemError) {
    let code: Int32? = state.withLock { state in
      if state.isOff { return EIO }
      state.changes += 1
      switch state.fault {
      case .powerOff(let number) where number == state.changes:
        partly(&state)
        state.isOff = true
        return EIO
      case .failure(let number, let code) where number == state.changes:
        partly(&state)
        return code
      default:
        body(&state)
        return nil
      }
    }
    if let code { throw SystemError(call, code) }
  }

  fileprivate func read<Value: Sendable>(
    _ call: String,
    _ body: (inout State) -> Value
  ) throws(SystemError) -> Value {
    let result: Result<Value, SystemError> = state.withLock { state in
      if state.isOff { return .failure(SystemError(call, EIO)) }
      state.reads += 1
      if case .failedRead(let number, let code) = state.fault, number == state.reads {
        return .failure(SystemError(call, code))
      }
      return .success(body(&state))
    }
    return try result.get()
  }
}

/// One open file of the simulated disk.
final class SimulatedFile: StorageFile {
  private let storage: SimulatedStorage
  private let node: Int

  init(_ storage: SimulatedStorage, _ node: Int) {
    self.storage = storage
    self.node = node
  }

  func size() throws(SystemError) -> Int64 {
    let node = node
    return try storage.read("fstat") { Int64($0.disk.size(node)) }
  }

  func linkedSize() throws(SystemError) -> Int64 {
    let node = node
    let size = try storage.read("fstat") { state in
      state.disk.names.values.contains(node) ? Int64(state.disk.size(node)) : nil
    }
    guard let size else { throw SystemError("fstat", ENOENT) }
    return size
  }

  func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    let node = node
    storage.willRead(node, count)
    try requireReadable(count, at: offset)
    return try storage.read("pread") { $0.disk.read(node, count, at: Int(offset)) }
  }

  func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    let node = node
    try requireReadable(count, at: offset)
    return try storage.read("pread") { $0.disk.readDirect(node, count, at: Int(offset)) }
  }

  private func requireReadable(_ count: Int, at offset: Int64) throws(SystemError) {
    let (node, range) = (node, Int(offset)..<Int(offset) + count)
    let code: Int32? = storage.with { state in
      guard let found = state.unreadable[node],
        found.blocks.contains(where: { range.overlaps($0..<$0 + 4096) })
      else { return nil }
      return found.code
    }
    if let code { throw SystemError("pread", code) }
  }

  func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    // SAFETY: the buffer is copied inside the closure.
    let copy = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    let node = node
    let half = Array(copy.prefix(copy.count / 2))
    // A write that fails may have written a part; one that the power cut ended, all of it.
    let isSecond = offset % 8192 == 0
    let partial = isSecond ? copy : half
    try storage.change("pwrite", partly: { $0.disk.write(node, partial, at: Int(offset)) }) {
      $0.disk.write(node, copy, at: Int(offset))
    }
  }

  func synchronizeData() throws(SystemError) { try synchronizeAll("fdatasync") }

  func synchronize() throws(SystemError) { try synchronizeAll("fsync") }

  private func synchronizeAll(_ call: String) throws(SystemError) {
    let node = node
    try storage.change(
      call,
      // A power cut leaves the pages dirty; a failure makes the kernel forget them.
      partly: { state in
        if case .failure = state.fault { state.disk.failSynchronization(node) }
      }
    ) { state in
      state.synchronizations += 1
      state.disk.synchronize(node)
    }
  }

  func allocate(_ size: Int64) throws(SystemError) {
    let node = node
    try storage.change("fallocate") { state in
      state.disk.resize(node, max(state.disk.size(node), Int(size)))
    }
  }

  func truncate(_ size: Int64) throws(SystemError) {
    let node = node
    try storage.change("ftruncate") { $0.disk.resize(node, Int(size)) }
  }

  func dropCache() {
    let node = node
    storage.with { $0.disk.dropCache(node) }
  }
}

/// A lock that goes with its holder.
final class SimulatedLock: StorageFile {
  private let storage: SimulatedStorage
  private let path: String
  private let file: any StorageFile

  init(_ storage: SimulatedStorage, _ path: String, _ file: any StorageFile) {
    self.storage = storage
    self.path = path
    self.file = file
  }

  deinit { storage.unlock(path) }

  func size() throws(SystemError) -> Int64 { try file.size() }
  func linkedSize() throws(SystemError) -> Int64 { try file.linkedSize() }
  func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    try file.read(count, at: offset)
  }
  func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    try file.readDirect(count, at: offset)
  }
  func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    try file.write(bytes, at: offset)
  }
  func synchronizeData() throws(SystemError) { try file.synchronizeData() }
  func synchronize() throws(SystemError) { try file.synchronize() }
  func allocate(_ size: Int64) throws(SystemError) { try file.allocate(size) }
  func truncate(_ size: Int64) throws(SystemError) { try file.truncate(size) }
  func dropCache() {}
}
