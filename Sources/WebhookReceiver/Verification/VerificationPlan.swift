/// A profile made ready for one endpoint: what would be worked out anew for every request is
/// worked out once.
final class VerificationPlan: Sendable {
  let profile: Profile
  /// Where the id and the type are, for whoever asks once the request is verified.
  let idPlaces: [PlaceReader]
  let typePlaces: [PlaceReader]
  let items: ItemPlan?
  /// The fields of the body that the checks need, to be found in one pass; nil: none.
  let pointers: PointerSet?
  let requirements: [(place: PlaceReader, rule: Profile.Requirement)]
  /// Where the type is in what has not been verified: tells apart what a provider never signs.
  let unverifiedTypePlaces: [PlaceReader]
  let method: Method
  /// Where the request names the URL of its certificate.
  let keyPlace: PlaceReader?

  /// The way to check, with everything that it needs.
  enum Method: Sendable {
    case signature(SignaturePlan)
    case token(Profile.TokenRule, [PlaceReader])
    case webToken(Profile.TokenClaimsRule, [PlaceReader])
    case httpSignature(HTTPSignaturePlan)
  }

  init(_ profile: Profile, parameters: [String: String]) throws(VerifierError) {
    self.profile = profile
    var pointers = PointerList()
    switch profile.scheme {
    case .signature(let scheme):
      method = .signature(try SignaturePlan(profile, scheme, parameters, &pointers))
    case .token(let rule):
      method = .token(rule, try Self.readers(rule.places, &pointers))
    case .webToken(let rule):
      for claim in rule.parameters where !claim.isOptional && parameters[claim.value] == nil {
        throw .parameterMissing(name: claim.value)
      }
      method = .webToken(rule, try Self.readers(rule.places, &pointers))
    case .httpSignature(let rule): method = .httpSignature(try HTTPSignaturePlan(rule))
    }
    var requirements: [(place: PlaceReader, rule: Profile.Requirement)] = []
    for rule in profile.requirements {
      requirements.append((try PlaceReader(rule.place, &pointers), rule))
    }
    self.requirements = requirements
    if case .certificate(let place, _, _, _)? = profile.keySource {
      keyPlace = try PlaceReader(place, &pointers)
    } else {
      keyPlace = nil
    }
    unverifiedTypePlaces =
      profile.unsignedTypes.isEmpty ? [] : try Self.readers(profile.typePlaces, &pointers)
    self.pointers = pointers.set
    var facts = PointerList()
    idPlaces = try Self.readers(profile.idPlaces, &facts)
    typePlaces = try Self.readers(profile.typePlaces, &facts)
    factPointers = facts.set
    items = try profile.items.map { (rule) throws(VerifierError) in try ItemPlan(rule) }
  }

  /// The fields of the body that hold id and type.
  let factPointers: PointerSet?

  static func readers(
    _ places: [Profile.Place],
    _ pointers: inout PointerList
  ) throws(VerifierError) -> [PlaceReader] {
    var readers: [PlaceReader] = []
    for place in places { readers.append(try PlaceReader(place, &pointers)) }
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

  init(_ rule: Profile.ItemsRule) throws(VerifierError) {
    var none = PointerList()
    pattern = try PointerList.pattern(rule.pattern)
    idPlaces = try VerificationPlan.readers(rule.idPlaces, &none)
    typePlaces = try VerificationPlan.readers(rule.typePlaces, &none)
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
  /// Whether the provider may have signed the URL or the body in another form.
  let hasVariants: Bool
  let timestampPlaces: [PlaceReader]
  /// The name of the element that holds the time; nil where it stands elsewhere.
  let timestampName: String?
  let parts: [ContentPart]
  let bodyDigestPlace: PlaceReader?

  init(
    _ profile: Profile,
    _ scheme: Profile.SignatureScheme,
    _ parameters: [String: String],
    _ pointers: inout PointerList
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
    places = try VerificationPlan.readers(scheme.signature.places, &pointers)
    versionPlace = try scheme.signature.versionPlace.map { (place) throws(VerifierError) in
      try PlaceReader(place, &pointers)
    }
    timestampPlaces = try VerificationPlan.readers(scheme.timestamp?.places ?? [], &pointers)
    if case .signatureElement(let name)? = scheme.timestamp?.places.first {
      timestampName = name
    } else {
      timestampName = nil
    }
    parts = try ContentPart.parts(
      of: profile,
      scheme: scheme,
      parameters: parameters,
      &pointers
    )
    bodyDigestPlace = try scheme.bodyDigest.map { (rule) throws(VerifierError) in
      try PlaceReader(rule.place, &pointers)
    }
  }
}
