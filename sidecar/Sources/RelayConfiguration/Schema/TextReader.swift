internal import WebhookReceiver

/// Reads texts that have a form of their own.
enum TextReader {
  static func read(_ text: String, _ form: TextForm) throws(Mistake) -> Checked.Value {
    switch form {
    case .listenAddress: return .listenAddress(try ListenAddress(text))
    case .secret: return .secret(try secret(text))
    case .addressBlock: return .addressBlock(try addressBlock(text))
    case .proxy: return try proxy(text)
    case .path: return .text(try path(text))
    case .place: return .place(try place(text))
    case .scope: return .scope(try scope(text))
    case .name: return .text(try name(text))
    case .profile: return .profile(try profile(text))
    case .url: return .text(try url(text))
    case .parameter: return .text(try parameter(text))
    case .directory: return .text(try directory(text))
    case .contentType: return .text(try contentType(text))
    case .outboundURL: return .url(try outboundURL(text))
    case .ordering: return .ordering(try ordering(text))
    case .headerValue: return .text(try headerValue(text))
    case .file: return .text(try file(text))
    case .target: return .text(try target(text))
    case .headerName: return .text(try headerName(text))
    case .headerPrefix: return .text(try headerPrefix(text))
    case .preset: return .text(try preset(text))
    case .pointer: return .pointer(try pointer(text))
    case .template: return .template(try template(text))
    case .slot: return .slot(try slot(text))
    case .tokenPlace: return .tokenPlace(try tokenPlace(text))
    case .zone: return .text(try zone(text))
    case .initial: return .initial(try initial(text))
    case .argument: return .text(try argument(text))
    case .advice: return .text(try advice(text))
    case .replyBody:
      guard text.utf8.count <= Limit.replyBodyBytes else {
        throw Mistake(
          message: "the body has \(text.utf8.count) bytes; it may have \(Limit.replyBodyBytes)",
          suggestion: "write a shorter one; providers read the status"
        )
      }
      return .text(text)
    }
  }

  private static func secret(_ text: String) throws(Mistake) -> SecretReference {
    guard text.utf8.count <= Limit.referenceBytes else {
      throw Mistake(
        message: "this is longer than \(Limit.referenceBytes) bytes",
        suggestion: "write env:NAME or file:PATH"
      )
    }
    do throws(SecretReferenceError) {
      return try SecretReference(text)
    } catch {
      throw Mistake(message: error.message, suggestion: error.suggestion)
    }
  }

  private static func addressBlock(_ text: String) throws(Mistake) -> AddressBlock {
    do throws(AddressBlockError) {
      return try AddressBlock(text)
    } catch {
      switch error {
      case .notAnAddress:
        throw Mistake(
          message: "\(quoted(text)) is not an address block",
          suggestion: "write one like \"192.0.2.0/24\" or \"2001:db8::/32\""
        )
      case .prefixOutOfRange(_, let max):
        throw Mistake(
          message: "the length in \(quoted(text)) is not a number from 0 to \(max)",
          suggestion: "write how many leading bits the block shares"
        )
      case .hostBitsSet(_, let block):
        throw Mistake(
          message: "\(quoted(text)) has bits behind its prefix",
          suggestion: "write \"\(block)\" for the block, or the address alone for it alone"
        )
      }
    }
  }

