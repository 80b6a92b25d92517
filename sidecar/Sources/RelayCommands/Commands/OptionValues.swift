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
    try Self.profile(named: try arguments.required("profile"))
  }

  static func profile(named name: String) throws(CommandFailure) -> Profile {
    if let profile = Profile.named(name) { return profile }
    let ids = Profile.catalogue.map(\.id)
    let hint = NearestName.hint(for: name, among: ids)
    throw .usage(
      "there is no profile \(TerminalText.safe(name))"
        + (hint.isEmpty ? "; there are \(ids.joined(separator: ", "))" : hint)
    )
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
  func secrets() throws(CommandFailure) -> [Secret] {
    let references = arguments.values("secret")
    var secrets: [Secret] = []
    for (index, reference) in references.enumerated() {
      secrets.append(try secret(reference, number: references.count > 1 ? index + 1 : nil))
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
  private func secret(_ reference: String, number: Int?) throws(CommandFailure) -> Secret {
    let name = number.map { "--secret number \($0)" } ?? "--secret"
    do {
      return try SecretReference(reference).resolve(surroundings.configurationEnvironment)
    } catch {
      throw .usage("\(name): \(error)")
    }
  }
}
