import Glibc
import RelayCore
import RelayJournal
import RelayServer
import RelaySystem
import Synchronization
import Testing

/// The quarantine over a disk that fails at the n-th call of its file, once or from then on.
@Suite struct QuarantineFaultTests {
  private static let now = ElapsedClock.Reading(
    bootID: Array(repeating: 1, count: 16),
    bootNanoseconds: 1_000_000_000,
    wallMicroseconds: 1_700_000_000_000_000
  )

  private func entry(_ id: UInt64) -> QuarantineEntry {
    QuarantineEntry(
      summary: QuarantineEntry.Summary(
        id: id,
        receivedAt: Int64(id),
        elapsedSeconds: 0,
        windowSeconds: 1_000_000_000,
        bodyBytes: 9000,
        source: "a",
        address: "127.0.0.1",
        reason: "signature_mismatch",
        detail: ""
      ),
      contents: .init(
        method: [],
        target: [],
        headerBlock: [],
        body: Array(repeating: UInt8(truncatingIfNeeded: id), count: 9000)
      )
    )
  }

  /// What keeping, removing and keeping again leaves, by what each step said of itself.
  private func work(_ storage: FaultyStorage, _ path: String) throws -> Set<UInt64> {
    let file = try QuarantineFile.open(path, storage: storage, at: Self.now).file
    try file.grow(toBlocks: 13)
    var kept: [UInt64: Range<Int>] = [:]
    for id in UInt64(1)...4 { kept[id] = try? file.write(entry(id)) }
    for id in [UInt64(2), 3] {
      guard let blocks = kept[id], (try? file.erase(blocks)) != nil else { continue }
      kept[id] = nil
    }
    for id in UInt64(5)...6 { kept[id] = try? file.write(entry(id)) }
    try? file.synchronize(at: Self.now)
    #expect(file.isBroken == storage.failedFlush)
    // After a failed flush nothing is written any more.
    if file.isBroken { #expect(throws: SystemError.self) { _ = try file.write(entry(7)) } }
    for (id, blocks) in kept where !file.isBroken {
      #expect(try file.read(blocks) == entry(id))
    }
    return Set(kept.keys)
  }

  @Test func `whatever call fails, what is said to be kept is there, and removed is gone`() throws {
    var calls = 0
    for failing in 0... {
      let folder = "/tmp/quarantine-" + randomBytes(8).map { String($0, radix: 36) }.joined()
      try Directory.create(folder)
      defer { Directory.removeTree(folder) }
      let storage = FaultyStorage(failing: failing)
      let kept = try? work(storage, folder + "/quarantine")
      guard storage.hasFailed else {
        #expect(kept == [1, 4, 5, 6])
        break
      }
      calls += 1
      guard let kept, !storage.failedFlush else { continue }
      let found = try QuarantineFile.open(folder + "/quarantine", at: Self.now)
      #expect(Set(found.items.map(\.summary.id)) == kept, "call \(failing)")
    }
    #expect(calls > 10)
  }

  @Test func `an allocation that fails gives back what it took`() throws {
    let folder = "/tmp/quarantine-" + randomBytes(8).map { String($0, radix: 36) }.joined()
    try Directory.create(folder)
    defer { Directory.removeTree(folder) }
    let storage = FaultyStorage(failing: .max)
    let file = try QuarantineFile.open(folder + "/quarantine", storage: storage, at: Self.now).file
    try file.grow(toBlocks: 4)
    storage.failAllocations()
    #expect(throws: SystemError.self) { try file.grow(toBlocks: 1000) }
    let size = Int64(4 * QuarantineEntry.blockBytes)
    #expect(try File.open(folder + "/quarantine").size() == size)
    #expect(try file.write(entry(1)) != nil)
  }
}

/// Real files, of which one call fails.
private final class FaultyStorage: Storage {
  private struct State {
    var calls = 0
    var hasFailed = false
    var failedFlush = false
    var failsAllocations = false
  }

  private let base = FileStorage()
  private let failing: Int
  private let state = Mutex(State())

  init(failing: Int) { self.failing = failing }

  var hasFailed: Bool { state.withLock { $0.hasFailed } }
  var failedFlush: Bool { state.withLock { $0.failedFlush } }
  func failAllocations() { state.withLock { $0.failsAllocations = true } }

  /// Throws when it is the turn of the call that fails.
  fileprivate func count(isFlush: Bool = false) throws(SystemError) {
    let fails = state.withLock { state in
      defer { state.calls += 1 }
      guard state.calls == failing else { return false }
      state.hasFailed = true
      state.failedFlush = isFlush
      return true
    }
    if fails { throw SystemError("injected", EIO) }
  }

  fileprivate var failsAllocations: Bool { state.withLock { $0.failsAllocations } }

  func createDirectory(_ path: String) throws(SystemError) { try base.createDirectory(path) }
  func list(_ path: String) throws(SystemError) -> [String] { try base.list(path) }
  func open(_ path: String) throws(SystemError) -> any StorageFile {
    FaultyFile(try base.open(path), self)
  }
  func openForReading(_ path: String) throws(SystemError) -> any StorageFile {
    try base.openForReading(path)
  }
  func rename(_ from: String, to: String) throws(SystemError) { try base.rename(from, to: to) }
  func remove(_ path: String) throws(SystemError) { try base.remove(path) }
  func synchronizeDirectory(_ path: String) throws(SystemError) {
    try base.synchronizeDirectory(path)
  }
  func freeBytes(_ path: String) throws(SystemError) -> Int64 { try base.freeBytes(path) }
  func wallMicroseconds() -> Int64 { base.wallMicroseconds() }
  func randomBytes(_ count: Int) -> [UInt8] { base.randomBytes(count) }
  func lock(_ path: String) throws(SystemError) -> (any StorageFile)? { try base.lock(path) }
}

private final class FaultyFile: StorageFile {
  private let file: any StorageFile
  private let storage: FaultyStorage

  init(_ file: any StorageFile, _ storage: FaultyStorage) {
    self.file = file
    self.storage = storage
  }

  func size() throws(SystemError) -> Int64 { try file.size() }
  func linkedSize() throws(SystemError) -> Int64 { try file.linkedSize() }
  func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    try file.read(count, at: offset)
  }
  func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    try file.readDirect(count, at: offset)
  }
  func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    try storage.count()
    try file.write(bytes, at: offset)
  }
  func synchronizeData() throws(SystemError) {
    try storage.count(isFlush: true)
    try file.synchronizeData()
  }
  func synchronize() throws(SystemError) {
    try storage.count(isFlush: true)
    try file.synchronize()
  }
  func allocate(_ size: Int64) throws(SystemError) {
    if storage.failsAllocations {
      // As ext4 may: half of it is taken.
      try file.allocate(size / 2)
      throw SystemError("injected", ENOSPC)
    }
    try storage.count()
    try file.allocate(size)
  }
  func truncate(_ size: Int64) throws(SystemError) { try file.truncate(size) }
  func dropCache() { file.dropCache() }
}
