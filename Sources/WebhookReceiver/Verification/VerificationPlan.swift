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
  let requirements: [(place: PlaceReader, name: String, values: [String])]
  /// Where the type is in what has not been verified: tells apart what a provider never signs.
  let unverifiedTypePlaces: [PlaceReader]
  let method: Method
  /// Where the request names the URL of its certificate.
  let keyPlace: PlaceReader?

  /// The way to check, with everything that it needs.
  enum Method: Sendable {
    case signature(SignaturePlan)
    indirect case token(Profile.TokenRule, [PlaceReader])
    indirect case jsonWebToken(Profile.JSONWebTokenRule, [PlaceReader])
    indirect case httpSignature(HTTPSignaturePlan)
  }

  init(_ profile: Profile, parameters: [String: String]) throws(VerifierError) {
    self.profile = profile
    try Self.check(profile)
    let settings = profile.settings
    // A setting that nobody asks for is a misspelt one, and what it should have checked is open.
    for name in parameters.keys.sorted() where !settings.contains(where: { $0.name == name }) {
      throw .parameterUnknown(name: name, known: settings.map(\.name))
    }
    var checks = SearchList()
    switch profile.scheme {
    case .signature(let scheme):
      method = .signature(try SignaturePlan(profile, scheme, parameters, &checks))
    case .token(let rule):
      method = .token(rule, try Self.readers(rule.places, &checks))
    case .jsonWebToken(let rule):
      for claim in rule.claimsFromSettings where !claim.isOptional && parameters[claim.value] == nil
      {
        throw .parameterMissing(name: claim.value)
      }
      method = .jsonWebToken(rule, try Self.readers(rule.places, &checks))
    case .httpSignature(let rule): method = .httpSignature(try HTTPSignaturePlan(rule))
    }
    var requirements: [(place: PlaceReader, name: String, values: [String])] = []
    for rule in profile.requirements {
      guard let values = try rule.values(parameters) else { continue }
      let place = try PlaceReader(rule.place, &checks)
      requirements.append((place, RequestReader.name(rule.place), values))
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
