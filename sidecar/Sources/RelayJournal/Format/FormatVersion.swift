/// What wrote a file, as FORMAT and the segments' headers say it: bytes 12…23 of both.
///
///     12      14      16          20
///     | major | minor | incompat  | ro_compat |
///
/// Another major version, or an `incompat` feature that is not known, is never read; an unknown
/// `ro_compat` feature may be read past, but who does not know it must not write. A later minor
/// version changes nothing that a reader relies on.
struct FormatVersion: Equatable, Sendable, CustomStringConvertible {
  let major: UInt16
  let minor: UInt16
  let incompatibleFeatures: UInt32
  let readOnlyFeatures: UInt32

  /// This program's.
  init() {
    major = Layout.formatMajor
    minor = Layout.formatMinor
    incompatibleFeatures = 0
    readOnlyFeatures = 0
  }

  init(_ bytes: [UInt8]) {
    major = bytes.load(at: 12)
    minor = bytes.load(at: 14)
    incompatibleFeatures = bytes.load(at: 16)
    readOnlyFeatures = bytes.load(at: 20)
  }

  var isReadable: Bool { major == Layout.formatMajor && incompatibleFeatures == 0 }

  var isWritable: Bool { isReadable && readOnlyFeatures == 0 }

  var description: String {
    var words = "\(major).\(minor)"
    if incompatibleFeatures != 0 { words += " with features 0x\(hex(incompatibleFeatures))" }
    if readOnlyFeatures != 0 { words += " with features for readers 0x\(hex(readOnlyFeatures))" }
    return words
  }

  private func hex(_ number: UInt32) -> String { String(number, radix: 16) }
}
