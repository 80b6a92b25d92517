/// The commonest kind of scheme as a straight line: codes in one header, over an id, a time and
/// whatever else short is in front of the body, and the body.
///
/// It is made of what the engine's plan says, and decides nothing that the engine does not decide:
/// a request in which anything is unusual but the signature itself is left to the engine, which
/// does all schemes and says what is wrong. `QuickCheckTests` compares their answers.
final class StraightPlan: QuickCheck {
  let headerNames: FewHeaderNames
  let lists: StraightLists
  let pieces: StraightPieces
  /// Of the search's headers; the first that is present counts.
  let signatureNames: FewHeaders.Names
  let placeNames: [String]
  let idNames: FewHeaders.Names
  let typeNames: FewHeaders.Names
  /// None where the time is an element of the signature, or there is none.
  let timeNames: FewHeaders.Names
  let timeFormat: Profile.TimestampRule.Format?
  /// Microseconds.
  let past: Int64
  let future: Int64
  let encoding: Profile.SignatureRule.Encoding
  let codeBytes: Int
  let key: AuthenticationKey
  /// Those of the other secrets, where there are several.
  let otherKeys: [AuthenticationKey]

  /// Nil for every other scheme.
  init?(_ plan: VerificationPlan, _ keys: [VerificationKey], past: Duration?, future: Duration?) {
    // A span of less than nothing allows no time at all; the engine says so.
    guard past ?? .zero >= .zero, future ?? .zero >= .zero else { return nil }
    guard case .signature(let method) = plan.method, Self.isPlain(method), !plan.hasRequirements,
      plan.items?.areSigned != true, let codes = Self.codes(keys), let key = codes.first,
      let headerNames = FewHeaderNames(plan.checks.headers.names),
      let lists = StraightLists(method, key.digest), let pieces = StraightPieces(method.message),
      let signatureNames = Self.names(method.places), !signatureNames.isEmpty,
      let timeNames = Self.names(method.timestampPlaces, isElement: lists.hasTime),
      let idNames = FewHeaders.Names(plan.idHeaders),
      let typeNames = FewHeaders.Names(plan.typeHeaders)
    else { return nil }
    self.headerNames = headerNames
    self.lists = lists
    self.signatureNames = signatureNames
    placeNames = method.placeNames
    self.timeNames = timeNames
    // What is put in front of the body is looked at on the way.
    self.idNames = pieces.hold(idNames) ? .none : idNames
    self.typeNames = typeNames
    timeFormat = method.timestampFormat
    // Ages are whole microseconds, and so parts of one make no difference.
    self.past = past.map(Timestamp.microseconds) ?? .max
    self.future = future.map(Timestamp.microseconds) ?? .max
    encoding = method.encoding
    codeBytes = key.digest.byteCount
    self.key = key
    otherKeys = Array(codes.dropFirst())
    self.pieces = pieces
  }

  private static func isPlain(_ method: SignaturePlan) -> Bool {
    method.scheme.mac == .hmac && !method.takesAll && !method.hasVariants
      && method.versionPlace == nil && method.bodyRule == nil && method.bodyDigestPlace == nil
  }

  var isThere: Bool { true }

  func signatureName(of request: WebhookRequest) -> String {
    let found = headerNames.locate(request.headBytes, request.headerRanges)
    return placeNames[found.position(among: signatureNames)]
  }

  /// The key of each secret; nil where one is of another kind, or has several digests.
  private static func codes(_ keys: [VerificationKey]) -> [AuthenticationKey]? {
    var codes: [AuthenticationKey] = []
    for key in keys {
      guard case .codes(let each) = key, each.count == 1 else { return nil }
      codes += each
    }
    return codes
  }

  private static func names(_ places: [PlaceReader], isElement: Bool = false) -> FewHeaders.Names? {
    if isElement { return FewHeaders.Names.none }
    var indices: [Int] = []
    for place in places {
      guard case .header(let index) = place else { return nil }
      indices.append(index)
    }
    return FewHeaders.Names(indices)
  }
}
