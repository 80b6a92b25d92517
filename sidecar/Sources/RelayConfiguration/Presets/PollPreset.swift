internal import WebhookReceiver

/// A provider whose list of events is known: a poll section that need not be written.
///
/// The catalogue is JSON text, and its sections are read by the same table as those of users, so
/// that a preset can do nothing that a configuration cannot.
package struct PollPreset: Sendable {
  /// What `preset` names.
  package let name: String
  package let title: String
  /// The profiles of the deliveries that it fetches again.
  package let profiles: [String]
  /// What the section asks for in braces: `{owner}`.
  package let parameters: [Parameter]
  /// Where a delivery must have the id that the list has: places as idempotency.id has them; nil
  /// where the profiles say so themselves.
  package let pushID: String?
  /// How somebody could write `auth`, for advice.
  package let authExample: String
  /// What to know before it is relied on.
  package let notes: [String]
  /// The section, with parameters in braces.
  let poll: [JSON5Member]

  package struct Parameter: Sendable {
    package let name: String
    package let summary: String
    /// Nil: it must be given.
    package let fallback: String?
  }

  package static let catalogue: [PollPreset] = read(Self.texts)

  package static func named(_ name: String) -> PollPreset? {
    catalogue.first { $0.name == name }
  }

  /// Those that fetch the deliveries of a profile again.
  package static func of(profile id: String) -> [PollPreset] {
    catalogue.filter { $0.profiles.contains(id) }
  }

  private static func read(_ texts: [String]) -> [PollPreset] {
    texts.flatMap { text -> [PollPreset] in
      var reader = JSON5Reader(Array(text.utf8))
      guard let root = reader.document(), reader.problems.isEmpty,
        case .array(let elements) = root.content
      else {
        preconditionFailure("the catalogue of presets is read by its tests: \(reader.problems)")
      }
      return elements.map { element in
        guard let preset = PollPreset(element) else {
          preconditionFailure("a preset of the catalogue lacks something")
        }
        return preset
      }
    }
  }

  private init?(_ node: JSON5Node) {
    guard let name = node["name"]?.text, let title = node["title"]?.text,
      let authExample = node["auth"]?.text, let poll = node["poll"]?.members
    else { return nil }
    self.name = name
    self.title = title
    self.authExample = authExample
    self.poll = poll
    profiles = node["profiles"]?.texts ?? []
    pushID = node["push_id"]?.text
    notes = node["notes"]?.texts ?? []
    parameters = (node["parameters"]?.members ?? []).map { member in
      Parameter(
        name: member.key,
        summary: member.value["summary"]?.text ?? "",
        fallback: member.value["default"]?.text
      )
    }
  }
}

extension JSON5Node {
  subscript(key: String) -> JSON5Node? { members?.first { $0.key == key }?.value }

  var members: [JSON5Member]? {
    if case .object(let members) = content { members } else { nil }
  }

  var text: String? {
    if case .string(let text) = content { text } else { nil }
  }

  var texts: [String] {
    guard case .array(let elements) = content else { return [] }
    return elements.compactMap(\.text)
  }
}
