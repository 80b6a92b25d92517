internal import RelayConfiguration
internal import WebhookReceiver

/// The values of options that several commands share, read with one wording of their mistakes.
struct OptionValues {
  /// Larger bodies are refused by every sidecar's default, and by most providers long before.
  static let bodyBytesMax = RequestFile.bodyBytesMax
  /// A header value of ours; providers' ids are far shorter.
  static let headerTextMax = 256

  let arguments: ParsedArguments
  let surroundings: Surroundings

  init(_ arguments: ParsedArguments, _ surroundings: Surroundings) {
    self.arguments = arguments
    self.surroundings = surroundings
  }

  func profile() throws(CommandFailure) -> Profile {
    try Self.profile(named: try arguments.required("profile"), surroundings)
  }

  /// A profile of the catalogue by its name, or one of the user's own by its file.
  static func profile(
    named name: String,
    _ surroundings: Surroundings
  ) throws(CommandFailure) -> Profile {
    if let profile = Profile.named(name) { return profile }
    if let path = ProfileReference(name).path {
      let bytes = try surroundings.contents(
        of: path,
        limit: ProfileError.documentBytesMax,
        option: "the profile",
        allowsInput: false
      )
      do {
        let profile = try Profile(json: bytes)
        try profile.validate()
        return profile
      } catch {
        throw .usage("\(TerminalText.safe(path)): \(error)")
      }
    }
    throw .usage("there is no profile \(TerminalText.safe(name))\(profileHint(name))")
  }

  private static func profileHint(_ name: String) -> String {
    let ids = Profile.catalogue.map(\.id)
    let hint = NearestName.hint(for: name, among: ids)
    guard hint.isEmpty else { return hint }
    // Some providers have several schemes: twilio-form, twilio-json.
    let longer = ids.filter { $0.hasPrefix(name + "-") }
    guard longer.isEmpty else { return "; there are \(longer.joined(separator: ", "))" }
    return "; webhook-sidecar profiles lists them, and file:PATH is your own"
  }

  /// Settings that schemes ask for by name.
  func parameters() throws(CommandFailure) -> [String: String] {
    var parameters: [String: String] = [:]
    for text in arguments.values("parameter") {
      guard let mark = text.firstIndex(of: "="), mark > text.startIndex,
        parameters.updateValue(
          String(text[text.index(after: mark)...]),
          forKey: String(text[..<mark])
        ) == nil
      else {
        throw .usage("--parameter takes NAME=VALUE, each name once, like webhook_id=1JE1234")
      }
    }
    return parameters
  }

  /// The address of the endpoint as the provider knows it.
  func url() throws(CommandFailure) -> String? {
    guard let text = arguments.value("url") else { return nil }
    guard HTTPURL(text) != nil else {
      throw .usage(
        "--url takes the address that the provider posts to, like https://hooks.example.com/in"
      )
    }
    return text
  }

  /// The method that the provider uses.
  func method() throws(CommandFailure) -> String {
    let text = arguments.value("method") ?? "POST"
    guard (1...16).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
    else { throw .usage("--method takes a method in capitals, like POST") }
    return text
  }

  func body() throws(CommandFailure) -> [UInt8] {
    try surroundings.contents(
      of: try arguments.required("body"),
      limit: Self.bodyBytesMax,
      option: "--body",
      allowsInput: true
    )
  }

  /// Text that goes into a header: printable ASCII without a blank at either end.
  func headerText(_ option: String) throws(CommandFailure) -> String? {
    guard let text = arguments.value(option) else { return nil }
    let bytes = text.utf8
    guard bytes.count <= Self.headerTextMax, bytes.allSatisfy({ (0x20...0x7E).contains($0) }),
      bytes.first != 0x20, bytes.last != 0x20
    else {
      throw .usage(
        "--\(option) is a header value: at most \(Self.headerTextMax) printable ASCII characters,"
          + " no blank at either end"
      )
    }
    return text
  }

  func time(_ option: String) throws(CommandFailure) -> Timestamp? {
    guard let text = arguments.value(option) else { return nil }
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    let time = isNumber ? Timestamp(unixSeconds: text.utf8Span.span) : Timestamp(rfc3339: text)
    guard let time else {
      throw .usage("--\(option) takes seconds since 1970 or RFC 3339 like 2026-01-02T03:04:05Z")
    }
    return time
  }
}

extension OptionValues {
  /// The one secret of a command that signs.
  func secret() throws(CommandFailure) -> Secret {
    try secret(try arguments.required("secret"), number: nil)
  }

  /// The secrets of a command that verifies, in the order they are tried.
  func secrets(_ option: String = "secret") throws(CommandFailure) -> [Secret] {
    let references = arguments.values(option)
    var secrets: [Secret] = []
    for (index, reference) in references.enumerated() {
      let number = references.count > 1 ? index + 1 : nil
      secrets.append(try secret(reference, number: number, option: option))
    }
    return secrets
  }

  func duration(_ option: String) throws(CommandFailure) -> Duration? {
    guard let text = arguments.value(option) else { return nil }
    guard let duration = Duration(configurationText: text) else {
      throw .usage("--\(option) takes a duration: 250ms, 30s, 5m, 8h or 7d")
    }
    return duration
  }

  /// Messages name the reference's kind and what is wrong, never its text: people forget the
  /// `literal:` and type the secret itself.
  private func secret(
    _ reference: String,
    number: Int?,
    option: String = "secret"
  ) throws(CommandFailure) -> Secret {
    let name = number.map { "--\(option) number \($0)" } ?? "--\(option)"
    do {
      return try SecretReference(reference).resolve(surroundings.configurationEnvironment)
    } catch {
      throw .usage("\(name): \(error)")
    }
  }
}
