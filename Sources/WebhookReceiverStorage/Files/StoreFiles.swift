/// What a store needs of the world, and all that it may use.
///
/// Two conformers: real files, and a simulated disk in the tests. Only the store's own thread
/// calls them.
package protocol StoreFiles: Sendable {
  /// Takes the exclusive lock on a file for the life of what is returned; nil when it is taken.
  func lock(_ path: String) throws(StoreFilesError) -> (any StoreFile)?
  /// Makes an empty file that only its owner may use; fails when there is one.
  func create(_ path: String) throws(StoreFilesError) -> any StoreFile
  /// Reads a whole file; nil when it is not there; fails when it is longer than `bytesMax`.
  func read(_ path: String, bytesMax: Int) throws(StoreFilesError) -> [UInt8]?
  func rename(_ from: String, to: String) throws(StoreFilesError)
  /// Removes a file, unless it is not there.
  func remove(_ path: String) throws(StoreFilesError)
  /// Makes the names of a folder durable.
  func synchronizeDirectory(_ path: String) throws(StoreFilesError)
}

/// An open file, closed when the last reference is gone.
package protocol StoreFile: AnyObject, Sendable {
  /// Writes all of it, or fails with an unknown part of it written.
  func write(_ bytes: [UInt8], at offset: Int) throws(StoreFilesError)
  /// What was written is durable when it returns, the length of the file included.
  ///
  /// An error is final for this file: what the kernel holds is no longer what the disk holds, and
  /// a second call would say that all is well.
  func synchronize() throws(StoreFilesError)
}

/// An operation that failed.
package struct StoreFilesError: Error, Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case notThere
    case other
  }

  /// What was tried, in words, with the path.
  package let operation: String
  package let kind: Kind
  /// What the system says, in words.
  package let reason: String

  package init(_ operation: String, kind: Kind = .other, reason: String) {
    self.operation = operation
    self.kind = kind
    self.reason = reason
  }
}
