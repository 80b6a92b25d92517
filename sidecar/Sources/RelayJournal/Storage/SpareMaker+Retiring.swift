internal import RelaySystem

/// What becomes of the files of removed segments (journal §6.6, §6.13).
extension SpareMaker {
  /// Bytes that a file is shortened by at once, and the pause between two steps: giving many
  /// blocks back in one go holds up the commits behind it.
  private static let shrinkBytes: Int64 = 2 << 20
  private static let shrinkPauseMilliseconds: Int32 = 4

  /// Takes the files of segments that nobody reads any more, oldest first.
  func retire(_ paths: [String]) {
    guard addRetired(paths) else { return removeRetired(isUrgent: true) }
    gate.ring()
  }

  /// Works through them; what cannot be removed now is removed at the next start.
  func removeRetired(isUrgent: Bool) {
    while let path = nextRetired(), isUrgent || !isStopping {
      do throws(SystemError) {
        if try !recycle(path) { try shrink(path, isUrgent: isUrgent) }
        try? storage.remove(SegmentIndex.path(ofSegment: path))
        // One by one, oldest first: a power cut must not leave a hole between two that remain.
        try storage.synchronizeDirectory(directory)
      } catch {
        // The ones behind it wait with it; readers see none of them any more.
        putBackRetired(path)
        return
      }
    }
  }

  /// Makes a spare of a whole segment, where none is ready: its blocks are there already, and what
  /// they hold is of another salt.
  private func recycle(_ path: String) throws(SystemError) -> Bool {
    guard recycles, !hasSpare else { return false }
    do throws(SystemError) {
      guard try storage.openForReading(path).size() == bytes else { return false }
    } catch {
      // Removed by hand, or by an attempt that failed behind it.
      guard error.isNotFound else { throw error }
      return true
    }
    let spare = newName() + ".seg"
    try storage.rename(path, to: spare)
    do throws(SystemError) {
      try storage.synchronizeDirectory(directory)
    } catch {
      // Not certain to be there after a power cut, and so no spare.
      try? storage.remove(spare)
      throw error
    }
    offer(spare)
    return true
  }

  private func shrink(_ path: String, isUrgent: Bool) throws(SystemError) {
    let file = try storage.open(path)
    var size = try file.size()
    while size > Self.shrinkBytes, !isUrgent, !isStopping {
      size -= Self.shrinkBytes
      try file.truncate(size)
      _ = pause.wait(timeoutMilliseconds: Self.shrinkPauseMilliseconds)
    }
    try storage.remove(path)
  }
}