  /// Compared with the raw bytes of a request, so it must be what a client can send.
  private static func path(_ text: String) throws(Mistake) -> String {
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw Mistake(
        message: "\(quoted(text)) does not begin with /",
        suggestion: text.contains("://")
          ? "write the path of the URL alone" : "write \(quoted("/" + text))"
      )
    }
    guard text.utf8.count <= Limit.pathBytes else {
      throw Mistake(
        message: "the path is longer than \(Limit.pathBytes) bytes",
        suggestion: "write a shorter one"
      )
    }
    if let end = text.firstIndex(where: { $0 == "?" || $0 == "#" }) {
      throw Mistake(
        message: "a path has no \(text[end] == "?" ? "query" : "fragment")",
        suggestion: "write \(quoted(String(text[..<end]))); any query is accepted"
      )
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Mistake(
        message: "the path has a blank or a character that is not ASCII",
        suggestion: "write it as the provider sends it, like %20 for a blank"
      )
    }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    guard !segments.contains("."), !segments.contains("..") else {
      throw Mistake(
        message: "clients resolve . and .. in a path before they send it",
        suggestion: "write the path that they mean"
      )
    }
    return text
  }

  private static func place(_ text: String) throws(Mistake) -> Profile.Place {
    let suggestion = "write header:NAME, or json: and a JSON Pointer like json:/data/id"
    let place: Profile.Place
    do throws(PlaceError) {
      place = try Profile.Place(text)
    } catch {
      throw Mistake(message: error.description, suggestion: suggestion)
    }
    // What names several texts, or a part of a signature, would never yield an id.
    guard place.holdsID else {
      throw Mistake(message: "\(quoted(text)) holds no id of an event", suggestion: suggestion)
    }
    return place
  }

  private static func scope(_ text: String) throws(Mistake) -> Scope {
    if let scope = Scope(text) { return scope }
    let words = ["read", "operate", "metrics"]
    if text == "pull" || text.hasPrefix("pull:") {
      throw Mistake(
        message: "\(quoted(text)) names no consumer",
        suggestion: "write pull:NAME with a consumer's name of letters, digits, '.', '_' and '-'"
      )
    }
    throw Mistake(
      message: "\(quoted(text)) is not a scope",
      suggestion: NearestKey.of(text, among: words).map { "did you mean \"\($0)\"?" }
        ?? "write \"read\", \"operate\", \"metrics\" or \"pull:NAME\""
    )
  }

  private static func name(_ text: String) throws(Mistake) -> String {
    guard Names.isName(text) else {
      throw Mistake(
        message: "\(quoted(text)) is not a name",
        suggestion: "write letters, digits, '.', '_' and '-' only, at most \(Names.bytesMax)"
      )
    }
    return text
  }

  private static func profile(_ text: String) throws(Mistake) -> ProfileName {
    if let profile = Profile.named(text) { return .builtIn(profile) }
    if text.hasPrefix("file:"), let path = ProfileReference(text).path, !path.isEmpty {
      return .file(path)
    }
    if text.utf8.contains(UInt8(ascii: "/")) || text.hasSuffix(".json") {
      throw Mistake(
        message: "\(quoted(text)) is not a profile of this version",
        suggestion: "write \(quoted("file:" + text, charactersMax: Limit.pathCharacters)) if it is "
          + "the file of one of your own"
      )
    }
    let ids = Profile.catalogue.map(\.id)
    let nearest = NearestKey.of(text, among: ids).map { "did you mean \"\($0)\"? " } ?? ""
    throw Mistake(
      message: "\(quoted(text)) is not a profile of this version",
      suggestion: nearest + "write one that webhook-sidecar profiles lists, like "
        + "\"standard-webhooks\", or file:PATH for one of your own"
    )
  }

  private static func url(_ text: String) throws(Mistake) -> String {
    guard HTTPURL(text) != nil, !text.utf8.contains(UInt8(ascii: "?")) else {
      throw Mistake(
        message: "\(quoted(text)) is not the URL of an endpoint",
        suggestion: "write what the provider posts to, without a query, like "
          + "\"https://hooks.example.com/in/demo\""
      )
    }
    return text
  }

  private static func parameter(_ text: String) throws(Mistake) -> String {
    guard (1...Limit.parameterBytes).contains(text.utf8.count),
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else {
      throw Mistake(
        message: "this is empty, too long, or holds a control character",
        suggestion: "write 1 to \(Limit.parameterBytes) bytes, as the provider shows them"
      )
    }
    return text
  }

  private static func directory(_ text: String) throws(Mistake) -> String {
    guard !text.isEmpty, text.utf8.count <= Limit.directoryBytes, !text.utf8.contains(0) else {
      throw Mistake(
        message: "this is not a directory's path",
        suggestion: "write one of 1 to \(Limit.directoryBytes) bytes"
      )
    }
    return text
  }

  private static func contentType(_ text: String) throws(Mistake) -> String {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isPrintable = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    guard text.utf8.count <= Limit.contentTypeBytes, isPrintable, parts.count == 2,
      !parts[0].isEmpty, !parts[1].isEmpty, text.utf8.first != 0x20, text.utf8.last != 0x20
    else {
      throw Mistake(
        message: "\(quoted(text)) is not a content type",
        suggestion: "write one like \"application/json\""
      )
    }
    return text
  }
}
