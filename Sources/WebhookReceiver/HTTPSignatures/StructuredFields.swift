/// A value of a structured field without its parameters (RFC 9651, section 3.3).
///
/// Decimals, dates and display strings are not here: no field that is read here has them.
package enum StructuredValue: Sendable, Hashable {
  case integer(Int64)
  case string(String)
  case token(String)
  case bytes([UInt8])
  case boolean(Bool)
}

/// What stands behind a semicolon (RFC 9651, section 3.1.2).
package struct StructuredParameter: Sendable, Hashable {
  package let key: String
  package let value: StructuredValue

  package init(_ key: String, _ value: StructuredValue) {
    self.key = key
    self.value = value
  }
}

/// A value with its parameters (RFC 9651, section 3.3).
package struct StructuredItem: Sendable, Hashable {
  package let value: StructuredValue
  package let parameters: [StructuredParameter]

  package init(_ value: StructuredValue, _ parameters: [StructuredParameter] = []) {
    self.value = value
    self.parameters = parameters
  }
}

/// One entry of a dictionary, with the parameters of its item or list.
package struct StructuredMember: Sendable, Hashable {
  package enum Content: Sendable, Hashable {
    case item(StructuredValue)
    case list([StructuredItem])
  }

  package let key: String
  package let content: Content
  package let parameters: [StructuredParameter]

  package init(key: String, content: Content, parameters: [StructuredParameter] = []) {
    self.key = key
    self.content = content
    self.parameters = parameters
  }
}

/// A header field that is a dictionary (RFC 9651, section 3.2).
package struct StructuredDictionary: Sendable, Hashable {
  package private(set) var members: [StructuredMember]
  /// Whether a key, or a parameter of one item, came more than once; the last of them is kept.
  ///
  /// Where it matters who is believed, the reader of the field refuses such: two programs that
  /// each read another one of them are a way around the check.
  package let hasRepetition: Bool

  package init(members: [StructuredMember], hasRepetition: Bool = false) {
    self.members = members
    self.hasRepetition = hasRepetition
  }

  /// Reads the joined value of a field.
  package init(parsing text: Span<UInt8>) throws(StructuredFieldError) {
    guard text.count <= StructuredFields.textBytesMax else { throw .tooLarge }
    var reader = StructuredFieldReader(text)
    members = try reader.dictionary()
    hasRepetition = reader.hasRepetition
  }

  package subscript(key: String) -> StructuredMember? {
    members.first { $0.key == key }
  }
}

/// Why text is not a structured field as far as they are read here.
package enum StructuredFieldError: Error, Hashable, Sendable {
  /// One of the limits of `StructuredFields` is passed.
  case tooLarge
  /// The text is not of the form.
  case malformed
}

/// What all readers of structured fields share.
package enum StructuredFields {
  /// The longest text: of the size that Apache and nginx allow for one field unless told otherwise.
  package static let textBytesMax = 8192
  /// The most members of a dictionary: a signature of the sender and of each proxy are a few.
  package static let membersMax = 16
  /// The most items of an inner list; RFC 9421 has examples of up to eight.
  package static let itemsMax = 64
  /// The most parameters of an item or a list; RFC 9421 defines six.
  package static let parametersMax = 16
  /// The most digits of an integer (RFC 9651, section 3.3.1).
  static let integerDigitsMax = 15

  /// Whether the text may be a key of a dictionary or a parameter.
  package static func isKey(_ text: String) -> Bool {
    let bytes = text.utf8.span
    guard !bytes.isEmpty, bytes.count <= textBytesMax, isKeyStart(bytes[0]) else { return false }
    for index in bytes.indices {
      guard isKeyByte(bytes[index]) else { return false }
    }
    return true
  }

  /// Whether the text may be a string: printable ASCII.
  package static func isString(_ text: String) -> Bool {
    text.utf8.count <= textBytesMax && text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7e }
  }

  static func isKeyStart(_ byte: UInt8) -> Bool {
    ASCII.isLowercase(byte) || byte == UInt8(ascii: "*")
  }

  static func isKeyByte(_ byte: UInt8) -> Bool {
    isKeyStart(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  static func isTokenStart(_ byte: UInt8) -> Bool {
    ASCII.isLetter(byte) || byte == UInt8(ascii: "*")
  }
}
