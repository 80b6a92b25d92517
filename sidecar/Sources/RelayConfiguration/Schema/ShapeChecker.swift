/// Holds the file against the table of keys: names, types and bounds of every value, each alone.
///
/// What concerns several values at once is `ConfigurationBuilder`'s.
struct ShapeChecker {
  var problems: ProblemList

  /// Checks a whole file.
  mutating func check(_ root: JSON5Node) -> CheckedSection? {
    section(root, KeyTable.root, path: "", keyPosition: root.position)
  }

  private mutating func value(
    _ node: JSON5Node,
    _ shape: Shape,
    path: String,
    keyPosition: Position,
    isWritten: Bool
  ) -> Checked? {
    if case .invalid = node.content { return nil }
    if case .orNull(let inner) = shape {
      if case .null = node.content { return nil }
      return value(node, inner, path: path, keyPosition: keyPosition, isWritten: isWritten)
    }
    if case .null = node.content {
      problems.add(node.position, path, "null is not a value of this key", "remove the key")
      return nil
    }
    let content: Checked.Value?
    switch shape {
    case .section(let keys):
      content = section(node, keys, path: path, keyPosition: keyPosition).map(Checked.Value.section)
    case .variants(let key, let variants):
      content = self.variant(node, on: key, variants, path: path, keyPosition: keyPosition)
        .map(Checked.Value.section)
    case .preset(let keys):
      content = preset(node, keys, path: path, keyPosition: keyPosition)
        .map(Checked.Value.section)
    case .named(let keys, let count):
      content = named(node, keys, count: count, path: path)
    case .texts(let form, let countMax):
      content = texts(node, of: form, countMax: countMax, path: path)
    case .oneOrMany(let form, let countMax):
      var elements = node
      if case .string = node.content { elements.content = .array([node]) }
      content = list(
        elements,
        of: .text(form),
        count: 1...countMax,
        path: path,
        isWritten: isWritten
      )
    case .list(let element, let count):
      content = list(node, of: element, count: count, path: path, isWritten: isWritten)
    default:
      do throws(Mistake) {
        content = try ScalarReader.read(node.content, shape)
      } catch {
        problems.add(node.position, path, error.message, error.suggestion)
        content = nil
      }
    }
    guard let content else { return nil }
    return Checked(position: node.position, path: path, isWritten: isWritten, value: content)
  }

  mutating func section(
    _ node: JSON5Node,
    _ keys: [SettingKey],
    path: String,
    keyPosition: Position,
    searchesElsewhere: Bool = true
  ) -> CheckedSection? {
    guard case .object(let members) = node.content else {
      if case .invalid = node.content { return nil }
      let known = keys.map(\.name).joined(separator: ", ")
      problems.add(node.position, path, "this must be an object", "write { … } with \(known)")
      return nil
    }
    var values: [String: Checked] = [:]
    for member in members {
      values[member.key] = self.member(
        member,
        of: keys,
        in: path,
        searchesElsewhere: searchesElsewhere
      )
    }
    let written = Set(members.map(\.key))
    for key in keys where !written.contains(key.name) {
      values[key.name] = absent(key, path: path, position: keyPosition)
    }
    return CheckedSection(position: keyPosition, path: path, written: written, values: values)
  }

  private mutating func member(
    _ member: JSON5Member,
    of keys: [SettingKey],
    in path: String,
    searchesElsewhere: Bool
  ) -> Checked? {
    let memberPath = Self.path(path, member.key)
    guard let key = keys.first(where: { $0.name == member.key }) else {
      let names = keys.map(\.name)
      let suggestion =
        NearestKey.of(member.key, among: names).map { "did you mean \($0)?" }
        ?? (searchesElsewhere ? MisplacedKey.advice(member.key) : nil)
        ?? "known here: \(names.joined(separator: ", "))"
      problems.add(member.keyPosition, memberPath, "there is no such key", suggestion)
      return nil
    }
    if case .later(let note) = key.support {
      if case .invalid = member.value.content { return nil }
      problems.add(member.keyPosition, memberPath, "not supported yet", note ?? "remove it")
      return nil
    }
    return value(
      member.value,
      key.shape,
      path: memberPath,
      keyPosition: member.keyPosition,
      isWritten: true
    )
  }

