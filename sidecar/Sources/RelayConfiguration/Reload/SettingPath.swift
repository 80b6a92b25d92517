/// Where a setting is: `sources.github.verify.secrets`.
///
/// In parts, because a name that the user chooses may have a dot in it.
package struct SettingPath: Hashable, Sendable {
  package let parts: [String]

  package init(_ parts: [String]) { self.parts = parts }

  func appending(_ part: String) -> SettingPath { SettingPath(parts + [part]) }

  /// Whether this is the setting of the other path, or a part of it.
  package func isWithin(_ other: SettingPath) -> Bool { parts.starts(with: other.parts) }
}

extension SettingPath: Comparable {
  package static func < (left: SettingPath, right: SettingPath) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }
}

extension SettingPath: CustomStringConvertible {
  package var description: String { parts.joined(separator: ".") }
}
