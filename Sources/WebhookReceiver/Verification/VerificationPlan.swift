/// A profile made ready for one endpoint: what would be worked out anew for every request is
/// worked out once.
final class VerificationPlan: Sendable {
  let profile: Profile
  /// Where the id and the type are, for whoever asks once the request is verified.
  let idPlaces: [PlaceReader]
  let typePlaces: [PlaceReader]
  let items: ItemPlan?
  /// What the checks need.
  let checks: Search
  /// The headers that hold id and type, among those of the checks.
  let idHeaders: [Int]
  let typeHeaders: [Int]
  /// Asked before the list is: most schemes have none.
  let hasRequirements: Bool
  let requirements: [(place: PlaceReader, rule: Profile.Requirement)]
  /// Where the type is in what has not been verified: tells apart what a provider never signs.
  let unverifiedTypePlaces: [PlaceReader]
  let method: Method
  /// Where the request names the URL of its certificate.
  let keyPlace: PlaceReader?

  /// The way to check, with everything that it needs.
  enum Method: Sendable {
    case signature(SignaturePlan)
    indirect case token(Profile.TokenRule, [PlaceReader])
    indirect case webToken(Profile.TokenClaimsRule, [PlaceReader])
    indirect case httpSignature(HTTPSignaturePlan)
  }

  init(_ profile: Profile, parameters: [String: String]) throws(VerifierError) {
    self.profile = profile
    try Self.check(profile)
    var checks = SearchList()
    switch profile.scheme {
    case .signature(let scheme):
      method = .signature(try SignaturePlan(profile, scheme, parameters, &checks))
    case .token(let rule):
      method = .token(rule, try Self.readers(rule.places, &checks))
    case .webToken(let rule):
      for claim in rule.parameters where !claim.isOptional && parameters[claim.value] == nil {
        throw .parameterMissing(name: claim.value)
      }
      method = .webToken(rule, try Self.readers(rule.places, &checks))
    case .httpSignature(let rule): method = .httpSignature(try HTTPSignaturePlan(rule))
    }
    var requirements: [(place: PlaceReader, rule: Profile.Requirement)] = []
    for rule in profile.requirements {
      requirements.append((try PlaceReader(rule.place, &checks), rule))
    }
    self.requirements = requirements
    hasRequirements = !requirements.isEmpty
    if case .certificate(let place, _, _, _)? = profile.keySource {
      keyPlace = try PlaceReader(place, &checks)
    } else {
      keyPlace = nil
    }
    unverifiedTypePlaces =
      profile.unsignedTypes.isEmpty ? [] : try Self.readers(profile.typePlaces, &checks)
    idHeaders = try Self.headers(profile.idPlaces, &checks)
    typeHeaders = try Self.headers(profile.typePlaces, &checks)
    self.checks = Search(checks)
    var facts = SearchList()
    idPlaces = try Self.readers(profile.idPlaces, &facts)
    typePlaces = try Self.readers(profile.typePlaces, &facts)
    self.facts = Search(facts)
    items = try profile.items.map { (rule) throws(VerifierError) in try ItemPlan(rule) }
  }

  /// What holds id and type.
  let facts: Search

  /// Refuses places at which nothing could be read: they would be absent from every request.
  private static func check(_ profile: Profile) throws(VerifierError) {
    try check(profile.idPlaces, "id_places")
    try check(profile.typePlaces, "type_places")
    try check(profile.requirements.map(\.place), "requirements")
    if let items = profile.items {
      try check(items.idPlaces + items.typePlaces, "items", inItem: true)
    }
    if case .certificate(let place, _, _, _)? = profile.keySource {
      try check([place], "key_source")
    }
    switch profile.scheme {
    case .signature(let scheme):
      try check(scheme, areItemsSigned: profile.items?.areSigned ?? false)
    case .token(let rule):
      guard !rule.isBasic || rule.prefix.isEmpty else {
        throw .profileInvalid("\"basic\" has its own prefix; remove \"prefix\"")
      }
      if case .jsonEach? = rule.places.first, rule.places.count == 1 { return }
      try check(rule.places, "token")
    case .webToken(let rule): try check(rule.places, "web_token")
    case .httpSignature: break
    }
  }

  private static func check(
    _ scheme: Profile.SignatureScheme,
    areItemsSigned: Bool
  ) throws(VerifierError) {
    for place in scheme.signature.places {
      if case .headers = place { continue }
      try check([place], "signature", inItem: areItemsSigned)
    }
    if let place = scheme.signature.versionPlace { try check([place], "signature") }
    if let rule = scheme.timestamp {
      if case .signatureElement? = rule.places.first, rule.places.count == 1 {
      } else {
        try check(rule.places, "timestamp", inItem: areItemsSigned)
      }
    }
    if let rule = scheme.bodyDigest {
      try check([rule.place], "body_digest")
      guard scheme.signsDigest(at: rule.place) else {
        throw .profileInvalid(
          "\"body_digest\" is read from \(rule.place), which the message does not hold: anybody "
            + "could write it"
        )
      }
    }
  }

  private static func check(
    _ places: [Profile.Place],
    _ key: String,
    inItem: Bool = false
  ) throws(VerifierError) {
    for place in places where !place.isOneText(inItem: inItem) {
      throw .profileInvalid(
        "\"\(key)\": \(place) cannot be read there; name one text of the request"
      )
    }
  }

  private static func headers(
    _ places: [Profile.Place],
    _ list: inout SearchList
  ) throws(VerifierError) -> [Int] {
    var headers: [Int] = []
    for case .header(let name) in places { headers.append(try list.index(ofHeader: name)) }
    return headers
  }

