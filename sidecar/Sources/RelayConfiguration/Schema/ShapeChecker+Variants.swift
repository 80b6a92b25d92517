/// Sections whose keys depend on what is in them.
extension ShapeChecker {
  /// A section of which one key says which others it has.
  mutating func variant(
    _ node: JSON5Node,
    on tag: String,
    _ variants: [ShapeVariant],
    path: String,
    keyPosition: Position
  ) -> CheckedSection? {
    let words = variants.map { "\"\($0.word)\"" }.joined(separator: ", ")
    guard case .object(let members) = node.content else {
      problems.add(
        node.position,
        path,
        "this must be an object",
        "write { \(tag): … } with \(words)"
      )
      return nil
    }
    let tagPath = ShapeChecker.path(path, tag)
    guard let member = members.first(where: { $0.key == tag }) else {
      problems.add(keyPosition, tagPath, "the key is missing", "write \(tag): one of \(words)")
      return nil
    }
    if case .invalid = member.value.content { return nil }
    do throws(Mistake) {
      let choice = Shape.choice(variants.map(\.word), later: [])
      let word = try ScalarReader.read(member.value.content, choice)
      guard case .text(let text) = word, let variant = variants.first(where: { $0.word == text })
      else { return nil }
      let keys = [variant.tagKey(tag)] + variant.keys
      return section(
        node,
        keys,
        path: path,
        keyPosition: keyPosition,
        searchesElsewhere: false
      )
    } catch {
      problems.add(member.value.position, tagPath, error.message, error.suggestion)
      return nil
    }
  }
}

extension ShapeVariant {
  /// The key that has the word.
  func tagKey(_ name: String) -> SettingKey {
    SettingKey(name, .choice([word], later: []), .required, "Which keys there are.")
  }
}
