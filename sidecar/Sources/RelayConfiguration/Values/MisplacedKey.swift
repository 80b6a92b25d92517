/// Finds the place of a key that was written at another one.
enum MisplacedKey {
  /// A key of this name at more places than that says little.
  private static let shownMax = 3

  /// Where the key belongs, as advice; nil when no section has such a key.
  static func advice(_ name: String) -> String? {
    let found = places(of: name, in: KeyTable.root, path: "")
    guard !found.isEmpty else { return nil }
    let more = found.count > shownMax ? " or elsewhere" : ""
    let paths = found.prefix(shownMax).map(\.path).joined(separator: " or ") + more
    let isBuilt = found.contains { if case .built = $0.key.support { true } else { false } }
    return "did you mean \(paths)?" + (isBuilt ? "" : " It is not supported yet; remove it")
  }

  private static func places(
    of name: String,
    in keys: [SettingKey],
    path: String
  ) -> [(path: String, key: SettingKey)] {
    var found: [(path: String, key: SettingKey)] = []
    for key in keys {
      let keyPath = path + key.name
      if key.name == name { found.append((keyPath, key)) }
      switch key.shape {
      case .section(let inner), .preset(let inner), .orNull(.section(let inner)):
        found += places(of: name, in: inner, path: keyPath + ".")
      case .named(let inner, _): found += places(of: name, in: inner, path: keyPath + ".NAME.")
      case .list(of: .section(let inner), _):
        found += places(of: name, in: inner, path: keyPath + "[].")
      default: break
      }
    }
    return found
  }
}
