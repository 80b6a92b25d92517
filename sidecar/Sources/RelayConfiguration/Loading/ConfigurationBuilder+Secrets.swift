internal import WebhookReceiver

/// A secret that could be had.
struct ResolvedSecret {
  var secret: Secret
  var reference: SecretReference
  var place: Checked
}

/// Secrets: what they lead to, and what is unwise about them.
extension ConfigurationBuilder {
  /// The secrets of a source; without a profile nothing is known of their form.
  mutating func secrets(_ verify: CheckedSection?, of profile: Profile?) -> [ResolvedSecret] {
    var secrets: [ResolvedSecret] = []
    for element in verify?.list("secrets") ?? [] {
      guard case .secret(let reference) = element.value,
        let text = resolve(reference, at: element),
        let secret = secret(text, reference, at: element)
      else { continue }
      secrets.append(ResolvedSecret(secret: secret, reference: reference, place: element))
      if let profile, profile.key.kind == .symmetric { warnOfShortKey(text, profile, at: element) }
    }
    return secrets
  }

  /// The secret behind a reference; the reason is reported when there is none.
  mutating func resolveSecret(_ reference: SecretReference, at place: Checked) -> Secret? {
    guard let text = resolve(reference, at: place) else { return nil }
    return secret(text, reference, at: place)
  }

  /// The text of a secret; the reason is reported when there is none.
  mutating func resolve(_ reference: SecretReference, at place: Checked) -> String? {
    do throws(SecretReferenceError) {
      let text = try reference.resolveText(environment)
      warnOfPermissions(reference, at: place)
      return text
    } catch {
      problems.add(place.position, place.path, error.message, error.suggestion)
      return nil
    }
  }

  private mutating func secret(
    _ text: String,
    _ reference: SecretReference,
    at place: Checked
  ) -> Secret? {
    do throws(SecretError) {
      return try Secret(text)
    } catch {
      let problem = SecretReferenceError.unusable(reference, error)
      problems.add(place.position, place.path, problem.message, problem.suggestion)
      return nil
    }
  }

  private mutating func warnOfPermissions(_ reference: SecretReference, at place: Checked) {
    if let file = reference.file { warnOfPermissions(file: file, at: place) }
  }

  /// Warns of a file with something secret in it that others may read or change.
  mutating func warnOfPermissions(file: String, at place: Checked) {
    guard let permissions = environment.permissions(file),
      permissions & SecretRule.othersPermissions != 0
    else { return }
    let octal = String(permissions, radix: 8)
    let mode = String(repeating: "0", count: max(0, 4 - octal.utf8.count)) + octal
    problems.warn(
      place,
      "\(shown(file)) has the mode \(mode): its group or others may use it",
      "chmod 0400 \(shown(file))"
    )
  }

  private mutating func warnOfShortKey(_ text: String, _ profile: Profile, at place: Checked) {
    guard Self.keyByteCount(text, profile.key) < SecretRule.keyBytesMin else { return }
    problems.warn(
      place,
      "the secret has fewer than \(SecretRule.keyBytesMin) bytes and can be guessed",
      "copy all of it from \(profile.title), or make one with: openssl rand -hex 32"
    )
  }

  /// How many bytes of key a text stands for, if it can be one at all.
  private static func keyByteCount(_ text: String, _ rule: Profile.KeyRule) -> Int {
    let prefix = rule.strip.flatMap { text.hasPrefix($0) ? $0 : nil } ?? ""
    let count = text.utf8.count - prefix.utf8.count
    return switch rule.encoding {
    case .base64: text.utf8.dropFirst(prefix.utf8.count).count { $0 != UInt8(ascii: "=") } * 3 / 4
    case .hex: count / 2
    case .text, .pem, .jwks: count
    }
  }

  /// The path that is really tried, whole.
  func shown(_ path: String) -> String {
    quoted(environment.absolutePath(path), charactersMax: Limit.pathCharacters)
  }
}
