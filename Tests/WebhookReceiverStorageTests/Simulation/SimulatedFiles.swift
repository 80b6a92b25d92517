import Dispatch
import Synchronization
import WebhookReceiverStorage

/// A disk with a cache: it fails when told to, and forgets what was not synced when power fails.
///
/// Contents and names become durable separately, as they do on a real one.
final class SimulatedFiles: StoreFiles {
  /// How a call fails.
  enum Fault: CaseIterable, Sendable {
    case inputOutput
    case noSpace
    /// A write leaves half of what it was given; other calls do what they are asked, and fail.
    case half
  }

  struct State: Sendable {
    /// By number: what a program would read, and what a power cut leaves.
    var contents: [Int: [UInt8]] = [:]
    var durableContents: [Int: [UInt8]] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var locked: Set<String> = []
    var nextFile = 0
    var calls = 0
    var synchronizations = 0
    var failingCall: Int?
    var failedOperation: Substring?
    var fault = Fault.inputOutput
    var folder = ""
  }

  let state = Mutex(State())
  /// While it is set, a sync waits for it.
  fileprivate let gate = Mutex<Gate?>(nil)

  struct Gate: Sendable {
    let entered = DispatchSemaphore(value: 0)
    let leave = DispatchSemaphore(value: 0)

    /// Lets other tasks run until the store's thread stands at the gate.
    func waitUntilEntered() async {
      while !isEntered() { await Task.yield() }
    }

    private func isEntered() -> Bool { entered.wait(timeout: .now()) == .success }
  }

  /// The next sync waits, and all after it.
  func holdSynchronizations() -> Gate {
    let gate = Gate()
    self.gate.withLock { $0 = gate }
    return gate
  }

  /// Lets the sync that waits go on, and all after it.
  func release(_ gate: Gate) {
    self.gate.withLock { $0 = nil }
    gate.leave.signal()
  }

  /// Counts a call; throws when it is the one that is to fail.
  fileprivate func count(
    _ operation: String,
    halfway: (inout State) -> Void = { _ in }
  ) throws(StoreFilesError) {
    let fault: Fault? = state.withLock { state in
      state.calls += 1
      guard state.calls == state.failingCall else { return nil }
      state.failedOperation = operation.prefix { $0 != " " }
      if state.fault == .half { halfway(&state) }
      return state.fault
    }
    switch fault {
    case nil: return
    case .inputOutput: throw StoreFilesError(operation, reason: "Input/output error")
    case .noSpace, .half: throw StoreFilesError(operation, reason: "No space left on device")
    }
  }

  func lock(_ path: String) throws(StoreFilesError) -> (any StoreFile)? {
    try count("lock \(path)")
    guard path.hasPrefix(state.withLock { $0.folder }) else {
      throw StoreFilesError("open \(path)", kind: .notThere, reason: "No such file or directory")
    }
    let isTaken = state.withLock { !$0.locked.insert(path).inserted }
    return isTaken ? nil : SimulatedLock(files: self, path: path)
  }

  func create(_ path: String) throws(StoreFilesError) -> any StoreFile {
    try count("create \(path)")
    let number = state.withLock { state -> Int? in
      guard state.names[path] == nil else { return nil }
      state.nextFile += 1
      state.names[path] = state.nextFile
      state.contents[state.nextFile] = []
      return state.nextFile
    }
    guard let number else { throw StoreFilesError("create \(path)", reason: "File exists") }
    return SimulatedFile(files: self, number: number)
  }

  func read(_ path: String, bytesMax: Int) throws(StoreFilesError) -> [UInt8]? {
    try count("read \(path)")
    return contents(of: path)
  }

  func rename(_ from: String, to: String) throws(StoreFilesError) {
    let move = { (state: inout State) in
      state.names[to] = state.names[from]
      state.names[from] = nil
    }
    try count("rename \(from)", halfway: move)
    state.withLock { move(&$0) }
  }

  func remove(_ path: String) throws(StoreFilesError) {
    try count("remove \(path)")
    state.withLock { $0.names[path] = nil }
  }

