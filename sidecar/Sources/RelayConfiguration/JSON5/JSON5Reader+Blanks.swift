extension JSON5Reader {
  /// Passes white space and comments.
  mutating func skipBlanks() {
    while let scalar = cursor.scalar {
      if JSON5Cursor.isBlank(scalar) {
        cursor.advance()
      } else if cursor.isNext("/", "/") {
        skipLine()
      } else if cursor.isNext("/", "*") {
        skipBlockComment()
      } else if scalar == "#" {
        report(cursor.position, "a comment does not begin with #", "write // instead of #")
        skipLine()
      } else {
        return
      }
    }
  }

  private mutating func skipLine() {
    while let scalar = cursor.scalar, !cursor.isAtLineEnd,
      scalar.value != 0x2028, scalar.value != 0x2029
    {
      cursor.advance()
    }
  }

  private mutating func skipBlockComment() {
    let start = cursor.position
    cursor.advance(2)
    while !cursor.isNext("*", "/") {
      guard !cursor.isAtEnd else {
        report(start, "this comment is not closed", "write */ where it ends")
        return
      }
      cursor.advance()
    }
    cursor.advance(2)
  }

  /// After a mistake: goes on to the next comma, closing bracket or line end of this level.
  mutating func skipToSeparator() {
    while let byte = cursor.byte {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\n"),
        UInt8(ascii: "\r"):
        return
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        skipBalanced()
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        skipQuoted(byte)
      default:
        if cursor.isNext("/", "/") || cursor.isNext("/", "*") {
          skipBlanks()
        } else {
          cursor.advance()
        }
      }
    }
  }

  /// Passes a bracket and everything up to the one that closes it.
  mutating func skipBalanced() {
    var depth = 0
    while let byte = cursor.byte {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        skipQuoted(byte)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default:
        if cursor.isNext("/", "/") || cursor.isNext("/", "*") {
          skipBlanks()
          continue
        }
      }
      cursor.advance()
      if depth == 0 { return }
    }
  }

  /// Passes a quoted text as far as its line, without looking into it.
  private mutating func skipQuoted(_ quote: UInt8) {
    cursor.advance()
    while let byte = cursor.byte, !cursor.isAtLineEnd {
      cursor.advance()
      if byte == quote { return }
      if byte == UInt8(ascii: "\\") { cursor.advance() }
    }
  }
}
