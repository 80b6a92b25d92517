import Foundation
import RelayServer
import Testing

@Suite("API routes") struct APIRouteTests {
  /// The paths of the document, each with its methods, read without a YAML parser: the document is
  /// ours, and its indentation is checked by the reader of its schemas.
  static func documented() throws -> [String: Set<String>] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "sidecar/openapi.yaml"),
      encoding: .utf8
    )
    var routes: [String: Set<String>] = [:]
    var path: String?
    var isInPaths = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if !line.hasPrefix(" "), !line.isEmpty { isInPaths = line.hasPrefix("paths:") }
      guard isInPaths else { continue }
      if line.hasPrefix("  /"), line.hasSuffix(":") {
        path = String(line.dropFirst(2).dropLast())
        if let path { routes[path] = [] }
      } else if line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":"), let path {
        let method = line.dropFirst(4).dropLast().uppercased()
        if ["GET", "PUT", "POST", "DELETE"].contains(method) { routes[path]?.insert(method) }
      }
    }
    return routes
  }

  @Test func `what is served is what the document describes`() throws {
    let documented = try Self.documented()
    var served: [String: Set<String>] = [:]
    for route in APIRoute.all { served[route.template] = Set(route.methods) }
    #expect(!documented.isEmpty)
    #expect(served == documented)
  }
}
