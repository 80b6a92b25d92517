/// Reads the elements of `Forwarded` (RFC 7239) and `X-Forwarded-For`, one at a time.
enum ForwardedElement {
  /// Where the last element of a part of the text starts.
  ///
  /// From the right, a quotation mark outside of a quoted string can only be one that closes, and
  /// the one that opened it is the next without a backslash before it, because before that one
  /// stands an equals sign. So the elements that proxies wrote are found whatever a stranger, who
  /// may leave a quotation open, wrote before them. Read from the left, his would swallow theirs.
  static func start(
    in text: Span<UInt8>,
    _ part: Range<Int>,
    isQuoting: Bool,
    bytesLeft: inout Int,
    hop: Int
  ) throws(ForwardedError) -> Int {
    var isQuoted = false
    var index = part.upperBound
    while index > part.lowerBound {
      guard bytesLeft > 0 else {
        throw ForwardedError.tooLong(bytesMax: TrustedProxies.bytesMax)
      }
      bytesLeft -= 1
      let byte = text[index - 1]
      if byte == UInt8(ascii: ","), !isQuoted { return index }
      if byte == UInt8(ascii: "\""), isQuoting {
        let isAfterBackslash =
          index - 1 > part.lowerBound && text[index - 2] == UInt8(ascii: "\\")
        isQuoted = !isQuoted || isAfterBackslash
      }
      index -= 1
    }
    guard !isQuoted else { throw ForwardedError.unbalancedQuotes(hop: hop) }
    return part.lowerBound
  }

  /// Without the blanks that may stand around a comma.
  static func trimmed(_ part: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
    var (start, end) = (part.lowerBound, part.upperBound)
    while start < end, ASCII.isBlank(text[start]) { start += 1 }
    while end > start, ASCII.isBlank(text[end - 1]) { end -= 1 }
    return start..<end
  }

  /// The address that is the whole element, as in `X-Forwarded-For`; some proxies add the port.
  static func address(bare text: Span<UInt8>, hop: Int) throws(ForwardedError) -> IPAddress {
    if let address = IPAddress(text) { return address }
    guard let address = withPort(text) else { throw refusal(of: text, hop: hop) }
    return address
  }

  /// The address under `for` in an element such as `for="[2001:db8::1]";proto=https`.
  static func address(
    forwarded element: Span<UInt8>,
    hop: Int
  ) throws(ForwardedError) -> IPAddress {
    guard !element.isEmpty else { throw ForwardedError.emptyElement(hop: hop) }
    guard isASCII(element) else { throw ForwardedError.notASCII(hop: hop) }
    var found: Range<Int>?
    var position = 0
    while position < element.count {
      // The grammar allows a pair to be left out.
      guard element[position] != UInt8(ascii: ";") else {
        position += 1
        continue
      }
      let name = tokenRange(in: element, from: position)
      guard !name.isEmpty, isByte("=", at: name.upperBound, in: element) else {
        throw ForwardedError.malformedElement(hop: hop)
      }
      let value = try valueRange(in: element, from: name.upperBound + 1, hop: hop)
      position = value.end
      guard position == element.count || isByte(";", at: position, in: element) else {
        throw ForwardedError.malformedElement(hop: hop)
      }
      if isWord("for", element.extracting(name)) {
        guard found == nil else { throw ForwardedError.repeatedFor(hop: hop) }
        found = value.content
      }
    }
    guard let found else { throw ForwardedError.missingFor(hop: hop) }
    return try address(node: element.extracting(found), hop: hop)
  }

  /// What stands inside the quotation marks, if there are any, and where the value ends.
  ///
  /// Backslashes stay: an address has nothing to escape, so one that has some is no address.
  private static func valueRange(
    in element: Span<UInt8>,
    from start: Int,
    hop: Int
  ) throws(ForwardedError) -> (content: Range<Int>, end: Int) {
    guard isByte("\"", at: start, in: element) else {
      let token = tokenRange(in: element, from: start)
      guard !token.isEmpty else { throw ForwardedError.malformedElement(hop: hop) }
      return (token, token.upperBound)
    }
    var position = start + 1
    while position < element.count, element[position] != UInt8(ascii: "\"") {
      position += element[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < element.count else { throw ForwardedError.unbalancedQuotes(hop: hop) }
    return (start + 1..<position, position + 1)
  }

  /// A node of RFC 7239, section 6: IPv4 as it is, IPv6 in brackets.
  private static func address(
    node text: Span<UInt8>,
    hop: Int
  ) throws(ForwardedError) -> IPAddress {
    if let address = v6InBrackets(text) { return address }
    if !hasByte(":", text), let address = IPAddress(text) { return address }
    guard let address = withPort(text) else { throw refusal(of: text, hop: hop) }
    return address
  }

  /// The address in front of a port: `192.0.2.1:4711`, `[2001:db8::1]:443`.
  ///
  /// The port is a number; a hidden one (`_x`) belongs to a hidden address.
  private static func withPort(_ text: Span<UInt8>) -> IPAddress? {
    var colon = text.count
    var port = 0
    while colon > 0, text[colon - 1] != UInt8(ascii: ":") {
      colon -= 1
      guard text[colon] >= UInt8(ascii: "0"), text[colon] <= UInt8(ascii: "9") else { return nil }
    }
    let digits = text.count - colon
    guard colon > 0, (1...5).contains(digits) else { return nil }
    for index in colon..<text.count { port = port * 10 + Int(text[index] - UInt8(ascii: "0")) }
    guard port <= 65535 else { return nil }
    let host = text.extracting(0..<colon - 1)
    return v6InBrackets(host) ?? (hasByte(":", host) ? nil : IPAddress(host))
  }

  private static func v6InBrackets(_ text: Span<UInt8>) -> IPAddress? {
    guard text.count > 2, isByte("[", at: 0, in: text), isByte("]", at: text.count - 1, in: text)
    else { return nil }
    let inner = text.extracting(1..<text.count - 1)
    return hasByte(":", inner) ? IPAddress(inner) : nil
  }

  /// Why a text that is not an address is none.
  private static func refusal(of text: Span<UInt8>, hop: Int) -> ForwardedError {
    guard !text.isEmpty else { return .emptyElement(hop: hop) }
    guard isASCII(text) else { return .notASCII(hop: hop) }
    if isByte("_", at: 0, in: text) || isWord("unknown", text) { return .hiddenAddress(hop: hop) }
    return .notAnAddress(hop: hop)
  }
}

extension ForwardedElement {
  private static func isByte(_ wanted: Unicode.Scalar, at index: Int, in text: Span<UInt8>) -> Bool
  {
    index < text.count && text[index] == UInt8(ascii: wanted)
  }

  private static func hasByte(_ wanted: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
    for index in text.indices where text[index] == UInt8(ascii: wanted) { return true }
    return false
  }

  private static func isASCII(_ text: Span<UInt8>) -> Bool {
    for index in text.indices where text[index] >= 0x80 { return false }
    return true
  }

  /// Compares with a word in lower case; names and `unknown` have no case.
  private static func isWord(_ word: StaticString, _ text: Span<UInt8>) -> Bool {
    guard text.count == word.utf8CodeUnitCount else { return false }
    for index in text.indices {
      // The index is below the word's own count.
      guard unsafe text[index] | 0x20 == word.utf8Start[index] else { return false }
    }
    return true
  }

  private static func tokenRange(in text: Span<UInt8>, from start: Int) -> Range<Int> {
    var end = start
    while end < text.count, ASCII.isToken(text[end]) { end += 1 }
    return start..<end
  }
}
