import Foundation

/// The files of this repository, as the tidy tests see them.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// What is built, fetched or recorded, and not written by hand.
  private static let skipped: Set<String> = [".build", ".git", "webhook-sidecar-data", "Fixtures"]

  /// Every file below `folder` with one of `extensions`, as paths from the root.
  static func files(
    under folder: String = "",
    extensions: Set<String>
  ) -> [String] {
    let start = folder.isEmpty ? root : root.appending(path: folder)
    let prefix = root.path + "/"
    guard
      let walk = FileManager.default.enumerator(
        at: start,
        includingPropertiesForKeys: [.isDirectoryKey]
      )
    else { return [] }
    var found: [String] = []
    for case let url as URL in walk {
      if isSkipped(url.lastPathComponent) {
        walk.skipDescendants()
      } else if extensions.contains(url.pathExtension), url.path.hasPrefix(prefix) {
        found.append(String(url.path.dropFirst(prefix.count)))
      }
    }
    return found.sorted()
  }

  private static func isSkipped(_ name: String) -> Bool {
    // A build folder may carry the name of its sanitizer.
    skipped.contains(name) || name.hasPrefix(".build")
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func lines(_ path: String) throws -> [String] {
    var lines = try text(path).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// The names of the folders in `folder`.
  static func folders(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      at: root.appending(path: folder),
      includingPropertiesForKeys: [.isDirectoryKey]
    )
    .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
    .map(\.lastPathComponent)
    .sorted()
  }
}
