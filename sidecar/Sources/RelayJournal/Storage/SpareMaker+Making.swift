internal import RelaySystem

/// Making a segment's file ahead of time.
extension SpareMaker {
  /// Zeros per write: large enough to be quick, small enough not to hold the disk.
  private static let stepBytes = 256 << 10

  enum Haste {
    /// In the background, in small steps.
    case paced
    /// With zeros, but without pauses: nobody else is at work.
    case unpaced
    /// Everybody waits: the room is there, but no zeros in it.
    ///
    /// 64 MiB of zeros take 170 ms, in which nothing is answered. Without them the file system
    /// notes with each append that blocks are in use now, as long as this one segment lasts; room
    /// for such notes is in what is kept free.
    case atOnce
  }

  /// Makes one where none is ready, without pauses; without space the thread goes on looking.
  func prepareNow() {
    guard !hasSpare, let path = try? make(.unpaced) else { return }
    offer(path)
  }

  func prepare() {
    // Without space there is nothing to do but to look again; whoever needs one learns the reason.
    guard let path = try? make(.paced) else { return }
    offer(path)
  }

  /// Makes a file under a temporary name, and names it when it is whole.
  func make(_ haste: Haste) throws(SpareError) -> String {
    let stem = newName()
    do throws(SystemError) {
      let free = try storage.freeBytes(directory)
      guard free >= reserveBytes + bytes else {
        throw SystemError("keep \(reserveBytes) bytes free beside a new segment", Self.noSpace)
      }
      let file = try storage.open(stem + ".tmp")
      try fill(file, haste)
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

  private func fill(_ file: any StorageFile, _ haste: Haste) throws(SystemError) {
    try file.allocate(bytes)
    if haste != .atOnce { try writeZeros(into: file, isPaced: haste == .paced) }
    try file.synchronize()
  }

  private func writeZeros(into file: any StorageFile, isPaced: Bool) throws(SystemError) {
    let zeros = [UInt8](repeating: 0, count: Self.stepBytes)
    var offset: Int64 = 0
    while offset < bytes, !isPaced || !(isStopping || hasRecyclable) {
      let began = SystemClock.monotonicNanoseconds()
      let count = Int(min(Int64(zeros.count), bytes - offset))
      try file.write(zeros.span.extracting(0..<count), at: offset)
      offset += Int64(count)
      guard isPaced else { continue }
      // Small syncs: one large one at the end would hold up a commit behind it.
      try file.synchronizeData()
      let steps = Int((bytes - offset) / Int64(Self.stepBytes))
      let milliseconds = rest(before: steps, of: SystemClock.monotonicNanoseconds() - began)
      if milliseconds > 0 { _ = pause.wait(timeoutMilliseconds: milliseconds) }
    }
    // Stopped, or a segment was retired meanwhile: its file is had for nothing.
    guard offset >= bytes else { throw SystemError("stopped while making a spare", Self.stopped) }
  }

  private static let noSpace: Int32 = 28
  /// As a call that was interrupted.
  private static let stopped: Int32 = 4
}
