internal import RelayCore
internal import WebhookReceiver

extension Configuration {
  /// The settings that differ between two configurations, in order.
  ///
  /// They are found in what `show` prints, which is every key there is: a new key is compared
  /// without anybody thinking of it here. What `show` leaves out on purpose, the contents of
  /// secrets, or does not have, those of profiles and certificates in files, is compared besides;
  /// a secret that was replaced behind the same reference is a difference.
  package func differences(from other: Configuration) -> [SettingPath] {
    var found: Set<SettingPath> = []
    let (one, two) = (shown, other.shown)
    // What cannot be read again would be equal to everything.
    precondition(one != nil && two != nil, "what is shown is JSON; tests read all of it")
    Self.compare(one, two, at: SettingPath([]), &found)
    contents(other, &found)
    return found.sorted()
  }

  private var shown: JSONValue? { try? JSONValue.parse(show()) }

  private static func compare(
    _ one: JSONValue?,
    _ other: JSONValue?,
    at path: SettingPath,
    _ found: inout Set<SettingPath>
  ) {
    guard one != other else { return }
    guard let left = one?.object, let right = other?.object else {
      found.insert(path)
      return
    }
    for key in Set((left + right).map(\.key)) {
      compare(one?[key], other?[key], at: path.appending(key), &found)
    }
  }

  private func contents(_ other: Configuration, _ found: inout Set<SettingPath>) {
    let digests = (api.tokens.map(\.digest), other.api.tokens.map(\.digest))
    if digests.0 != digests.1 { found.insert(SettingPath(["api", "tokens"])) }
    for source in sources {
      guard let same = other.sources.first(where: { $0.name == source.name }) else { continue }
      for part in source.contentDifferences(from: same) {
        found.insert(SettingPath(["sources", source.name] + part))
      }
    }
    for destination in destinations {
      let name = destination.plan.name
      guard let same = other.destinations.first(where: { $0.plan.name == name }) else { continue }
      if destination.tlsDigests != same.tlsDigests {
        found.insert(SettingPath(["destinations", name, "tls"]))
      }
      if !destination.secrets.isSame(as: same.secrets) {
        found.insert(SettingPath(["destinations", name, "secrets"]))
      }
    }
  }
}

extension Source {
  /// What differs and is not shown, below the source.
  fileprivate func contentDifferences(from other: Source) -> [[String]] {
    var parts: [[String]] = []
    // Where the id is read is shown; what is left is another profile in the same file.
    if profile != other.profile, profileName == other.profileName,
      profile.idPlaces == other.profile.idPlaces
    {
      parts.append(["verify", "profile"])
    }
    if !secrets.isSame(as: other.secrets) { parts.append(["verify", "secrets"]) }
    let tokens = [handshake, other.handshake].map { [$0.options.verifyToken].compactMap(\.self) }
    if !tokens[0].isSame(as: tokens[1]) { parts.append(["handshake", "verify_token"]) }
    if let poll, let same = other.poll, !poll.secrets.isSame(as: same.secrets) {
      parts.append(["poll", "auth"])
    }
    return parts
  }
}

extension [Secret] {
  /// Whether both hold the same secrets in the same order.
  ///
  /// By digests, because a secret lends its bytes to one at a time, and may be in both.
  fileprivate func isSame(as other: [Secret]) -> Bool {
    map(Self.digest) == other.map(Self.digest)
  }

  private static func digest(_ secret: Secret) -> [UInt8] {
    secret.withBytes { SHA256.digest($0) }
  }
}
