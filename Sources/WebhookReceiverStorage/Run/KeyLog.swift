/// The file of a store: appended to by one thread, and written anew when most of it is dead.
///
/// Beside the file lie `….lock` and, for moments, `….new`. The file itself is always whole: it is
/// made as `….new`, synced, and renamed. Until the rename the old file is the truth, after it the
/// new one, and both say the same; `….new` is never read. Nothing is ever appended to a file of
/// an earlier process, so what a crash has torn stays at an end.
///
/// It holds the lock for as long as it lives.
struct KeyLog: ~Copyable {
  /// One write while a file is made: bounds the memory that it takes.
  private static let pieceBytesMax = 1 << 20
  /// A store of the greatest configuration keeps below it: 2 × (2³⁰ bytes of results and 2²⁴ keys
  /// of 88 bytes), and what is appended before the file is made anew.
  private static let fileBytesMax = 8 << 30

  private let files: any StoreFiles
  private let path: String
  private let lock: any StoreFile
  private var file: any StoreFile
  /// The length of the file; all of it is durable.
  private(set) var byteCount: Int

  static func newPath(_ path: String) -> String { path + ".new" }
  static func lockPath(_ path: String) -> String { path + ".lock" }
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What the file of an earlier process says; nil when there is none.
  static func read(
    _ path: String,
    files: any StoreFiles
  ) throws(StoreFilesError) -> [UInt8]? {
    try files.read(path, bytesMax: fileBytesMax)
  }

  /// Makes the file of these records, in place of one that is there.
  init(
    _ records: [KeyRecord],
    at path: String,
    files: any StoreFiles,
    lock: any StoreFile
  ) throws(StoreFilesError) {
    self.files = files
    self.path = path
    self.lock = lock
    (file, byteCount) = try Self.make(records, at: path, files: files)
  }

  /// Returns when the records are durable; after an error the log must not be used again.
  mutating func append(_ records: [KeyRecord]) throws(StoreFilesError) {
    var bytes: [UInt8] = []
    for var record in records {
      record.durableEnd = UInt64(byteCount)
      record.encode(into: &bytes, at: byteCount + bytes.count)
    }
    try file.write(bytes, at: byteCount)
    try file.synchronize()
    byteCount += bytes.count
  }

  /// Makes the file anew of these records; after an error the log must not be used again.
  mutating func rewrite(_ records: [KeyRecord]) throws(StoreFilesError) {
    (file, byteCount) = try Self.make(records, at: path, files: files)
  }

  private static func make(
    _ records: [KeyRecord],
    at path: String,
    files: any StoreFiles
  ) throws(StoreFilesError) -> (any StoreFile, Int) {
    let newPath = newPath(path)
    try files.remove(newPath)
    let file = try files.create(newPath)
    let bornBytes = records.reduce(KeyFileHeader.byteCount) { $0 + $1.byteCount }
    var piece = KeyFileHeader(bornBytes: UInt64(bornBytes)).encoded()
    var written = 0
    for record in records {
      record.encode(into: &piece, at: written + piece.count)
      if piece.count >= pieceBytesMax {
        try file.write(piece, at: written)
        written += piece.count
        piece.removeAll(keepingCapacity: true)
      }
    }
    if !piece.isEmpty { try file.write(piece, at: written) }
    try file.synchronize()
    try files.rename(newPath, to: path)
    try files.synchronizeDirectory(directory(of: path))
    return (file, bornBytes)
  }
}
