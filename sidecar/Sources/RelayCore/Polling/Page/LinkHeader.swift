/// Links of an answer (RFC 8288).
///
/// Commas, semicolons and quotes may stand inside of targets and of quoted values, so nothing is
/// split before it is read.
package struct LinkHeader: Equatable, Sendable {
  package let target: String
  /// In lower case; one link may have several.
  package let rels: [String]
  /// Names in lower case; the first of each counts.
  package let parameters: [String: String]

  /// An answer with more links than this is not meant for us.
  private static let linksMax = 32

  /// The links of all `Link` fields, in their order; what is no link ends its field.
  package static func all(in values: [String]) -> [LinkHeader] {
    var links: [LinkHeader] = []
    for value in values {
      var reader = Reader(rest: Array(value.utf8)[...])
      while links.count < linksMax, let link = reader.link() { links.append(link) }
    }
    return links
  }

  /// The first link of this relation that does not say that there is nothing behind it.
  ///
  /// `results="false"` is Sentry's way to say so.
  package static func next(_ rel: String, in values: [String]) -> String? {
    let wanted = rel.lowercased()
    return all(in: values)
      .first { $0.rels.contains(wanted) && $0.parameters["results"]?.lowercased() != "false" }?
      .target
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func link() -> LinkHeader? {
      skip { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
      guard rest.first == UInt8(ascii: "<"),
        let end = rest.firstIndex(of: UInt8(ascii: ">"))
      else { return nil }
      let target = Self.text(rest[(rest.startIndex + 1)..<end])
      rest = rest[(end + 1)...]
      var parameters: [String: String] = [:]
      while let (name, value) = parameter() {
        if parameters[name] == nil { parameters[name] = value }
      }
      let rels = (parameters["rel"] ?? "").lowercased().split { $0 == " " || $0 == "\t" }
      return LinkHeader(target: target, rels: rels.map(String.init), parameters: parameters)
    }

    /// `; name`, `; name=token` or `; name="quoted"`.
    private mutating func parameter() -> (String, String)? {
      skipBlanks()
      guard rest.first == UInt8(ascii: ";") else { return nil }
      rest.removeFirst()
      skipBlanks()
      let name = Self.text(take { $0 != UInt8(ascii: "=") && !Self.ends($0) }).lowercased()
      skipBlanks()
      guard rest.first == UInt8(ascii: "=") else { return (name, "") }
      rest.removeFirst()
      skipBlanks()
      if rest.first == UInt8(ascii: "\"") { return (name, quoted()) }
      return (name, Self.text(take { !Self.ends($0) }))
    }

    private mutating func quoted() -> String {
      rest.removeFirst()
      var bytes: [UInt8] = []
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\"") { break }
        if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
          bytes.append(next)
        } else {
          bytes.append(byte)
        }
      }
      return Self.text(bytes[...])
    }

    private static func ends(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") || byte == 0x20 || byte == 0x09
    }

    private mutating func skipBlanks() { skip { $0 == 0x20 || $0 == 0x09 } }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) { rest = rest.drop(while: isSkipped) }

    private mutating func take(_ isTaken: (UInt8) -> Bool) -> ArraySlice<UInt8> {
      let taken = rest.prefix(while: isTaken)
      rest = rest[taken.endIndex...]
      return taken
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
      String(decoding: bytes, as: UTF8.self)
    }
  }
}
