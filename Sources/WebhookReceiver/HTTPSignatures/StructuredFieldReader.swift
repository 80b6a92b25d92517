/// Walks over the text of a dictionary once, from left to right (RFC 9651, section 4.2).
struct StructuredFieldReader: ~Escapable {
  /// Whether a key or parameter came twice.
  private(set) var hasRepetition = false
  private let text: Span<UInt8>
  private var position = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  /// The whole text as a dictionary; a repeated key has its last value, at its first place.
  mutating func dictionary() throws(StructuredFieldError) -> [StructuredMember] {
    var members: [StructuredMember] = []
    var count = 0
    skipSpaces()
    guard position < text.count else { return [] }
    while true {
      count += 1
      guard count <= StructuredFields.membersMax else { throw .tooLarge }
      let member = try member()
      if let index = members.firstIndex(where: { $0.key == member.key }) {
        members[index] = member
        hasRepetition = true
      } else {
        members.append(member)
      }
      skipBlanks()
      guard position < text.count else { return members }
      guard take(",") else { throw .malformed }
      // A comma promises another member.
      skipBlanks()
    }
  }

  private mutating func member() throws(StructuredFieldError) -> StructuredMember {
    let key = try key()
    let content: StructuredMember.Content
    if !take("=") {
      content = .item(.boolean(true))
    } else if take("(") {
      content = .list(try listItems())
    } else {
      content = .item(try value())
    }
    return StructuredMember(key: key, content: content, parameters: try parameters())
  }

  /// The items up to the closing parenthesis, with at least a space between two.
  private mutating func listItems() throws(StructuredFieldError) -> [StructuredItem] {
    var items: [StructuredItem] = []
    while true {
      skipSpaces()
      if take(")") { return items }
      guard items.count < StructuredFields.itemsMax else { throw .tooLarge }
      let value = try value()
      items.append(StructuredItem(value, try parameters()))
      guard peek(" ") || peek(")") else { throw .malformed }
    }
  }

  private mutating func parameters() throws(StructuredFieldError) -> [StructuredParameter] {
    var parameters: [StructuredParameter] = []
    var count = 0
    while take(";") {
      count += 1
      guard count <= StructuredFields.parametersMax else { throw .tooLarge }
      skipSpaces()
      let key = try key()
      let parameter = StructuredParameter(key, take("=") ? try value() : .boolean(true))
      if let index = parameters.firstIndex(where: { $0.key == key }) {
        parameters[index] = parameter
        hasRepetition = true
      } else {
        parameters.append(parameter)
      }
    }
    return parameters
  }

  private mutating func key() throws(StructuredFieldError) -> String {
    let start = position
    guard start < text.count, StructuredFields.isKeyStart(text[start]) else { throw .malformed }
    while position < text.count, StructuredFields.isKeyByte(text[position]) { position += 1 }
    return string(start..<position)
  }

  private mutating func value() throws(StructuredFieldError) -> StructuredValue {
    guard position < text.count else { throw .malformed }
    switch text[position] {
    case UInt8(ascii: "\""): return .string(try quoted())
    case UInt8(ascii: ":"): return .bytes(try bytes())
    case UInt8(ascii: "?"): return .boolean(try boolean())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .integer(try integer())
    case let byte where StructuredFields.isTokenStart(byte): return .token(token())
    default: throw .malformed
    }
  }

  /// A decimal ends here before its point, which then is none of what may follow.
  private mutating func integer() throws(StructuredFieldError) -> Int64 {
    let isNegative = take("-")
    let start = position
    var number: Int64 = 0
    while position < text.count, ASCII.isDigit(text[position]) {
      guard position - start < StructuredFields.integerDigitsMax else { throw .malformed }
      number = number * 10 + Int64(text[position] - UInt8(ascii: "0"))
      position += 1
    }
    guard position > start else { throw .malformed }
    return isNegative ? -number : number
  }

  private mutating func quoted() throws(StructuredFieldError) -> String {
    position += 1
    var bytes: [UInt8] = []
    while position < text.count {
      var byte = text[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard peek("\"") || peek("\\") else { throw .malformed }
        byte = text[position]
        position += 1
      }
      guard byte >= 0x20, byte <= 0x7e else { throw .malformed }
      bytes.append(byte)
    }
    throw .malformed
  }

  /// RFC 9651 lets bits behind the last byte pass; here one value has one text.
  private mutating func bytes() throws(StructuredFieldError) -> [UInt8] {
    position += 1
    let start = position
    while position < text.count, !peek(":") { position += 1 }
    let end = position
    guard take(":"), let bytes = Base64.decode(text.extracting(start..<end)) else {
      throw .malformed
    }
    return bytes
  }

  private mutating func boolean() throws(StructuredFieldError) -> Bool {
    position += 1
    if take("1") { return true }
    guard take("0") else { throw .malformed }
    return false
  }

  private mutating func token() -> String {
    let start = position
    while position < text.count,
      ASCII.isToken(text[position]) || peek(":") || peek("/")
    {
      position += 1
    }
    return string(start..<position)
  }

  private func string(_ range: Range<Int>) -> String {
    String(decoding: range.map { text[$0] }, as: UTF8.self)
  }

  private func peek(_ byte: Unicode.Scalar) -> Bool {
    position < text.count && text[position] == UInt8(ascii: byte)
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard peek(byte) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpaces() {
    while peek(" ") { position += 1 }
  }

  private mutating func skipBlanks() {
    while peek(" ") || peek("\t") { position += 1 }
  }
}
