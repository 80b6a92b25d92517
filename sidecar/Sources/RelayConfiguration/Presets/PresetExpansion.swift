internal import WebhookReceiver

/// Puts a preset under what somebody wrote beside it.
///
/// What is written goes before. Objects of settings are joined key by key; what is one thought
/// (paging, time, detail, another way of auth) is replaced whole.
struct PresetExpansion {
  let preset: PollPreset
  /// Where the preset is named: what it stands for is reported there.
  let position: Position
  private let values: [String: String]

  /// Stands for what was not given, so that nothing is reported but that.
  private static let missing = "missing"

  /// It becomes a part of a URL, where a dot segment would lead elsewhere.
  static func isPart(_ value: String?) -> Bool {
    guard let value else { return false }
    return !value.isEmpty && value != "." && value != ".."
  }

  /// Sections whose keys mean something alone.
  private static let joined: Set<String> = ["request", "headers", "limits", "emit"]

  init(_ preset: PollPreset, at position: Position, given: [String: String]) {
    self.preset = preset
    self.position = position
    var values = given
    for parameter in preset.parameters where !Self.isPart(values[parameter.name]) {
      values[parameter.name] = parameter.fallback ?? Self.missing
    }
    self.values = values
  }

  func members(under written: [JSON5Member]) -> [JSON5Member] {
    let hasOwnAuth = written.contains { $0.key == "request" && $0.value["auth"] != nil }
    return join(written, preset.poll.filter { $0.key != "auth" || !hasOwnAuth }.map(placed))
  }

  private func join(_ written: [JSON5Member], _ below: [JSON5Member]) -> [JSON5Member] {
    var members = written
    for member in below {
      guard let index = members.firstIndex(where: { $0.key == member.key }) else {
        members.append(member)
        continue
      }
      guard let upper = members[index].value.members, let lower = member.value.members,
        isJoined(member.key, upper, lower)
      else { continue }
      members[index].value.content = .object(join(upper, lower))
    }
    return members
  }

  /// Of `auth`, only the same way of it is joined: a token URL to the client's id.
  private func isJoined(_ key: String, _ upper: [JSON5Member], _ lower: [JSON5Member]) -> Bool {
    if Self.joined.contains(key) || KeyTable.auth.contains(where: { $0.name == key }) {
      return true
    }
    return key == "auth" && upper.map(\.key) == lower.map(\.key)
  }

  private func placed(_ member: JSON5Member) -> JSON5Member {
    JSON5Member(key: member.key, keyPosition: position, value: placed(member.value))
  }

  private func placed(_ node: JSON5Node) -> JSON5Node {
    let content: JSON5Node.Content =
      switch node.content {
      case .object(let members): .object(members.map(placed))
      case .array(let elements): .array(elements.map(placed))
      case .string(let text): .string(filled(text))
      default: node.content
      }
    return JSON5Node(position: position, content: content)
  }

  /// `{owner}` becomes what was given; `{/id}` is a pointer, and stays.
  private func filled(_ text: String) -> String {
    var filled = text
    for (name, value) in values {
      filled = filled.replacing("{\(name)}", with: Self.encoded(value))
    }
    return filled
  }

  /// What a path takes without a meaning of its own, the rest as %XX: `group/project` of GitLab.
  static func encoded(_ value: String) -> String {
    var text = ""
    for byte in value.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x3A:
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return text
  }
}

extension ShapeChecker {
  /// A section that may name a preset.
  mutating func preset(
    _ node: JSON5Node,
    _ keys: [SettingKey],
    path: String,
    keyPosition: Position
  ) -> CheckedSection? {
    guard let written = node.members, let named = node["preset"], let name = named.text,
      let preset = PollPreset.named(name)
    else { return withoutPreset(node, keys, path: path, keyPosition: keyPosition) }
    var given: [String: String] = [:]
    for member in node["parameters"]?.members ?? [] { given[member.key] = member.value.text }
    checkParameters(of: preset, node["parameters"], at: named.position, path: path)
    let expansion = PresetExpansion(preset, at: named.position, given: given)
    var expanded = node
    expanded.content = .object(expansion.members(under: written))
    return section(expanded, keys, path: path, keyPosition: keyPosition)
  }

  /// A preset that is misspelt is one problem, and not that all it stands for is missing.
  private mutating func withoutPreset(
    _ node: JSON5Node,
    _ keys: [SettingKey],
    path: String,
    keyPosition: Position
  ) -> CheckedSection? {
    guard node["preset"] != nil else {
      if let parameters = node.members?.first(where: { $0.key == "parameters" }) {
        problems.add(
          parameters.keyPosition,
          Self.path(path, "parameters"),
          "parameters are a preset's, and there is none",
          "write preset: \"…\" beside them, or the values where they belong"
        )
      }
      return section(node, keys, path: path, keyPosition: keyPosition)
    }
    let relaxed = keys.map { key in
      if case .required = key.presence { key.with(presence: .derived("")) } else { key }
    }
    _ = section(node, relaxed, path: path, keyPosition: keyPosition)
    return nil
  }

  private mutating func checkParameters(
    of preset: PollPreset,
    _ node: JSON5Node?,
    at position: Position,
    path: String
  ) {
    let path = Self.path(path, "parameters")
    let names = preset.parameters.map(\.name)
    let members = node?.members ?? []
    for member in members {
      let memberPath = Self.path(path, member.key)
      guard names.contains(member.key) else {
        problems.add(
          member.keyPosition,
          memberPath,
          "the preset \(preset.name) has no such parameter",
          NearestKey.of(member.key, among: names).map { "did you mean \($0)?" }
            ?? (names.isEmpty ? "remove it" : "it has \(names.joined(separator: ", "))")
        )
        continue
      }
      if let text = member.value.text, !PresetExpansion.isPart(text) {
        problems.add(
          member.value.position,
          memberPath,
          "\(quoted(text)) is no part of a URL",
          "write what the provider shows"
        )
      }
    }
    let missing = preset.parameters.filter { parameter in
      parameter.fallback == nil && !members.contains { $0.key == parameter.name }
    }
    guard !missing.isEmpty else { return }
    let example = missing.map { "\($0.name): \"…\"" }.joined(separator: ", ")
    problems.add(
      position,
      path,
      "the preset \(preset.name) asks for \(missing.map(\.name).joined(separator: ", "))",
      "write parameters: { \(example) } beside it"
    )
  }
}