  static func readers(
    _ places: [Profile.Place],
    _ list: inout SearchList
  ) throws(VerifierError) -> [PlaceReader] {
    var readers: [PlaceReader] = []
    for place in places { readers.append(try PlaceReader(place, &list)) }
    return readers
  }
}

/// How to take a body of several events apart.
struct ItemPlan: Sendable {
  /// More events than any provider puts into one delivery; each costs a search.
  static let itemsMax = 1000

  let pattern: JSONPattern
  let idPlaces: [PlaceReader]
  let typePlaces: [PlaceReader]
  let areSigned: Bool
  /// What holds the ids and types of the items.
  let facts: Search

  init(_ rule: Profile.ItemsRule) throws(VerifierError) {
    var facts = SearchList()
    pattern = try SearchList.pattern(rule.pattern)
    idPlaces = try VerificationPlan.readers(rule.idPlaces, &facts)
    typePlaces = try VerificationPlan.readers(rule.typePlaces, &facts)
    self.facts = Search(facts)
    areSigned = rule.areSigned
  }

  /// Where the items lie in the body.
  ///
  /// - Returns: nil when the body is not JSON, holds more than `itemsMax`, or names one twice.
  func hits(in body: [UInt8]) -> [JSONHit]? {
    Self.hits(of: pattern, in: body)
  }

  /// The values that a pattern names, in the order of the document; nil as for `ranges`.
  static func hits(of pattern: JSONPattern, in body: [UInt8]) -> [JSONHit]? {
    JSONScanner.unambiguousMatches(of: pattern, in: body.span, max: itemsMax)
  }

  func ranges(in body: [UInt8]) -> [Range<Int>]? {
    hits(in: body)?.map(\.range)
  }
}

/// The parts of a signature scheme made ready: a class, so that no request copies it on its way.
final class SignaturePlan: Sendable {
  let scheme: Profile.SignatureScheme
  let places: [PlaceReader]
  /// What errors call the places.
  let placeNames: [String]
  let versionPlace: PlaceReader?
  let takesAll: Bool
  /// The form in which the provider usually signs the URL.
  let usualURL: Profile.URLVariant
  /// Whether the provider may have signed the URL or the body in another form.
  let hasVariants: Bool
  /// Nil where no time is signed.
  let timestampFormat: Profile.TimestampRule.Format?
  let timestampPlaces: [PlaceReader]
  /// What errors call them.
  let namedTimestampPlaces: [Profile.Place]
  /// The name of the element that holds the time; nil where it stands elsewhere.
  let timestampName: [UInt8]?
  let separator: UInt8?
  let subseparator: UInt8?
  let assignment: UInt8?
  let prefix: [UInt8]
  let versions: [Version]
  let encoding: Profile.SignatureRule.Encoding
  /// The digest of a plain hash.
  let digest: Digest
  let message: MessagePlan
  let bodyDigestPlace: PlaceReader?

  /// A version of the signature, and what it is made with: a digest, or a public key.
  struct Version: Sendable {
    let name: [UInt8]
    let digest: Digest?
    let publicKey: SignatureAlgorithm?
  }

  init(
    _ profile: Profile,
    _ scheme: Profile.SignatureScheme,
    _ parameters: [String: String],
    _ list: inout SearchList
  ) throws(VerifierError) {
    guard !scheme.signature.places.isEmpty, !scheme.signature.versions.isEmpty,
      !scheme.message.isEmpty, !scheme.urlVariants.isEmpty, !scheme.bodyVariants.isEmpty
    else { throw .profileInvalid("it does not say where the signature is, or what is signed") }
    let hasNames = scheme.signature.versions.contains { !$0.name.isEmpty }
    let saysNames = scheme.signature.assignment != nil || scheme.signature.versionPlace != nil
    guard hasNames == saysNames else {
      throw .profileInvalid("its versions have names and nothing separates them, or the reverse")
    }
    self.scheme = scheme
    placeNames = scheme.signature.places.map(RequestReader.name)
    hasVariants = scheme.urlVariants.count > 1 || scheme.bodyVariants.count > 1
    places = try VerificationPlan.readers(scheme.signature.places, &list)
    versionPlace = try scheme.signature.versionPlace.map { (place) throws(VerifierError) in
      try PlaceReader(place, &list)
    }
    timestampFormat = scheme.timestamp?.format
    namedTimestampPlaces = scheme.timestamp?.places ?? []
    timestampPlaces = try VerificationPlan.readers(scheme.timestamp?.places ?? [], &list)
    if case .signatureElement(let name)? = scheme.timestamp?.places.first {
      timestampName = Array(name.utf8)
    } else {
      timestampName = nil
    }
    let rule = scheme.signature
    separator = rule.separator.map { UInt8(ascii: $0) }
    subseparator = rule.subseparator.map { UInt8(ascii: $0) }
    assignment = rule.assignment.map { UInt8(ascii: $0) }
    prefix = Array(rule.prefix.utf8)
    encoding = rule.encoding
    takesAll = rule.takesAll
    usualURL = scheme.urlVariants[0]
    digest = scheme.digest
    versions = rule.versions.map { version in
      let publicKey: SignatureAlgorithm? =
        if case .publicKey(let algorithm) = version.algorithm { algorithm } else { nil }
      return Version(
        name: Array(version.name.utf8),
        digest: scheme.digest(of: version.algorithm),
        publicKey: publicKey
      )
    }
    message = try MessagePlan(profile, scheme, parameters, &list)
    bodyDigestPlace = try scheme.bodyDigest.map { (rule) throws(VerifierError) in
      if case .query(let name) = rule.place { return .signedQuery(name) }
      return try PlaceReader(rule.place, &list)
    }
  }
}
