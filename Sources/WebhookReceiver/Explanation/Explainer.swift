/// Finds what explains a refusal, by trying it: each guess goes through the engine itself.
package struct Explainer {
  /// What a verification may cost a person who waits for an answer: a second or two.
  package static let attemptsMax = 4000
  /// Bytes of bodies that are checked at most: a second's work, however large the body.
  package static let bytesMax = 2 << 30
  /// Bytes of bodies that are written anew at most, which costs ten times as much as hashing them.
  static let printedBytesMax = 64 << 20

  let profile: Profile
  let secrets: [Secret]
  private let parameters: [String: String]
  private let keyCache: KeyCache?
  /// The window of time that counts; nil: the profile's.
  package var past: Duration?
  package var future: Duration?
  /// The bounds that count for this explanation; tests reach smaller ones sooner.
  package var bytesLimit = Self.bytesMax
  package var printedBytesLimit = Self.printedBytesMax

  package private(set) var attempts = 0
  package private(set) var bytes = 0

  /// The secrets may be none of this provider's: that is one of the mistakes.
  package init(
    _ profile: Profile,
    _ secrets: [Secret],
    parameters: [String: String],
    keyCache: KeyCache? = nil
  ) {
    self.profile = profile
    self.secrets = secrets
    self.parameters = parameters
    self.keyCache = keyCache
    past = profile.timestampTolerance?.past
    future = profile.timestampTolerance?.future
  }

  /// The mistakes without which the request verifies.
  ///
  /// Of guesses of one kind the first that fits counts. The time is looked at apart, so that an
  /// old delivery does not hide another mistake.
  package mutating func causes(
    of request: WebhookRequest,
    at now: Timestamp,
    retiredSecrets: [Secret]
  ) -> [Explanation] {
    var guess = Guess(request: request, now: now)
    if let proof = proof(profile, secrets, request, now) {
      guard let skew = skew(proof, now) else { return [] }
      return [timeFormat(&guess) ?? skew]
    }
    if let format = timeFormat(&guess) { return [format] }
    var found: [Explanation] = []
    found += olderSecret(retiredSecrets, &guess)
    if found.isEmpty { found += secretCauses(&guess) }
    if found.isEmpty { found += bodyCauses(&guess) }
    if found.isEmpty { found += urlCauses(&guess) }
    if found.isEmpty { found += methodCauses(&guess) }
    if found.isEmpty { found += otherProfiles(&guess) }
    if let proof = guess.proof, let skew = skew(proof, now) { found.append(skew) }
    return found
  }

  /// A request that is being explained, and the proof of the guess that fitted.
  struct Guess {
    let request: WebhookRequest
    let now: Timestamp
    var proof: Verifier.Proof?
  }

  /// Whether a guess fits.
  mutating func fits(
    _ guess: inout Guess,
    profile: Profile? = nil,
    secret: Secret? = nil,
    request: WebhookRequest? = nil
  ) -> Bool {
    let proof = proof(
      profile ?? self.profile,
      secret.map { [$0] } ?? secrets,
      request ?? guess.request,
      guess.now
    )
    guard let proof else { return false }
    guess.proof = proof
    return true
  }

  /// The proof under any time; nil when the engine refuses, or enough was tried.
  private mutating func proof(
    _ profile: Profile,
    _ secrets: [Secret],
    _ request: WebhookRequest,
    _ now: Timestamp
  ) -> Verifier.Proof? {
    guard attempts < Self.attemptsMax, bytes <= bytesLimit - request.body.count else {
      return nil
    }
    attempts += 1
    bytes += request.body.count
    // Another profile has other settings, and refuses those that it does not know.
    let names = Set(profile.settings.map(\.name))
    guard
      let verifier = try? Verifier(
        profile: profile,
        secrets: secrets,
        tolerance: .seconds(Timestamp.unixSecondsMax),
        parameters: parameters.filter { names.contains($0.key) },
        keyCache: keyCache
      )
    else { return nil }
    return try? verifier.check(request, at: now)
  }

  private func skew(_ proof: Verifier.Proof, _ now: Timestamp) -> Explanation? {
    guard let past, let future, let timestamp = proof.timestamp else { return nil }
    let age = timestamp.distance(to: now)
    if age > past {
      return Explanation(
        .clockSkew,
        "the timestamp is \(age.components.seconds) s in the past and \(past.components.seconds) s "
          + "are allowed; if this is not an old delivery sent again, set the clock of this machine"
      )
    }
    guard .zero - age > future else { return nil }
    return Explanation(
      .clockSkew,
      "the timestamp is \(-age.components.seconds) s ahead of this machine's clock and "
        + "\(future.components.seconds) s are allowed; set the clock of this machine"
    )
  }
}

extension Explainer {
  /// Another way to write times, under which this one is of now: milliseconds for seconds.
  private mutating func timeFormat(_ guess: inout Guess) -> Explanation? {
    guard case .signature(let scheme) = profile.scheme, let rule = scheme.timestamp else {
      return nil
    }
    for format in Profile.TimestampRule.Format.allCases where format != rule.format {
      var scheme = scheme
      scheme.timestamp?.format = format
      var other = profile
      other.scheme = .signature(scheme)
      guard let proof = proof(other, secrets, guess.request, guess.now), proof.timestamp != nil,
        skew(proof, guess.now) == nil
      else { continue }
      return Explanation(
        .clockSkew,
        "the time is written as \(format.rawValue), and the profile reads it as "
          + "\(rule.format.rawValue); mend \"timestamp\" in the profile"
      )
    }
    return nil
  }

  private mutating func olderSecret(
    _ retired: [Secret],
    _ guess: inout Guess
  ) -> [Explanation] {
    for (index, secret) in retired.prefix(Verifier.secretsMax).enumerated()
    where fits(&guess, secret: secret) {
      return [
        Explanation(
          .olderSecret,
          "it is signed with retired secret number \(index + 1); keep that one beside the new one "
            + "until the provider signs with the new one alone"
        )
      ]
    }
    return []
  }

  /// More than the providers that sign as Standard Webhooks does; more names help nobody.
  private static let profilesMax = 16

  private mutating func otherProfiles(_ guess: inout Guess) -> [Explanation] {
    var names: [(id: String, hasID: Bool)] = []
    for other in Profile.catalogue where other.id != profile.id && other.scheme != profile.scheme {
      guard fits(&guess, profile: other) else { continue }
      names.append((other.id, other.namesID(of: guess.request)))
    }
    guard !names.isEmpty else { return [] }
    // Many providers share one header; the one whose id is there is the likelier sender.
    let ordered = names.filter(\.hasID) + names.filter { !$0.hasID }
    let text = ordered.prefix(Self.profilesMax).map(\.id).joined(separator: ", or ")
    return [Explanation(.otherProfile, "it verifies under the profile \(text); use that one")]
  }
}

extension Profile {
  /// Whether a request has an id in one of this profile's headers.
  fileprivate func namesID(of request: WebhookRequest) -> Bool {
    idPlaces.contains { place in
      if case .header(let name) = place { request.headers.first(name) != nil } else { false }
    }
  }
}
