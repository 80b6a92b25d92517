internal import RelayCore
internal import WebhookReceiver

/// What a text must look like, as far as a pattern can say it.
extension ConfigurationSchema {
  static func text(_ form: TextForm, to writer: inout JSONWriter) {
    switch form {
    case .listenAddress:
      writer.text(
        "pattern",
        #"^(unix:/.*|systemd:[!-9;-~]{1,255}|(.+:(0|[1-9][0-9]{0,4})))$"#
      )
    case .secret: writer.text("pattern", "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|literal:.+)$")
    case .addressBlock: writer.text("pattern", "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$")
    case .proxy: writer.text("pattern", "^([0-9A-Fa-f.:]+(/[0-9]{1,3})?|unix)$")
    case .path:
      writer.text("pattern", "^/[!-~]*$")
      range("Length", 1...Limit.pathBytes, to: &writer)
    case .place:
      let kinds = "header:[!-9;-~]+|json:(/.*)?|(query|form):.+"
      writer.text("pattern", "^(\(kinds))" + #"(\+(header|json|query|form):.*)?$"#)
    case .scope: writer.text("pattern", "^(read|operate|metrics|pull:[A-Za-z0-9._-]{1,64})$")
    case .name: writer.text("pattern", Names.pattern)
    case .profile:
      writer.key("anyOf")
      writer.beginArray()
      writer.object { $0.texts("enum", Profile.catalogue.map(\.id)) }
      writer.object { $0.text("pattern", "^file:.") }
      writer.endArray()
    case .url:
      writer.text("pattern", "^[Hh][Tt][Tt][Pp][Ss]?://[!-~]+$")
      range("Length", 1...HTTPURL.bytesMax, to: &writer)
    case .parameter: range("Length", 1...Limit.parameterBytes, to: &writer)
    case .directory: range("Length", 1...Limit.directoryBytes, to: &writer)
    case .contentType:
      writer.text("pattern", "^[!-.0-~][ -.0-~]*/[ -.0-~]*[!-.0-~]$")
      range("Length", 3...Limit.contentTypeBytes, to: &writer)
    case .replyBody: range("Length", 0...Limit.replyBodyBytes, to: &writer)
    case .outboundURL:
      writer.text("pattern", "^([Hh][Tt][Tt][Pp][Ss]?://[!\"$-~]+|unix:/.*)$")
      range("Length", 1...HTTPURL.bytesMax, to: &writer)
    case .ordering: writer.text("pattern", "^(none|source|key:.*)$")
    case .headerValue:
      writer.text("pattern", "^([!-~]([ -~]*[!-~])?)?$")
      range("Length", 0...RelayHeaderRules.valueBytesMax, to: &writer)
    case .file: range("Length", 1...Limit.fileNameBytes, to: &writer)
    case .headerName: writer.text("pattern", "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$")
    case .headerPrefix:
      writer.text("pattern", "^[ -~]*$")
      range("Length", 0...Limit.headerPrefixBytes, to: &writer)
    case .preset: writer.texts("enum", PollPreset.catalogue.map(\.name))
    case .pointer: writer.text("pattern", "^(/.*)?$")
    case .template: range("Length", 0...Limit.templateBytes, to: &writer)
    case .slot: range("Length", 1...Limit.parameterBytes, to: &writer)
    case .tokenPlace: writer.text("pattern", "^(/.*|header:.+)$")
    case .zone: writer.text("pattern", "^[+-][0-9]{2}:[0-9]{2}$")
    case .initial: writer.text("pattern", "^(now|earliest|[0-9]{4}-.*)$")
    case .argument: range("Length", 1...Limit.argumentBytes, to: &writer)
    case .advice:
      writer.text("pattern", "^[ -~]+$")
      range("Length", 1...Limit.adviceBytes, to: &writer)
    case .target:
      writer.text("pattern", "^/[!\"$-~]*$")
      range("Length", 1...Limit.pathBytes, to: &writer)
    }
  }
}
