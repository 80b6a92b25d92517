internal import RelayCore
internal import WebhookReceiver

/// Texts about lists of a provider.
extension TextReader {
  static func headerName(_ text: String) throws(Mistake) -> String {
    guard RelayHeaderRules.isToken(text) else {
      throw Mistake(
        message: "\(quoted(text)) is not the name of a header",
        suggestion: "write one like X-Api-Key"
      )
    }
    return text
  }

  static func headerPrefix(_ text: String) throws(Mistake) -> String {
    guard text.utf8.count <= Limit.headerPrefixBytes,
      text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else {
      throw Mistake(
        message: "this cannot stand in a header",
        suggestion: "write at most \(Limit.headerPrefixBytes) printable characters of ASCII, like "
          + "\"Bearer \""
      )
    }
    return text
  }

  static func preset(_ text: String) throws(Mistake) -> String {
    let names = PollPreset.catalogue.map(\.name)
    guard !names.contains(text) else { return text }
    let list = names.joined(separator: ", ")
    throw Mistake(
      message: "\(quoted(text)) is not a preset of this version",
      suggestion: NearestKey.of(text, among: names).map { "did you mean \"\($0)\"?" }
        ?? "write one of \(list), or kind, request, paging, items and id"
    )
  }

  static func pointer(_ text: String) throws(Mistake) -> JSONPointer {
    do throws(JSONPointerError) {
      return try JSONPointer(text)
    } catch {
      throw Mistake(
        message: "\(quoted(text)) is not a JSON Pointer",
        suggestion: "write one like \"/data\", with a slash before every step"
      )
    }
  }

  static func template(_ text: String) throws(Mistake) -> ItemTemplate {
    guard text.utf8.count <= Limit.templateBytes else {
      throw Mistake(
        message: "this is longer than \(Limit.templateBytes) bytes",
        suggestion: "write a shorter one"
      )
    }
    do throws(ItemTemplateError) {
      return try ItemTemplate(text)
    } catch {
      throw Mistake(
        message: "\(quoted(text)) cannot be made of an item: \(reason(error))",
        suggestion: "write a JSON Pointer like \"/id\", or text with pointers in braces, like "
          + "\"{/type}.{/id}\""
      )
    }
  }

  private static func reason(_ error: ItemTemplateError) -> String {
    switch error {
    case .unbalanced: "a brace lacks its other one"
    case .noPointer: "it is the same for every item"
    case .tooManyPointers: "it names more than \(ItemTemplate.pointersMax) values"
    case .badPointer: "what is in braces is not a JSON Pointer"
    }
  }

  static func slot(_ text: String) throws(Mistake) -> PollSlot {
    let suggestion = "write a parameter of the query, header:NAME, or body:/POINTER"
    if text.hasPrefix("header:") {
      let name = String(text.dropFirst("header:".count))
      guard RelayHeaderRules.isToken(name) else {
        throw Mistake(
          message: "\(quoted(name)) is not the name of a header",
          suggestion: suggestion
        )
      }
      return .header(name)
    }
    if text.hasPrefix("body:") {
      let pointer = try pointer(String(text.dropFirst("body:".count)))
      guard !pointer.tokens.isEmpty else {
        throw Mistake(message: "the whole body is no place for a value", suggestion: suggestion)
      }
      return .body(pointer)
    }
    let name = text.hasPrefix("query:") ? String(text.dropFirst("query:".count)) : text
    guard (1...Limit.parameterBytes).contains(name.utf8.count),
      name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"&=#?/".utf8.contains($0) })
    else {
      throw Mistake(message: "\(quoted(text)) is no parameter", suggestion: suggestion)
    }
    return .query(name)
  }

  static func tokenPlace(_ text: String) throws(Mistake) -> TokenPaging.Place {
    if text.hasPrefix("header:") {
      return .header(try headerName(String(text.dropFirst("header:".count))))
    }
    return .pointer(try pointer(text))
  }

  /// The text itself: `offsetMinutes(ofZone:)` reads it.
  static func zone(_ text: String) throws(Mistake) -> String {
    guard offsetMinutes(ofZone: text) != nil else {
      throw Mistake(
        message: "\(quoted(text)) is not a zone",
        suggestion: "write what it is to UTC, like \"+09:00\""
      )
    }
    return text
  }

  static func offsetMinutes(ofZone text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
      bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
      let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)),
      (0...59).contains(minutes), hours >= 0
    else { return nil }
    let offset = hours * 60 + minutes
    guard offset <= TimeFormat.offsetMinutesMax else { return nil }
    return bytes[0] == UInt8(ascii: "-") ? -offset : offset
  }

  static func initial(_ text: String) throws(Mistake) -> CadenceRules.Initial {
    switch text {
    case "now": return .now
    case "earliest": return .earliest
    default:
      if let time = Timestamp(rfc3339: text) { return .since(time) }
      throw Mistake(
        message: "\(quoted(text)) is no beginning",
        suggestion: "write \"now\", \"earliest\", or a time like \"2026-01-31T00:00:00Z\""
      )
    }
  }

  static func advice(_ text: String) throws(Mistake) -> String {
    guard (1...Limit.adviceBytes).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else {
      throw Mistake(
        message: "this cannot be a line of the log",
        suggestion: "write 1 to \(Limit.adviceBytes) characters of ASCII on one line"
      )
    }
    return text
  }

  static func argument(_ text: String) throws(Mistake) -> String {
    guard (1...Limit.argumentBytes).contains(text.utf8.count), !text.utf8.contains(0) else {
      throw Mistake(
        message: "this cannot be an argument of a program",
        suggestion: "write 1 to \(Limit.argumentBytes) bytes"
      )
    }
    return text
  }
}
