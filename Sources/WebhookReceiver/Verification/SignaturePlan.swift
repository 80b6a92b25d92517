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
  let timestampName: ShortText?
  let separator: UInt8?
  let subseparator: UInt8?
  let assignment: UInt8?
  let prefix: ShortText
  let versions: [Version]
  let encoding: Profile.SignatureRule.Encoding
  /// The digest of a plain hash.
  let digest: Digest
  let message: MessagePlan
  /// Nil where any body will do.
  let bodyRule: BodyRule?
  let bodyDigestPlace: PlaceReader?

  /// A version of the signature, and what it is made with: a digest, or a public key.
  struct Version: Sendable {
    let name: ShortText
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
      timestampName = ShortText(name)
    } else {
      timestampName = nil
    }
    let rule = scheme.signature
    separator = rule.separator.map { UInt8(ascii: $0) }
    subseparator = rule.subseparator.map { UInt8(ascii: $0) }
    assignment = rule.assignment.map { UInt8(ascii: $0) }
    prefix = ShortText(rule.prefix)
    encoding = rule.encoding
    takesAll = rule.takesAll
    usualURL = scheme.urlVariants[0]
    digest = scheme.digest
    versions = rule.versions.map { version in
      let publicKey: SignatureAlgorithm? =
        if case .publicKey(let algorithm) = version.algorithm { algorithm } else { nil }
      return Version(
        name: ShortText(version.name),
        digest: scheme.digest(of: version.algorithm),
        publicKey: publicKey
      )
    }
    bodyRule = BodyRule(profile, scheme)
    message = try MessagePlan(profile, scheme, parameters, &list)
    bodyDigestPlace = try scheme.bodyDigest.map { (rule) throws(VerifierError) in
      if case .query(let name) = rule.place { return .signedQuery(list.index(ofText: name)) }
      return try PlaceReader(rule.place, &list)
    }
  }
}
