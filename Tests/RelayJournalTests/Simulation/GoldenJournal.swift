import RelaySystem

/// The journals in Fixtures/journals, each of one version.
///
/// The files are kept without the zeros at their ends, which are most of a segment: a file is
/// expanded to the size that its kind has (a segment's capacity stands at byte 80 of its header).
enum GoldenJournal {
  private static let root =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/Fixtures/journals/"

  static func committed(_ version: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let folder = root + version
    for name in try Directory.list(folder) {
      let path = folder + "/" + name
      if let names = try? Directory.list(path) {
        for inner in names {
          files[name + "/" + inner] = try readFile(path + "/" + inner, limit: 1 << 20)
        }
      } else {
        files[name] = try readFile(path, limit: 1 << 20)
      }
    }
    return files
  }

  static func expanded(_ version: String) throws -> DiskModel {
    expanded(try committed(version))
  }

  static func expanded(_ files: [String: [UInt8]]) -> DiskModel {
    var disk = DiskModel()
    for name in ["", "/log", "/state"] { disk.makeFolder("/disk/journal" + name) }
    for (name, bytes) in files {
      let path = "/disk/journal/" + name
      let node = disk.create(path)
      let capacity =
        name.hasSuffix(".seg") ? (0..<4).reduce(0) { $0 | Int(bytes[80 + $1]) << (8 * $1) } : 4096
      disk.write(node, bytes, at: 0)
      disk.resize(node, capacity)
      disk.synchronize(node)
    }
    for name in ["", "/log", "/state"] { disk.synchronizeFolder("/disk/journal" + name) }
    return disk
  }

  static func save(_ files: [String: [UInt8]], _ version: String) throws {
    for (name, bytes) in files {
      let path = root + version + "/" + name
      // Each folder on the way.
      for (index, byte) in path.utf8.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
        try Directory.create(String(decoding: path.utf8.prefix(index), as: UTF8.self))
      }
      try writeFileDurably(path, bytes)
    }
  }
}
