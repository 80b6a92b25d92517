/// Keys that the provider publishes and changes by itself.
extension Verifier {
  /// The keys that a request may be signed with: those of the secrets, or one that was fetched.
  func keys(
    for request: WebhookRequest,
    _ reader: inout RequestReader,
    need: KeyTable.Need = .any
  ) throws(VerificationError) -> [VerificationKey] {
    guard keys.isEmpty, let source = profile.keySource, let keyCache else { return keys }
    let (url, kind) = try location(of: source, in: request, &reader)
    switch try keyCache.material(at: url, as: kind, for: need) {
    case .certificate(let key): return [.publicKey(key)]
    case .keySet(let set): return [.keySet(set)]
    }
  }

  /// Asks for a newer version of a set that was fetched, where none of its keys was the right one.
  ///
  /// - Throws: `keyUnusable` when it is being fetched: whoever signed with a new key tries again.
  func refreshKeySet(
    for request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) {
    guard keys.isEmpty, case .keySet? = profile.keySource else { return }
    _ = try keys(for: request, &reader, need: .newer)
  }

  private func location(
    of source: Profile.KeySource,
    in request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> (url: String, kind: KeyCache.Kind) {
    switch source {
    case .keySet(let url): return (url, .keySet)
    case .certificate(let place, let hosts, let pathSuffix, let subjects):
      let name = RequestReader.name(place)
      guard let keyPlace = plan.keyPlace, let text = try reader.text(at: keyPlace, of: request)
      else {
        throw .missingHeader(name: name)
      }
      let url = String(decoding: text.slice(of: request), as: UTF8.self)
      let rule = KeyURLRule(hosts: hosts, pathSuffix: pathSuffix)
      // The sender chose it: a refusal, not a failure of ours.
      guard rule.allows(url) else {
        throw .requirementNotMet("\(name) is not a URL of the provider's")
      }
      return (url, .certificate(subjects: subjects))
    }
  }

  /// Waits for the key that a request needs, for at most `KeyCache.loadTimeout`.
  ///
  /// Call it before `verify` where waiting is better than a 503; it does nothing for schemes whose
  /// keys are the secrets.
  public func prepare(for request: WebhookRequest) async {
    guard keys.isEmpty, let source = profile.keySource, let keyCache else { return }
    var reader = RequestReader(request, plan.checks)
    guard let (url, kind) = try? location(of: source, in: request, &reader) else { return }
    if (try? keyCache.material(at: url, as: kind)) == nil { await keyCache.settled(url, as: kind) }
  }
}