  func synchronizeDirectory(_ path: String) throws(StoreFilesError) {
    let keep = { (state: inout State) in state.durableNames = state.names }
    try count("fsync \(path)", halfway: keep)
    state.withLock { keep(&$0) }
  }

  // MARK: What tests do to it

  func contents(of path: String) -> [UInt8]? {
    state.withLock { state in state.names[path].flatMap { state.contents[$0] } }
  }

  /// Puts a file there, durably.
  func put(_ bytes: [UInt8], at path: String) {
    state.withLock { state in
      state.nextFile += 1
      state.contents[state.nextFile] = bytes
      state.durableContents[state.nextFile] = bytes
      state.names[path] = state.nextFile
      state.durableNames[path] = state.nextFile
    }
  }

  func fail(call: Int?, _ fault: Fault = .inputOutput) {
    state.withLock { state in
      state.failingCall = call.map { state.calls + $0 }
      state.fault = fault
    }
  }

  /// The first word of what was made to fail.
  var failedOperation: Substring? { state.withLock { $0.failedOperation } }
  var calls: Int { state.withLock { $0.calls } }
  var synchronizations: Int { state.withLock { $0.synchronizations } }

  /// The machine as it starts again after a power cut: of each file what was durable, and of the
  /// rest, sector by sector, what the generator says; names likewise, one by one, old or new.
  func afterPowerCut(_ generator: inout some RandomNumberGenerator) -> SimulatedFiles {
    let before = state.withLock { $0 }
    let after = SimulatedFiles()
    for path in Set(before.names.keys).union(before.durableNames.keys).sorted() {
      let isNew = Bool.random(using: &generator)
      guard let file = isNew ? before.names[path] : before.durableNames[path] else { continue }
      let durable = before.durableContents[file] ?? []
      var bytes = before.contents[file] ?? []
      // The length may be durable and the bytes not, or neither.
      if Bool.random(using: &generator), bytes.count > durable.count {
        bytes.removeLast(Int.random(in: 0...(bytes.count - durable.count), using: &generator))
      }
      for sector in stride(from: durable.count / 512 * 512, to: bytes.count, by: 512)
      where Bool.random(using: &generator) {
        for index in max(sector, durable.count)..<min(sector + 512, bytes.count) {
          bytes[index] = 0
        }
      }
      after.put(bytes, at: path)
    }
    return after
  }

  /// The machine after `kill -9`: all that was written is there, and nobody holds a lock.
  func afterKill() -> SimulatedFiles {
    let before = state.withLock { $0 }
    let after = SimulatedFiles()
    for (path, file) in before.names { after.put(before.contents[file] ?? [], at: path) }
    return after
  }
}

private final class SimulatedLock: StoreFile {
  let files: SimulatedFiles
  let path: String

  init(files: SimulatedFiles, path: String) {
    self.files = files
    self.path = path
  }

  deinit { files.state.withLock { _ = $0.locked.remove(path) } }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreFilesError) {}
  func synchronize() throws(StoreFilesError) {}
}

private final class SimulatedFile: StoreFile {
  let files: SimulatedFiles
  let number: Int

  init(files: SimulatedFiles, number: Int) {
    self.files = files
    self.number = number
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreFilesError) {
    let number = number
    try files.count("write") { state in
      state.contents[number]?.append(contentsOf: bytes.prefix(bytes.count / 2))
    }
    files.state.withLock { state in
      precondition(state.contents[number]?.count == offset, "it is only ever appended to")
      state.contents[number]?.append(contentsOf: bytes)
    }
  }

  func synchronize() throws(StoreFilesError) {
    let gate = files.gate.withLock { $0 }
    gate?.entered.signal()
    gate?.leave.wait()
    let number = number
    let keep = { (state: inout SimulatedFiles.State) in
      state.durableContents[number] = state.contents[number]
    }
    try files.count("fdatasync", halfway: keep)
    files.state.withLock { state in
      state.synchronizations += 1
      keep(&state)
    }
  }
}
