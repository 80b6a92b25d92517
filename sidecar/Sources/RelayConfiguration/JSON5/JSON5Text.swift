internal import WebhookReceiver

/// Writes what was read as JSON again: the file's objects that are a provider's.
enum JSON5Text {
  static func write(_ content: JSON5Node.Content, to writer: inout JSONWriter) throws(Mistake) {
    switch content {
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.key)
        try write(member.value.content, to: &writer)
      }
      writer.endObject()
    case .array(let elements):
      writer.beginArray()
      for element in elements { try write(element.content, to: &writer) }
      writer.endArray()
    case .string(let text): writer.string(text)
    case .number(.integer(let number)): writer.int(number)
    case .number(.fraction(let number)): writer.rawNumber(String(number))
    case .bool(let flag): writer.bool(flag)
    case .null: writer.null()
    case .number(.other), .number(.notFinite):
      throw Mistake(
        message: "a number in here has no place in JSON, or is too large to be kept",
        suggestion: "write it as a text, or smaller"
      )
    case .invalid:
      throw Mistake(message: "this cannot be read", suggestion: "mend what is reported before")
    }
  }
}
