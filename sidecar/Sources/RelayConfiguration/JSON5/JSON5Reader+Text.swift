extension JSON5Reader {
  /// Reads a key: a name of ECMAScript 5.1, or a string.
  ///
  /// Nil after a mistake that was passed.
  mutating func key() -> (String, Position)? {
    let position = cursor.position
    guard let scalar = cursor.scalar else { return nil }
    if scalar == "\"" || scalar == "'" {
      if let text = string() { return (text, position) }
    } else if Self.isIdentifierStart(scalar) || scalar == "\\" {
      if let name = identifier() { return (name, position) }
    } else if scalar == "," {
      report(position, "a key is missing before this comma", "remove the comma")
      cursor.advance()
      return nil
    } else if Self.isIdentifierPart(scalar) {
      let start = cursor.index
      while let next = cursor.scalar, Self.isIdentifierPart(next) || next == "-" || next == "." {
        cursor.advance()
      }
      let name = cursor.text(from: start)
      report(position, "a key that begins with a digit needs quotes", "write \(quoted(name))")
      return (name, position)
    } else {
      report(position, "a key is expected here", "write a name and a colon")
      cursor.advance()
    }
    skipToSeparator()
    _ = cursor.take(",")
    return nil
  }

  /// Reads a name; the escapes in it are \uHHHH alone.
  private mutating func identifier() -> String? {
    let start = cursor.position
    let first = cursor.index
    var name = String.UnicodeScalarView()
    while let scalar = cursor.scalar {
      if scalar == "\\" {
        let position = cursor.position
        cursor.advance()
        guard cursor.take("u"), let unit = hexNumber(digits: 4),
          let decoded = Unicode.Scalar(UInt32(unit)),
          name.isEmpty ? Self.isIdentifierStart(decoded) : Self.isIdentifierPart(decoded)
        else {
          report(position, "this escape makes no letter of a key", "put the key in quotes")
          return nil
        }
        name.append(decoded)
      } else if name.isEmpty ? Self.isIdentifierStart(scalar) : Self.isIdentifierPart(scalar) {
        name.append(scalar)
        cursor.advance()
      } else {
        break
      }
    }
    // A name like standard-webhooks: legal only in quotes, and clear enough to go on with.
    if cursor.isNext("-") || cursor.isNext(".") {
      while let next = cursor.scalar, Self.isIdentifierPart(next) || next == "-" || next == "." {
        cursor.advance()
      }
      let whole = cursor.text(from: first)
      report(start, "a key with - or . in it needs quotes", "write \(quoted(whole))")
      return whole
    }
    return String(name)
  }

  /// Reads a quoted text; nil when a mistake in it was reported.
  mutating func string() -> String? {
    let start = cursor.position
    guard let quote = cursor.byte else { return nil }
    cursor.advance()
    var text = String.UnicodeScalarView()
    var isGood = true
    while true {
      guard let scalar = cursor.scalar, !cursor.isAtLineEnd else {
        report(
          start,
          "this text is not closed on its line",
          "write \(Unicode.Scalar(quote)) where it ends"
        )
        return nil
      }
      if cursor.byte == quote {
        cursor.advance()
        return isGood ? String(text) : nil
      }
      if scalar == "\\" {
        if !escape(into: &text) { isGood = false }
      } else {
        text.append(scalar)
        cursor.advance()
      }
    }
  }

  /// Reads what a backslash begins; a line end after it is no part of the text.
  private mutating func escape(into text: inout String.UnicodeScalarView) -> Bool {
    let position = cursor.position
    cursor.advance()
    guard let scalar = cursor.scalar else { return true }
    cursor.advance()
    switch scalar {
    case "\n", "\r", "\u{2028}", "\u{2029}": return true
    case "b": text.append("\u{8}")
    case "f": text.append("\u{C}")
    case "n": text.append("\n")
    case "r": text.append("\r")
    case "t": text.append("\t")
    case "v": text.append("\u{B}")
    case "0" where !isDigit(cursor.byte): text.append("\0")
    case "0"..."9":
      report(position, "numbers after a backslash are not allowed", "write \\u and four digits")
      return false
    case "x":
      guard let value = hexNumber(digits: 2) else {
        report(position, "\\x needs two hexadecimal digits", "write \\x41, say")
        return false
      }
      text.append(Unicode.Scalar(UInt8(truncatingIfNeeded: value)))
    case "u":
      guard let decoded = unicodeEscape() else {
        report(
          position,
          "\\u needs four hexadecimal digits that make a character, or a pair of them",
          "write \\u0041, say, or the character itself"
        )
        return false
      }
      text.append(decoded)
    default: text.append(scalar)
    }
    return true
  }

  /// Reads what follows `\u`; characters beyond U+FFFF are two escapes.
  private mutating func unicodeEscape() -> Unicode.Scalar? {
    guard let first = hexNumber(digits: 4) else { return nil }
    if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
    guard (0xD800..<0xDC00).contains(first), cursor.isNext("\\", "u") else { return nil }
    cursor.advance(2)
    guard let second = hexNumber(digits: 4), (0xDC00..<0xE000).contains(second) else { return nil }
    return Unicode.Scalar(UInt32(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)))
  }

  private mutating func hexNumber(digits count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let byte = cursor.byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue
      else { return nil }
      value = value << 4 | digit
      cursor.advance()
    }
    return value
  }

  private func isDigit(_ byte: UInt8?) -> Bool {
    byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }

  static func isIdentifierStart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "$", "_": return true
    default:
      guard !scalar.isASCII else { return false }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .letterNumber:
        return true
      default: return false
      }
    }
  }

  static func isIdentifierPart(_ scalar: Unicode.Scalar) -> Bool {
    if isIdentifierStart(scalar) { return true }
    switch scalar {
    case "0"..."9", "\u{200C}", "\u{200D}": return true
    default:
      guard !scalar.isASCII else { return false }
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
      default: return false
      }
    }
  }
}
