/// Bodies that were taken for text in one character set and written in another.
enum CharacterSets {
  /// What may have been sent, with what became of it.
  static func others(_ body: [UInt8]) -> [(what: String, body: [UInt8])] {
    var others: [(String, [UInt8])] = []
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    if body.starts(with: mark) {
      others.append(("given a byte order mark", Array(body.dropFirst(3))))
    } else {
      others.append(("stripped of its byte order mark", mark + body))
    }
    for isBigEndian in [false, true] {
      if let text = utf16(body, isBigEndian) { others.append(("written in UTF-16", text)) }
    }
    if let text = String(validating: body, as: UTF8.self) {
      others += [
        ("read as UTF-16 and written in UTF-8", written(text, isBigEndian: false)),
        ("read as UTF-16 and written in UTF-8", written(text, isBigEndian: true)),
        ("read as UTF-16 and written in UTF-8", [0xff, 0xfe] + written(text, isBigEndian: false)),
        ("read as UTF-16 and written in UTF-8", [0xfe, 0xff] + written(text, isBigEndian: true)),
      ]
      guard body.contains(where: { $0 >= 0x80 }) else { return others }
      // Both when UTF-8 was read as the set, and when the set was read rightly.
      if let bytes = singleBytes(text, windows: false) {
        others.append(("read as ISO-8859-1 and written in UTF-8", bytes))
      }
      if let bytes = singleBytes(text, windows: true) {
        others.append(("read as Windows-1252 and written in UTF-8", bytes))
      }
    }
    guard body.contains(where: { $0 >= 0x80 }) else { return others }
    others.append(("read as UTF-8 and written in ISO-8859-1", utf8(body, windows: false)))
    others.append(("read as UTF-8 and written in Windows-1252", utf8(body, windows: true)))
    return others
  }

  /// The characters of Windows-1252 from 0x80 to 0x9f; 0: none.
  private static let windows: [UInt32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
    0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
  ]

  /// One byte a character; nil when the text has others than the set.
  private static func singleBytes(_ text: String, windows isWindows: Bool) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if isWindows, let index = windows.firstIndex(of: scalar.value), scalar.value != 0 {
        bytes.append(0x80 + UInt8(index))
        continue
      }
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func utf8(_ bytes: [UInt8], windows isWindows: Bool) -> [UInt8] {
    var text = String.UnicodeScalarView()
    for byte in bytes {
      var value = UInt32(byte)
      if isWindows, byte >= 0x80, byte < 0xa0 {
        let mapped = windows[Int(byte - 0x80)]
        if mapped != 0 { value = mapped }
      }
      // Everything below 0x100, and all of the table, is a character.
      text.append(Unicode.Scalar(value) ?? Unicode.Scalar(byte))
    }
    return Array(String(text).utf8)
  }

  /// The text of UTF-16 in UTF-8, without its mark; nil when it is none.
  private static func utf16(_ body: [UInt8], _ isBigEndian: Bool) -> [UInt8]? {
    guard body.count >= 2, body.count.isMultiple(of: 2), body.contains(0) else { return nil }
    let units = stride(from: 0, to: body.count, by: 2).map { index in
      let (first, second) = (UInt16(body[index]), UInt16(body[index + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    let text = units.first == 0xfeff ? units.dropFirst() : units[...]
    return String(validating: text, as: UTF16.self).map { Array($0.utf8) }
  }

  private static func written(_ text: String, isBigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
      return isBigEndian ? [high, low] : [low, high]
    }
  }
}
