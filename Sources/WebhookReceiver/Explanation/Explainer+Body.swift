/// Bodies that are not the bytes that were signed.
extension Explainer {
  mutating func bodyCauses(_ guess: inout Guess) -> [Explanation] {
    let body = guess.request.body
    var seen: Set<[UInt8]> = [SHA256.digest(body)]
    for candidate in BodyText.otherEnds(body) where fits(candidate, &seen, &guess) {
      return [
        Explanation(
          .trailingNewline,
          "the body has \(candidate.count < body.count ? "gained" : "lost") white space at its end "
            + "on the way; pass on the bytes as they are received"
        )
      ]
    }
    for (set, candidate) in CharacterSets.others(body) where fits(candidate, &seen, &guess) {
      return [
        Explanation(
          .characterSet,
          "the body was \(set); pass on the bytes as they are received, without making text of them"
        )
      ]
    }
    // Each is made when the one before did not fit: there may be hundreds.
    var styles = JSONStyle.others(body)
    var printed = 0
    while printed < printedBytesLimit, let (style, candidate) = styles.next() {
      printed += candidate.count
      guard fits(candidate, &seen, &guess) else { continue }
      return [
        Explanation(
          .bodyReencoded,
          "the body was parsed and printed again (the sender writes \(style)); verify the bytes as "
            + "they are received, before anything parses them"
        )
      ]
    }
    for candidate in BodyText.otherLines(body) + FormText.others(body)
    where fits(candidate, &seen, &guess) {
      return [
        Explanation(
          .bodyReencoded,
          "the body was written anew on the way, with other escapes or line ends; verify the bytes "
            + "as they are received"
        )
      ]
    }
    return []
  }

  private mutating func fits(
    _ body: [UInt8],
    _ seen: inout Set<[UInt8]>,
    _ guess: inout Guess
  ) -> Bool {
    guard seen.insert(SHA256.digest(body)).inserted else { return false }
    var request = guess.request
    request.body = body
    return fits(&guess, request: request)
  }
}

/// Bodies with other ends and line ends.
enum BodyText {
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  static func otherEnds(_ body: [UInt8]) -> [[UInt8]] {
    var others = [
      body + [lineFeed], body + [carriageReturn, lineFeed], body + [lineFeed, lineFeed],
      body + [UInt8(ascii: " ")],
    ]
    var rest = body[...]
    while let last = rest.last, [lineFeed, carriageReturn, 0x20, 0x09].contains(last) {
      rest = rest.dropLast()
      // The last one is what most tools leave.
      if rest.count + 3 >= body.count { others.append(Array(rest)) }
    }
    others.append(Array(rest))
    // A line end of another kind.
    others.append(Array(rest) + [lineFeed])
    others.append(Array(rest) + [carriageReturn, lineFeed])
    return others.filter { $0 != body }
  }

  static func otherLines(_ body: [UInt8]) -> [[UInt8]] {
    guard body.contains(lineFeed) || body.contains(carriageReturn) else { return [] }
    var plain: [UInt8] = []
    plain.reserveCapacity(body.count)
    for index in body.indices {
      let isPair =
        body[index] == carriageReturn && index + 1 < body.count
        && body[index + 1] == lineFeed
      if !isPair { plain.append(body[index]) }
    }
    var pairs: [UInt8] = []
    for byte in plain {
      if byte == lineFeed { pairs.append(carriageReturn) }
      pairs.append(byte)
    }
    return [plain, pairs]
  }
}

/// Forms (`application/x-www-form-urlencoded`) with other escapes.
enum FormText {
  static func others(_ body: [UInt8]) -> [[UInt8]] {
    guard body.contains(UInt8(ascii: "=")), let form = FormFields(body[...]) else { return [] }
    var others: [[UInt8]] = []
    for plain in ["-_.*", "-_.~", "-_.!~*'()", "-_.*~"] {
      for blank in ["+", "%20"] {
        for isUpper in [true, false] {
          others.append(written(form, plain: Array(plain.utf8), blank: blank, isUpper: isUpper))
        }
      }
    }
    return others
  }

  private static func written(
    _ form: FormFields,
    plain: [UInt8],
    blank: String,
    isUpper: Bool
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ text: [UInt8]) {
      for byte in text {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          bytes.append(byte)
        case 0x20: bytes += Array(blank.utf8)
        case _ where plain.contains(byte): bytes.append(byte)
        default:
          let digits = Hex.encode([byte])
          bytes += Array("%\(isUpper ? digits.uppercased() : digits)".utf8)
        }
      }
    }
    for (index, field) in form.fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "&")) }
      append(field.name)
      bytes.append(UInt8(ascii: "="))
      append(field.value)
    }
    return bytes
  }
}