  /// The default of a key, read as if it had been written.
  private mutating func absent(_ key: SettingKey, path: String, position: Position) -> Checked? {
    let keyPath = Self.path(path, key.name)
    switch key.presence {
    case .derived: return nil
    case .required:
      problems.add(
        position,
        keyPath,
        "the key is missing",
        "write \(key.name): \(Expectation.example(key.shape))"
      )
      return nil
    case .fallback(let fallback):
      let node = JSON5Node(position: position, content: Self.content(of: fallback))
      return value(node, key.shape, path: keyPath, keyPosition: position, isWritten: false)
    }
  }

  private static func content(of fallback: SettingKey.Fallback) -> JSON5Node.Content {
    let origin = Position(line: 1, column: 1)
    return switch fallback {
    case .text(let text): Int(text).map { .number(.integer($0)) } ?? .string(text)
    case .texts(let texts):
      .array(texts.map { JSON5Node(position: origin, content: .string($0)) })
    case .emptyList: .array([])
    case .emptySection: .object([])
    case .share(let share): .number(.fraction(share))
    case .true: .bool(true)
    case .false: .bool(false)
    }
  }

  private mutating func named(
    _ node: JSON5Node,
    _ keys: [SettingKey],
    count: ClosedRange<Int>,
    path: String
  ) -> Checked.Value? {
    guard case .object(let members) = node.content else {
      problems.add(
        node.position,
        path,
        "this must be an object",
        "write { name: { … } } with names of your choice"
      )
      return nil
    }
    guard members.count >= count.lowerBound else {
      problems.add(node.position, path, "there is none", "write one, like demo: { … }")
      return nil
    }
    guard members.count <= count.upperBound else {
      problems.add(node.position, path, "there are more than \(count.upperBound)", "remove some")
      return nil
    }
    var sections: [(name: String, section: CheckedSection)] = []
    for member in members {
      let memberPath = Self.path(path, member.key)
      if !Names.isName(member.key) {
        problems.add(
          member.keyPosition,
          memberPath,
          "this is not a name",
          "write letters, digits, '.', '_' and '-' only, at most \(Names.bytesMax)"
        )
      }
      let section = section(
        member.value,
        keys,
        path: memberPath,
        keyPosition: member.keyPosition
      )
      if let section { sections.append((member.key, section)) }
    }
    return .named(sections)
  }

  private mutating func texts(
    _ node: JSON5Node,
    of form: TextForm,
    countMax: Int,
    path: String
  ) -> Checked.Value? {
    guard case .object(let members) = node.content else {
      problems.add(node.position, path, "this must be an object", "write { name: \"…\" }")
      return nil
    }
    guard members.count <= countMax else {
      problems.add(node.position, path, "there are more than \(countMax)", "remove some")
      return nil
    }
    var texts: [(name: String, value: Checked)] = []
    for member in members {
      let text = value(
        member.value,
        .text(form),
        path: Self.path(path, member.key),
        keyPosition: member.keyPosition,
        isWritten: true
      )
      if let text { texts.append((member.key, text)) }
    }
    return .texts(texts)
  }

  private mutating func list(
    _ node: JSON5Node,
    of shape: Shape,
    count: ClosedRange<Int>,
    path: String,
    isWritten: Bool
  ) -> Checked.Value? {
    guard case .array(let elements) = node.content else {
      let example = Expectation.example(shape)
      problems.add(node.position, path, "this must be a list", "write [\(example)]")
      return nil
    }
    guard elements.count >= count.lowerBound else {
      let example = Expectation.example(shape)
      problems.add(node.position, path, "the list is empty", "write one at least: [\(example)]")
      return nil
    }
    guard elements.count <= count.upperBound else {
      problems.add(
        node.position,
        path,
        "the list has more than \(count.upperBound) elements",
        "remove some"
      )
      return nil
    }
    var checked: [Checked] = []
    for (index, element) in elements.enumerated() {
      let element = value(
        element,
        shape,
        path: "\(path)[\(index)]",
        keyPosition: element.position,
        isWritten: isWritten
      )
      if let element { checked.append(element) }
    }
    return .list(checked, writtenCount: elements.count)
  }

  /// A key is put in quotes when it would read as something else.
  static func path(_ parent: String, _ key: String) -> String {
    guard Names.isName(key), !key.utf8.contains(UInt8(ascii: ".")) else {
      return "\(parent)[\(quoted(key))]"
    }
    return parent.isEmpty ? key : "\(parent).\(key)"
  }
}
