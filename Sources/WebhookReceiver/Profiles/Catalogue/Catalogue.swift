/// The built-in profiles, as the data that they are: JSON, read when somebody asks for it.
///
/// It is the form in which teams write profiles of their own, so that every rule of the format is
/// used here first.
enum Catalogue {
  private static let documents = [
    body1, body2, composed, publicKeys, standardWebhooks, timed1, timed2, tokens,
  ]

  /// Every profile, in the order of their names.
  static let profiles: [Profile] = documents.flatMap(read).sorted { $0.id < $1.id }

  private static let indexByID = Dictionary(
    uniqueKeysWithValues: profiles.enumerated().map { ($0.element.id, $0.offset) }
  )

  static func profile(_ id: String) -> Profile? {
    indexByID[id].map { profiles[$0] }
  }

  /// What is built in is tested to be right, so a mistake here is one of the program.
  private static func read(_ document: String) -> [Profile] {
    do {
      return try JSONValue.parse(Array(document.utf8)).array?.map { try Profile($0) } ?? []
    } catch {
      preconditionFailure("the catalogue holds what is no profile: \(error)")
    }
  }
}
