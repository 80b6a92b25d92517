internal import WebhookReceiver

/// Reads values that hold no others.
///
/// Messages repeat what was written, except where it may be a secret.
enum ScalarReader {
  static func read(
    _ content: JSON5Node.Content,
    _ shape: Shape
  ) throws(Mistake) -> Checked.Value {
    switch shape {
    case .boolean:
      guard case .bool(let value) = content else {
        throw Mistake(message: "this must be true or false", suggestion: "write it without quotes")
      }
      return .boolean(value)
    case .share(let range): return .share(try share(content, range))
    case .integer(let range, let reason): return .integer(try integer(content, range, reason))
    case .size(let range, let factor):
      return .integer(try size(content, range, multipleOf: factor))
    case .duration(let range): return .duration(try duration(content, range))
    case .choice(let words, let later): return .text(try choice(content, words, later))
    case .text(let form):
      guard case .string(let text) = content else {
        throw Mistake(
          message: "this must be a text in quotes",
          suggestion: "write \(Expectation.example(shape))"
        )
      }
      return try TextReader.read(text, form)
    case .json:
      guard case .object = content else {
        throw Mistake(message: "this must be an object", suggestion: "write { … }")
      }
      var writer = JSONWriter()
      try JSON5Text.write(content, to: &writer)
      return .json(writer.bytes)
    case .section, .variants, .preset, .oneOrMany, .orNull, .named, .texts, .list:
      preconditionFailure("the checker goes into these itself")
    }
  }

  private static func share(
    _ content: JSON5Node.Content,
    _ range: ClosedRange<Double>
  ) throws(Mistake) -> Double {
    let value: Double? =
      switch content {
      case .number(.integer(let number)): Double(number)
      case .number(.fraction(let number)): number
      default: nil
      }
    guard let value, range.contains(value) else {
      throw Mistake(
        message: "this must be a part of a whole",
        suggestion: "write a number from \(shareText(range.lowerBound)) to "
          + "\(shareText(range.upperBound)), like 0.2 for a fifth"
      )
    }
    return value
  }

  private static func integer(
    _ content: JSON5Node.Content,
    _ range: ClosedRange<Int>,
    _ reason: String
  ) throws(Mistake) -> Int64 {
    guard case .number(.integer(let value)) = content else {
      throw Mistake(
        message: "this must be a whole number",
        suggestion: "write one from \(range.lowerBound) to \(range.upperBound), without quotes"
      )
    }
    guard range.contains(value) else {
      throw Mistake(
        message: "\(value) is not from \(range.lowerBound) to \(range.upperBound): \(reason)",
        suggestion: "write one that is"
      )
    }
    return Int64(value)
  }

  private static func size(
    _ content: JSON5Node.Content,
    _ range: ClosedRange<Int64>,
    multipleOf factor: Int64
  ) throws(Mistake) -> Int64 {
    let value: Int64
    switch content {
    case .number(.integer(let number)): value = Int64(number)
    case .string(let text):
      guard let bytes = ByteSize.parse(text) else {
        throw Mistake(
          message: "\(quoted(text)) is not a size",
          suggestion: "write digits and KiB, MiB or GiB, like \"64KiB\", or a number of bytes"
        )
      }
      value = bytes
    default:
      throw Mistake(message: "this must be a size", suggestion: "write one like \"64KiB\"")
    }
    guard range.contains(value) else {
      throw Mistake(
        message: "\(ByteSize.text(value)) is out of bounds",
        suggestion: "write a size from \(ByteSize.text(range.lowerBound)) to "
          + ByteSize.text(range.upperBound)
      )
    }
    guard value.isMultiple(of: factor) else {
      let below = max(value / factor * factor, range.lowerBound)
      throw Mistake(
        message: "\(ByteSize.text(value)) is not a multiple of \(ByteSize.text(factor))",
        suggestion: "write \"\(ByteSize.text(below))\", say"
      )
    }
    return value
  }

  private static func duration(
    _ content: JSON5Node.Content,
    _ range: ClosedRange<Duration>
  ) throws(Mistake) -> Duration {
    let bounds =
      "from \(range.lowerBound.configurationText) to \(range.upperBound.configurationText)"
    switch content {
    case .string(let text):
      guard let value = Duration(configurationText: text) else {
        throw Mistake(
          message: "\(quoted(text)) is not a duration",
          suggestion: "write digits and ms, s, m, h or d, like \"30s\""
        )
      }
      guard range.contains(value) else {
        throw Mistake(
          message: "\(quoted(text)) is out of bounds",
          suggestion: "write a duration \(bounds)"
        )
      }
      return value
    case .number(.integer(let number)) where number > 0:
      throw Mistake(
        message: "\(number) has no unit",
        suggestion: "write \"\(number)s\" if seconds are meant"
      )
    default:
      throw Mistake(message: "this must be a duration", suggestion: "write one \(bounds)")
    }
  }

  private static func choice(
    _ content: JSON5Node.Content,
    _ words: [String],
    _ later: [String]
  ) throws(Mistake) -> String {
    let known = words.map { "\"\($0)\"" }.joined(separator: ", ")
    let suggestion = words.count == 1 ? "write \(known)" : "write one of \(known)"
    guard case .string(let text) = content else {
      throw Mistake(message: "this must be a word in quotes", suggestion: suggestion)
    }
    if words.contains(text) { return text }
    if later.contains(text) {
      throw Mistake(message: "\(quoted(text)) is not supported yet", suggestion: suggestion)
    }
    throw Mistake(
      message: "\(quoted(text)) is not a word of this key",
      suggestion: NearestKey.of(text, among: words).map { "did you mean \"\($0)\"?" } ?? suggestion
    )
  }
}

/// A part of a whole as a configuration has it: `0`, `0.2`.
func shareText(_ share: Double) -> String {
  share.rounded() == share ? String(Int(share)) : String(share)
}
