internal import WebhookReceiver

/// Sections whose keys depend on what is in them.
extension ConfigurationSchema {
  static func variants(
    _ variants: [ShapeVariant],
    on tag: String,
    to writer: inout JSONWriter
  ) {
    writer.key("anyOf")
    writer.beginArray()
    for variant in variants {
      writer.object { section([variant.tagKey(tag)] + variant.keys, to: &$0) }
    }
    writer.endArray()
  }

  /// What is required is only so without a preset.
  static func preset(_ keys: [SettingKey], to writer: inout JSONWriter) {
    let required = keys.filter { if case .required = $0.presence { true } else { false } }
    section(keys, isComplete: false, to: &writer)
    writer.key("anyOf")
    writer.beginArray()
    writer.object { $0.texts("required", ["preset"]) }
    writer.object { $0.texts("required", required.map(\.name)) }
    writer.endArray()
  }
}
