extension JSON5Reader {
  /// Reads a number, or what looks like one.
  mutating func number() -> JSON5Node.Content {
    let position = cursor.position
    let token = numberToken()
    if let number = Self.number(token) {
      // 10MiB ends the token; 10 MiB or 192.0.2.0/24 shows in what follows.
      if isAtValueEnd { return .number(number) }
      skipToSeparator()
    }
    // The text is not repeated: it may be a secret that somebody forgot to put in quotes.
    let hasUnit = token.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    report(
      position,
      "this is not a number",
      hasUnit == true ? "write it in quotes if it has a unit or is a text" : "write digits"
    )
    return .invalid
  }

  private mutating func numberToken() -> String {
    let start = cursor.index
    while let scalar = cursor.scalar {
      let previous = cursor.index > start ? cursor.bytes[cursor.index - 1] : nil
      let isSign = scalar == "+" || scalar == "-"
      let isAfterExponent = previous == UInt8(ascii: "e") || previous == UInt8(ascii: "E")
      guard
        Self.isIdentifierPart(scalar) || scalar == "."
          || (isSign && (previous == nil || isAfterExponent))
      else { break }
      cursor.advance()
    }
    return cursor.text(from: start)
  }

  /// Whether what follows may follow a value.
  private var isAtValueEnd: Bool {
    guard let scalar = cursor.scalar else { return true }
    if JSON5Cursor.isBlank(scalar) { return true }
    return ",}]".unicodeScalars.contains(scalar) || cursor.isNext("/", "/")
      || cursor.isNext("/", "*")
  }

  static func number(_ token: String) -> JSON5Number? {
    var digits = Substring(token)
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits.removeFirst() }
    if digits == "Infinity" || digits == "NaN" { return .notFinite }
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      let hex = digits.dropFirst(2)
      guard !hex.isEmpty, hex.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
        return nil
      }
      return Int((isNegative ? "-" : "") + hex, radix: 16).map(JSON5Number.integer) ?? .other
    }
    return decimal(digits, isNegative: isNegative)
  }

  /// `1`, `1.`, `.5`, `1.5e-3`: at least one digit before the exponent, no leading zero.
  private static func decimal(_ text: Substring, isNegative: Bool) -> JSON5Number? {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == "e" || $0 == "E"
    }
    let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = mantissa[0]
    let fraction = mantissa.count == 2 ? mantissa[1] : ""
    guard !(whole.isEmpty && fraction.isEmpty), isDigits(whole), isDigits(fraction),
      whole.utf8.count <= 1 || whole.utf8.first != UInt8(ascii: "0")
    else { return nil }
    if parts.count == 2 {
      var exponent = parts[1]
      if exponent.first == "+" || exponent.first == "-" { exponent.removeFirst() }
      guard !exponent.isEmpty, isDigits(exponent) else { return nil }
    } else if fraction.isEmpty, let value = Int((isNegative ? "-" : "") + whole) {
      return .integer(value)
    }
    let normal = "\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)"
    let exponent = parts.count == 2 ? "e\(parts[1])" : ""
    guard let value = Double((isNegative ? "-" : "") + normal + exponent), value.isFinite else {
      return .other
    }
    // Whole numbers are exact up to here.
    let exactMax = 9_007_199_254_740_992.0
    guard value.rounded() == value else { return .fraction(value) }
    guard value.magnitude <= exactMax else { return .other }
    return .integer(Int(value))
  }

  private static func isDigits(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Reads a word, or reports that a text lacks its quotes.
  mutating func word() -> JSON5Node.Content {
    let position = cursor.position
    let start = cursor.index
    while let scalar = cursor.scalar, Self.isIdentifierPart(scalar) { cursor.advance() }
    let word = cursor.text(from: start)
    if isAtValueEnd {
      switch word {
      case "true": return .bool(true)
      case "false": return .bool(false)
      case "null": return .null
      case "Infinity", "NaN": return .number(.notFinite)
      default: break
      }
    }
    if cursor.index == start { cursor.advance() }
    skipToSeparator()
    report(position, "this is not a value", Self.suggestion(for: word))
    return .invalid
  }

  /// Only words of other formats are repeated; any other may be a secret.
  private static func suggestion(for word: String) -> String {
    switch word {
    case "True", "yes", "Yes", "on", "On": "write true"
    case "False", "no", "No", "off", "Off": "write false"
    case "None", "nil", "undefined": "write null, or remove the key"
    default: "write a text in quotes"
    }
  }
}

/// A piece of the file for a message: short, and nothing in it that a terminal would obey.
///
/// A path is worth `pathCharactersMax`: cut, it says no longer where to look.
func quoted(_ text: String, charactersMax: Int = 64) -> String {
  var shown = String.UnicodeScalarView()
  for scalar in text.unicodeScalars.prefix(charactersMax) {
    let isSafe =
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
        .unassigned:
        false
      default: true
      }
    shown.append(isSafe ? scalar : "\u{FFFD}")
  }
  let isCut = text.unicodeScalars.count > charactersMax
  return "\"\(String(shown))\(isCut ? "…" : "")\""
}
