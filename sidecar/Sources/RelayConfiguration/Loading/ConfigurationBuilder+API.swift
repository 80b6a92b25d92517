internal import WebhookReceiver

extension ConfigurationBuilder {
  func addresses(_ section: CheckedSection) -> [(address: ListenAddress, value: Checked)] {
    (section.list("listen") ?? []).compactMap { element in
      if case .listenAddress(let address) = element.value { (address, element) } else { nil }
    }
  }

  /// Two listeners on one address, and an API that anybody could use.
  mutating func checkListeners(_ root: CheckedSection) {
    let ingress = root.section("ingress").map(addresses) ?? []
    let api = root.section("api")
    let apiAddresses = api.map(addresses) ?? []
    var earlier: [(address: ListenAddress, value: Checked)] = []
    for listener in ingress + apiAddresses {
      if let other = earlier.first(where: { $0.address.overlaps(listener.address) }) {
        // A default is nowhere in the file: the one that is written is the place to look at.
        let place = listener.value.isWritten ? listener.value : other.value
        let against = listener.value.isWritten ? other : listener
        let isDefault = against.value.isWritten ? "" : " by default"
        problems.add(
          place.position,
          place.path,
          "overlaps \(against.value.path), which listens on \(against.address)\(isDefault)",
          "write another port or address"
        )
      }
      earlier.append(listener)
    }
    checkSharing(root)
    // Tokens that are written and refused are reported already.
    guard let api, case .list(_, writtenCount: 0)? = api.values["tokens"]?.value else { return }
    for listener in apiAddresses where !listener.address.isLocal {
      problems.add(
        listener.value.position,
        listener.value.path,
        "without tokens the API listens on loopback addresses and unix sockets only",
        "write api.tokens: [{ name: \"billing\", token: \"env:NAME\", scopes: [\"read\"] }], "
          + "or 127.0.0.1"
      )
    }
  }

  /// Only a port can be shared: a path has one socket, and one that is passed is open already.
  private mutating func checkSharing(_ root: CheckedSection) {
    guard let ingress = root.section("ingress"), ingress.flag("reuse_port") == true,
      let place = ingress.values["reuse_port"],
      // Addresses that are written and refused are reported already.
      case .list(let kept, let writtenCount)? = ingress.values["listen"]?.value,
      kept.count == writtenCount, !addresses(ingress).contains(where: { $0.address.isNetwork })
    else { return }
    problems.add(
      place.position,
      place.path,
      "ingress.listen has no port that could be shared",
      "remove it; sockets that systemd passes stay open while the sidecar is restarted"
    )
  }

  mutating func tokens(_ elements: [Checked]) -> [Token] {
    var tokens: [Token] = []
    for element in elements {
      guard case .section(let section) = element.value else { continue }
      checkName(of: section, among: tokens)
      guard let secret = section.values["token"], case .secret(let reference) = secret.value,
        let text = resolve(reference, at: secret), isToken(text, at: secret)
      else { continue }
      let digest = SHA256.digest(Array(text.utf8))
      if let other = tokens.first(where: { $0.digest == digest }) {
        problems.add(
          secret.position,
          secret.path,
          "this is the token of \(quoted(other.name)), too",
          "give each its own, or one entry the scopes of both"
        )
      }
      let scopes = (section.list("scopes") ?? []).compactMap { scope -> Scope? in
        if case .scope(let scope) = scope.value { scope } else { nil }
      }
      guard let name = section.text("name") else { continue }
      tokens.append(Token(name: name, digest: digest, scopes: scopes, reference: reference))
    }
    return tokens
  }

  private mutating func checkName(of section: CheckedSection, among tokens: [Token]) {
    guard let name = section.values["name"], case .text(let text) = name.value,
      tokens.contains(where: { $0.name == text })
    else { return }
    problems.add(
      name.position,
      name.path,
      "the name \(quoted(text)) is taken by a token before",
      "write another name; the log tells tokens apart by it"
    )
  }

  /// A token must be hard to guess, and must pass through an Authorization header unchanged.
  private mutating func isToken(_ text: String, at place: Checked) -> Bool {
    let count = text.utf8.count
    guard (TokenRule.bytesMin...TokenRule.bytesMax).contains(count) else {
      problems.add(
        place.position,
        place.path,
        "the token has fewer than \(TokenRule.bytesMin) characters, or more than "
          + "\(TokenRule.bytesMax)",
        "make one with: openssl rand -hex 32"
      )
      return false
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      problems.add(
        place.position,
        place.path,
        "the token has a blank or a character that is not ASCII",
        "make one with: openssl rand -hex 32"
      )
      return false
    }
    return true
  }
}
