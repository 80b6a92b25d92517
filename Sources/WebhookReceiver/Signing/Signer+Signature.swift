/// Signatures over a message made of parts of the request.
extension Signer {
  func sign(
    _ draft: inout SigningDraft,
    _ scheme: Profile.SignatureScheme,
    _ event: Event
  ) throws(SigningError) {
    let plan = try plan()
    guard case .signature(let method) = plan.method else { return }
    let holdsSeveral = scheme.signature.separator != nil || scheme.signature.takesAll
    guard secrets.count == 1 || holdsSeveral else {
      throw .oneSignatureOnly(profile: profile.id)
    }
    let time = scheme.timestamp.map { Self.text(of: event.timestamp, $0.format) }
    if let time, let rule = scheme.timestamp, let place = rule.places.first {
      try putTime(time, rule.format, at: place, &draft)
    }
    try draft.fillSignedID(profile, scheme, event.id)
    draft.listSignedHeaders(scheme)
    if let rule = scheme.bodyDigest {
      let digest = rule.digest.digest(draft.request.bodyBytes)
      try draft.put(SignatureText.encode(digest, rule.encoding), at: rule.place)
    }
    if let items = plan.items, items.areSigned {
      try signItems(items, plan, method, &draft, time)
      return
    }
    let texts = try signatures(plan, method, draft.request, nil, time)
    try put(texts, time, scheme, &draft)
  }

  private func putTime(
    _ time: String,
    _ format: Profile.TimestampRule.Format,
    at place: Profile.Place,
    _ draft: inout SigningDraft
  ) throws(SigningError) {
    switch place {
    case .signatureElement: return
    case .json(let pointer):
      // Milliseconds are numbers wherever they are sent; of seconds, the body says how.
      let isNumber =
        switch format {
        case .unixMilliseconds: !draft.holds(.string, at: pointer)
        case .unixSeconds: draft.holds(.number, at: pointer)
        case .rfc3339, .rfc1123: false
        }
      try draft.put(isNumber ? .number(time) : .string(time), in: pointer)
    default: try draft.put(time, at: place)
    }
  }

  /// The texts of the signatures, one a secret.
  private func signatures(
    _ plan: VerificationPlan,
    _ method: SignaturePlan,
    _ request: WebhookRequest,
    _ item: Range<Int>?,
    _ time: String?
  ) throws(SigningError) -> [(version: Profile.SignatureRule.Version, text: String)] {
    let scheme = method.scheme
    let variant = MessageVariant(url: method.usualURL)
    var reader = RequestReader(request, plan.checks)
    reader.item = item
    let content: SignedContent
    do throws(VerificationError) {
      content = try SignedContent(
        method.message,
        of: request,
        &reader,
        timestamp: time.map { .owned(Array($0.utf8)) },
        variant: variant
      )
    } catch {
      throw .unsendable(error)
    }
    var texts: [(version: Profile.SignatureRule.Version, text: String)] = []
    for index in secrets.indices {
      let (version, bytes) = try signature(index, content, method)
      texts.append((version, SignatureText.encode(bytes, scheme.signature.encoding)))
    }
    return texts
  }

  private func signature(
    _ index: Int,
    _ content: borrowing SignedContent,
    _ method: SignaturePlan
  ) throws(SigningError) -> (Profile.SignatureRule.Version, [UInt8]) {
    let material = try material(index)
    let (scheme, plan) = (method.scheme, method.message)
    switch material {
    case .symmetric(let bytes):
      guard let version = scheme.signature.versions.first(where: { $0.algorithm.isSymmetric }),
        let digest = scheme.digest(of: version.algorithm)
      else { throw .privateKeyNeeded(profile: profile.id) }
      if scheme.mac == .hash {
        return (version, bytes.withBytes { digest.digest(content.joined(plan, secret: $0).span) })
      }
      var code = AuthenticationCode(count: digest.byteCount)
      guard let key = AuthenticationKey(bytes, digest: digest),
        content.authenticate(plan, under: key, into: &code)
      else { throw .keyUnusable(.digestUnavailable(digest.rawValue)) }
      return (version, code.array)
    case .privateKey(let seed):
      let message = content.joined(plan)
      let signature = seed.withBytes { Ed25519.PrivateKey(seed: $0)?.signature(of: message.span) }
      let version = scheme.signature.versions.first { $0.algorithm == .publicKey(.ed25519) }
      guard let signature, let version else { throw .privateKeyNeeded(profile: profile.id) }
      return (version, signature)
    case .publicKey, .keySet:
      guard let prefix = profile.key.privateKeyPrefix else {
        throw .privateKeyNeeded(profile: profile.id)
      }
      throw .keyUnusable(.wrongKeyHalf(index: index, expected: "private key, \(prefix)…"))
    }
  }

