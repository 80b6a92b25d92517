/// How people name a profile: by its name in the catalogue, or by the file of their own.
///
///     stripe    file:acme.json    ./profiles/acme.json
package struct ProfileReference: Sendable {
  /// The file; nil: a name of the catalogue.
  package let path: String?

  /// Reads a name, `file:PATH`, or what can only be a path.
  package init(_ text: String) {
    let prefix = "file:"
    if text.hasPrefix(prefix) {
      path = String(text.dropFirst(prefix.count))
    } else {
      // Names of profiles hold neither.
      path = text.utf8.contains(UInt8(ascii: "/")) || text.hasSuffix(".json") ? text : nil
    }
  }
}
