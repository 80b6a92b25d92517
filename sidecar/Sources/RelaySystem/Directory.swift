internal import CRelayLinux
internal import Glibc

/// Operations on names.
///
/// Paths cross to C as strings that live for the call only: that is the reason of each `unsafe`.
package enum Directory {
  /// Names of one folder, in bytes: far above what a journal has.
  private static let listBytesMax = 16 << 20

  /// Creates a folder that only its owner may enter, and the folders above it.
  package static func create(_ path: String) throws(SystemError) {
    var result = unsafe relay_make_directory(path, 0o700)
    if result == -ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try create(String(path[..<slash]))
      result = unsafe relay_make_directory(path, 0o700)
    }
    if result == -EEXIST { return }
    try checked("create the folder \(path)", result)
    // A folder whose own name is not durable can take everything in it along.
    let above = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    do throws(SystemError) {
      try synchronize(above.isEmpty ? "/" : above)
    } catch  where error.code == EACCES {
      // It may be written to and not be read; then only its owner can see to it.
    }
  }

  package static func list(_ path: String) throws(SystemError) -> [String] {
    var capacity = 64 << 10
    while true {
      var bytes = [UInt8](repeating: 0, count: capacity)
      var span = bytes.mutableSpan
      let count = unsafe relay_list(path, &span)
      if count == -Int(ENOBUFS), capacity < listBytesMax {
        capacity *= 4
        continue
      }
      guard count >= 0 else { throw SystemError("list \(path)", Int32(-count)) }
      return bytes[0..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        .sorted()
    }
  }

  /// Makes the names of a folder durable.
  package static func synchronize(_ path: String) throws(SystemError) {
    try checked("fsync \(path)", unsafe relay_sync_directory(path))
  }

  package static func rename(_ from: String, to: String) throws(SystemError) {
    try checked("rename \(from) to \(to)", unsafe relay_rename(from, to))
  }

  package static func remove(_ path: String) throws(SystemError) {
    try checked("remove \(path)", unsafe relay_remove(path))
  }

  /// Removes a folder and what is in it, as far as it can.
  package static func removeTree(_ path: String) {
    // A symbolic link goes here, before anything behind it could be listed.
    if unsafe relay_remove(path) == 0 { return }
    for name in (try? list(path)) ?? [] { removeTree(path + "/" + name) }
    _ = unsafe relay_remove(path)
  }

  /// Bytes that this user may still write.
  package static func freeBytes(_ path: String) throws(SystemError) -> Int64 {
    let free = unsafe relay_free_bytes(path)
    guard free >= 0 else { throw SystemError("free space of \(path)", Int32(-free)) }
    return free
  }
}

/// Reads a whole file of at most `limit` bytes.
package func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
  let file = try File.openForReading(path)
  // One byte more than allowed tells a file that is too large; /proc has no sizes to ask for.
  let bytes = try file.read(limit + 1, at: 0)
  guard bytes.count <= limit else { throw SystemError("read \(path): above \(limit) bytes", EFBIG) }
  return bytes
}

/// The permission bits of a regular file; nil for a pipe, say, and for what is not there.
package func filePermissions(_ path: String) -> UInt32? {
  // The path is a C string for the call only.
  let bits = unsafe relay_permissions(path)
  return bits >= 0 ? UInt32(bits) : nil
}

/// Writes a file so that after a crash it is there whole or not at all.
package func writeFileDurably(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
  let temporary = path + ".new"
  let file = try File.create(temporary)
  try file.truncate(0)
  try file.write(bytes.span, at: 0)
  try file.synchronize()
  try Directory.rename(temporary, to: path)
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  try Directory.synchronize(folder.isEmpty ? "/" : folder)
}

/// CRC-32C (Castagnoli), as iSCSI and ext4 use it.
package func crc32c(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 { relay_crc32c(seed, bytes) }