  /// Puts the signatures where the scheme has them.
  private func put(
    _ texts: [(version: Profile.SignatureRule.Version, text: String)],
    _ time: String?,
    _ scheme: Profile.SignatureScheme,
    _ draft: inout SigningDraft
  ) throws(SigningError) {
    let rule = scheme.signature
    let assignment = rule.assignment.map { String($0) } ?? ""
    if rule.takesAll, rule.separator == nil {
      for (index, element) in texts.enumerated() {
        let place = rule.places[min(index, rule.places.count - 1)]
        if case .headers(let prefix) = place {
          try draft.put(rule.prefix + element.text, at: .header(prefix + "\(index + 1)"))
        } else {
          try draft.put(rule.prefix + element.text, at: place)
        }
      }
      return
    }
    var elements: [String] = []
    if let time, case .signatureElement(let name)? = scheme.timestamp?.places.first {
      elements.append(name + assignment + time)
    }
    if let subseparator = rule.subseparator, let version = texts.first?.version {
      let joined = texts.map(\.text).joined(separator: String(subseparator))
      elements.append(version.name + assignment + rule.prefix + joined)
    } else {
      elements += texts.map { element in
        let name = rule.assignment == nil ? "" : element.version.name + assignment
        return name + rule.prefix + element.text
      }
    }
    if let place = rule.versionPlace, let version = texts.first?.version {
      try draft.put(version.name, at: place)
    }
    let separator = rule.separator.map { String($0) } ?? ""
    try draft.put(elements.joined(separator: separator), at: rule.places[0])
  }

  /// Signs each item of the body by itself.
  private func signItems(
    _ items: ItemPlan,
    _ plan: VerificationPlan,
    _ method: SignaturePlan,
    _ draft: inout SigningDraft,
    _ time: String?
  ) throws(SigningError) {
    guard case .item(let pointer)? = method.scheme.signature.places.first,
      let pattern = profile.items?.pattern,
      let count = items.ranges(in: draft.request.body)?.count, count > 0
    else { throw .bodyUnfit("the body has none of the items that are signed") }
    for index in 0..<count {
      // Found anew each time: what was put in has moved the rest.
      guard let range = items.ranges(in: draft.request.body)?[index] else { continue }
      let texts = try signatures(plan, method, draft.request, range, time)
      guard let text = texts.first?.text else { continue }
      let path = try Self.path(of: pattern, index) + pointer
      try draft.put(.string(method.scheme.signature.prefix + text), in: path)
    }
  }

  /// The JSON Pointer of one of the values that a pattern names.
  static func path(of pattern: String, _ index: Int) throws(SigningError) -> String {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .bodyUnfit("\(pattern) names values in lists of lists, which cannot be signed here")
    }
    return parts[0] + "\(index)" + parts[1]
  }

  static func text(of timestamp: Timestamp, _ format: Profile.TimestampRule.Format) -> String {
    switch format {
    case .unixSeconds: String(timestamp.seconds)
    case .unixMilliseconds: String(timestamp.microseconds / 1000)
    case .rfc3339: timestamp.rfc3339
    case .rfc1123: timestamp.rfc1123
    }
  }
}
