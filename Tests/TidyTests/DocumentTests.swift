import Foundation
import Testing

@Suite("Tidy: the documents") struct DocumentTests {
  static let documents = Repository.files(extensions: ["md"])

  @Test(arguments: [
    "README.md", "LICENSE", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md",
    "docs/Architecture.md",
    "docs/Operations.md", "sidecar/openapi.yaml", "scripts/run", "scripts/test", ".ci/run",
  ])
  func `it is there and says something`(path: String) throws {
    #expect(try Repository.text(path).count > 40)
  }

  @Test(arguments: documents)
  func `every link within the repository leads somewhere`(document: String) throws {
    let text = try Repository.text(document)
    let folder = (document as NSString).deletingLastPathComponent
    for target in links(in: text) where !target.contains(":") && !target.hasPrefix("#") {
      let file = String(target.prefix { $0 != "#" })
      let path = folder.isEmpty ? file : "\(folder)/\(file)"
      #expect(Repository.exists(path), "\(document) links to \(target)")
    }
  }

  @Test(arguments: documents)
  func `every file that is named in code marks is there`(document: String) throws {
    let roots = ["Sources/", "sidecar/", "Tests/", "docs/", "scripts/", "samples/"]
    for part in try Repository.text(document).split(separator: "`") {
      let path = String(part)
      guard roots.contains(where: path.hasPrefix), !path.contains(where: { " *…<{\n".contains($0) })
      else { continue }
      #expect(Repository.exists(path), "\(document) names \(path)")
    }
  }

  @Test(arguments: ["scripts/run", "scripts/test", "scripts/count-tests", ".ci/run"])
  func `a script may be run`(path: String) {
    let file = Repository.root.appending(path: path).path
    #expect(FileManager.default.isExecutableFile(atPath: file))
  }

  private func links(in text: String) -> [String] {
    text.components(separatedBy: "](").dropFirst().compactMap {
      $0.split(separator: ")", maxSplits: 1, omittingEmptySubsequences: false).first
        .map(String.init)
    }
  }
}
