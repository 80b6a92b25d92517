internal import WebhookReceiver

/// The JSON Schema of the configuration, written from the same table that it is checked by.
///
/// What a schema cannot say (that a secret can be had, that a body fits a record) only `check`
/// finds.
package enum ConfigurationSchema {
  /// One JSON object (draft 2020-12).
  package static func schema() -> [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.text("$schema", "https://json-schema.org/draft/2020-12/schema")
      $0.text("title", "webhook-sidecar.json5")
      section(KeyTable.root, to: &$0)
    }
    return writer.bytes
  }

  /// An incomplete one may lack what is required.
  static func section(
    _ keys: [SettingKey],
    isComplete: Bool = true,
    to writer: inout JSONWriter
  ) {
    writer.text("type", "object")
    writer.key("properties")
    writer.object { writer in
      for key in keys {
        writer.key(key.name)
        writer.object { property(key, to: &$0) }
      }
    }
    let required = keys.filter { if case .required = $0.presence { true } else { false } }
    if isComplete, !required.isEmpty { writer.texts("required", required.map(\.name)) }
    writer.key("additionalProperties")
    writer.bool(false)
  }

  private static func property(_ key: SettingKey, to writer: inout JSONWriter) {
    if case .later = key.support {
      writer.text("description", "\(key.summary) Not supported yet.")
      writer.key("not")
      writer.object { _ in }
      return
    }
    writer.text("description", key.summary)
    shape(key.shape, to: &writer)
    if case .fallback(let fallback) = key.presence { self.fallback(fallback, to: &writer) }
  }

  private static func fallback(_ fallback: SettingKey.Fallback, to writer: inout JSONWriter) {
    switch fallback {
    case .text(let text):
      writer.key("default")
      if let number = Int(text) { writer.int(number) } else { writer.string(text) }
    case .texts(let texts): writer.texts("default", texts)
    case .emptyList: writer.texts("default", [])
    case .emptySection: break
    case .share(let share):
      writer.key("default")
      writer.rawNumber(shareText(share))
    case .true:
      writer.key("default")
      writer.bool(true)
    case .false:
      writer.key("default")
      writer.bool(false)
    }
  }

  static func shape(_ shape: Shape, to writer: inout JSONWriter) {
    switch shape {
    case .section(let keys): section(keys, to: &writer)
    case .variants(let key, let variants): self.variants(variants, on: key, to: &writer)
    case .preset(let keys): preset(keys, to: &writer)
    case .orNull(let inner):
      writer.key("anyOf")
      writer.beginArray()
      writer.object { $0.text("type", "null") }
      writer.object { self.shape(inner, to: &$0) }
      writer.endArray()
    case .json: writer.text("type", "object")
    case .oneOrMany(let form, let countMax):
      writer.key("anyOf")
      writer.beginArray()
      writer.object { self.shape(.text(form), to: &$0) }
      writer.object { self.shape(.list(of: .text(form), count: 1...countMax), to: &$0) }
      writer.endArray()
    case .named(let keys, let count):
      writer.text("type", "object")
      range("Properties", count, to: &writer)
      writer.key("propertyNames")
      writer.object { $0.text("pattern", Names.pattern) }
      writer.key("additionalProperties")
      writer.object { section(keys, to: &$0) }
    case .texts(let form, let countMax):
      writer.text("type", "object")
      range("Properties", 0...countMax, to: &writer)
      writer.key("additionalProperties")
      writer.object { self.shape(.text(form), to: &$0) }
    case .list(let element, let count):
      writer.text("type", "array")
      range("Items", count, to: &writer)
      writer.key("items")
      writer.object { self.shape(element, to: &$0) }
    case .integer(let range, _):
      writer.text("type", "integer")
      bounds(Int64(range.lowerBound)...Int64(range.upperBound), to: &writer)
    case .share(let range):
      writer.text("type", "number")
      writer.key("minimum")
      writer.rawNumber(shareText(range.lowerBound))
      writer.key("maximum")
      writer.rawNumber(shareText(range.upperBound))
    case .size(let range, let factor): size(range, multipleOf: factor, to: &writer)
    case .duration:
      writer.text("type", "string")
      writer.text("pattern", "^(0|[1-9][0-9]*)(ms|s|m|h|d)$")
    case .boolean: writer.text("type", "boolean")
    case .choice(let words, _): writer.texts("enum", words)
    case .text(let form):
      writer.text("type", "string")
      text(form, to: &writer)
    }
  }

  private static func size(
    _ range: ClosedRange<Int64>,
    multipleOf factor: Int64,
    to writer: inout JSONWriter
  ) {
    writer.key("anyOf")
    writer.beginArray()
    writer.object {
      $0.text("type", "integer")
      bounds(range, to: &$0)
      if factor > 1 {
        $0.key("multipleOf")
        $0.int(factor)
      }
    }
    writer.object {
      $0.text("type", "string")
      $0.text("pattern", "^(0|[1-9][0-9]*)(KiB|MiB|GiB|TiB)?$")
    }
    writer.endArray()
  }

  /// minItems and maxItems, say.
  static func range(
    _ what: String,
    _ range: ClosedRange<Int>,
    to writer: inout JSONWriter
  ) {
    if range.lowerBound > 0 {
      writer.key("min\(what)")
      writer.int(range.lowerBound)
    }
    writer.key("max\(what)")
    writer.int(range.upperBound)
  }

  private static func bounds(_ range: ClosedRange<Int64>, to writer: inout JSONWriter) {
    writer.key("minimum")
    writer.int(range.lowerBound)
    writer.key("maximum")
    writer.int(range.upperBound)
  }
}
