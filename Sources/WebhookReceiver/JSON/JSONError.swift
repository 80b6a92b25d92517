/// Why bytes are not the JSON text that was expected, and where.
package struct JSONError: Error, Equatable, Sendable {
  package enum Reason: String, Sendable {
    case unexpectedEnd = "the text ends too early; it may have been cut"
    case unexpectedByte = "no value, key or separator can stand here"
    case trailingBytes = "something follows the value; send one value"
    case tooDeep = "the nesting is deeper than allowed; send a flatter document"
    case malformedNumber = "this is not a number as RFC 8259 writes them"
    case controlCharacter = "a string holds a bare control character; escape it"
    case malformedEscape = "a string holds an escape that JSON does not know"
    case loneSurrogate = "a string holds half of a surrogate pair; send both halves"
    case invalidUTF8 = "a string is not UTF-8; send UTF-8"
    case duplicateKey = "an object has one key twice; send it once"
  }

  package let reason: Reason
  /// Bytes from the start of the text.
  package let offset: Int

  package init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  package var description: String { "JSON, byte \(offset): \(reason.rawValue)" }
}
