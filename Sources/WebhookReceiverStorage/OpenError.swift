extension FileIdempotencyStore {
  /// Why a store could not be opened; the keys that a file held are as they were.
  @nonexhaustive
  public enum OpenError: Error, Equatable, Sendable {
    /// Another process has it open, or another store in this one.
    case inUse(path: String)
    /// The folder in which the file should lie is not there.
    case noFolder(String)
    /// The file is no store's, or the disk lost a part of it that was durable.
    ///
    /// What a crash leaves of a last write is not that: it is cut off in silence, because nobody
    /// was told that it was done.
    case damaged(path: String, offset: Int)
    /// A later version of this library made the file.
    case unknownVersion(path: String, version: Int)
    /// The system refused something.
    case system(operation: String, reason: String)
  }
}

extension FileIdempotencyStore.OpenError: CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .inUse(let path):
      "\(path) is open already, in another process or in this one (\(KeyLog.lockPath(path)) is "
        + "locked); a store is for one process: stop the other, or close the store there first"
    case .noFolder(let folder):
      "there is no folder \(folder); make it, on a disk that outlives the process"
    case .damaged(let path, let offset):
      "\(path) is not what was written, from byte \(offset) on, and keys may be missing; restore "
        + "it from a backup, or move it away, after which events that were handled before can be "
        + "handled again"
    case .unknownVersion(let path, let version):
      "\(path) has format \(version), of a later version of this library, and this one reads "
        + "format \(KeyFileHeader.currentVersion); use the later version, or another path"
    case .system(let operation, let reason):
      "could not \(operation): \(reason); see to the rights, the space and the disk at that path"
    }
  }
}
