internal import RelayCore
internal import WebhookReceiver

/// What must hold between sources, destinations and the journal.
extension ConfigurationBuilder {
  /// Sources name destinations that exist, each once; and a destination that nobody names gets
  /// nothing new.
  mutating func checkReferences(_ root: CheckedSection) {
    let destinations = root.sections("destinations") ?? []
    let names = destinations.map(\.name)
    var used: Set<String> = []
    for (_, source) in root.sections("sources") ?? [] {
      var here: Set<String> = []
      for element in source.list("destinations") ?? [] {
        guard case .text(let name) = element.value else { continue }
        used.insert(name)
        if !here.insert(name).inserted {
          let message = "the source names \(quoted(name)) twice"
          problems.add(element.position, element.path, message, "remove one of them")
        } else if !names.contains(name) {
          problems.add(
            element.position,
            element.path,
            "there is no destination \(quoted(name))",
            Self.advice(for: name, among: names)
          )
        }
      }
    }
    for (name, section) in destinations where !used.contains(name) {
      let place = Checked(
        position: section.position,
        path: section.path,
        isWritten: true,
        value: .section(section)
      )
      problems.warn(
        place,
        "no source names it, so it gets no new events",
        "write destinations: [\"\(name)\"] in a source"
      )
    }
  }

  private static func advice(for name: String, among names: [String]) -> String {
    if let nearest = NearestKey.of(name, among: names) { return "did you mean \"\(nearest)\"?" }
    guard !names.isEmpty else {
      return "write destinations: { \(name): { urls: [\"http://127.0.0.1:3000/hooks\"] } } at "
        + "the top"
    }
    let shownMax = 8
    let shown = names.prefix(shownMax).map { "\"\($0)\"" }.joined(separator: ", ")
    return "there are \(shown)\(names.count > shownMax ? " and others" : "")"
  }

  /// What is dropped with its age cannot be tried for longer.
  mutating func checkHorizons(_ root: CheckedSection) {
    guard let retention = root.section("journal")?.section("retention"),
      let age = retention.duration("age"),
      retention.word("undelivered", as: Configuration.JournalSettings.Undelivered.self) == .drop
    else { return }
    for (_, section) in root.sections("destinations") ?? [] {
      guard let place = section.section("retry")?.values["horizon"],
        case .duration(let horizon) = place.value, horizon > age
      else { continue }
      problems.add(
        place.position,
        place.path,
        "deliveries are tried for \(horizon.configurationText), and their events dropped after "
          + age.configurationText,
        "write at most \"\(age.configurationText)\", or journal.retention.undelivered: \"keep\""
      )
    }
  }

  /// A file of PEM that can be read and has a block of this kind; whether it fits, TLS says.
  mutating func checkPEM(_ place: Checked, _ label: String) {
    guard case .text(let path) = place.value else { return }
    switch environment.readFile(path) {
    case .failure(let failure):
      problems.add(
        place.position,
        place.path,
        "cannot read \(shown(path)): \(failure.reason)",
        "write the path of a PEM file; a relative path begins in the working directory"
      )
    case .success(let bytes):
      let text = String(decoding: bytes, as: UTF8.self)
      let hasBlock = text.split(separator: "\n").contains {
        $0.hasPrefix("-----BEGIN ") && $0.contains("\(label)-----")
      }
      guard !hasBlock else { return }
      problems.add(
        place.position,
        place.path,
        "\(shown(path)) has no line -----BEGIN \(label)-----",
        "write the path of a PEM file that has one"
      )
    }
  }
}
