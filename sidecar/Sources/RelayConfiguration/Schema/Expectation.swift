/// What to write, as text for problems.
enum Expectation {
  /// An example that has the shape.
  static func example(_ shape: Shape) -> String {
    switch shape {
    case .section(let keys):
      let required = keys.filter { if case .required = $0.presence { true } else { false } }
      let members = required.map { "\($0.name): \(example($0.shape))" }
      return members.isEmpty ? "{}" : "{ \(members.joined(separator: ", ")) }"
    case .variants(let tag, let variants):
      return "{ \(tag): \"\(variants.first?.word ?? "")\" }"
    case .preset: return "{ preset: \"stripe\", auth: { bearer: \"env:NAME\" } }"
    case .orNull(let inner): return example(inner)
    case .named(let keys, _): return "{ demo: \(example(.section(keys))) }"
    case .texts(let form, _): return "{ name: \"\(example(form))\" }"
    case .list(let element, _): return "[\(example(element))]"
    case .integer(let range, _): return String(range.lowerBound)
    case .share: return "0.2"
    case .json: return "{}"
    case .oneOrMany(let form, _): return "\"\(example(form))\""
    case .size: return "\"64KiB\""
    case .duration: return "\"30s\""
    case .boolean: return "true"
    case .choice(let words, _): return "\"\(words.first ?? "")\""
    case .text(let form): return "\"\(example(form))\""
    }
  }

  private static func example(_ form: TextForm) -> String {
    switch form {
    case .listenAddress: "127.0.0.1:8080"
    case .secret: "env:NAME"
    case .addressBlock: "192.0.2.0/24"
    case .proxy: "10.0.0.0/8"
    case .path: "/in/demo"
    case .place: "header:X-Event-Id"
    case .scope: "read"
    case .name: "billing"
    case .profile: "standard-webhooks"
    case .url: "https://hooks.example.com/in/demo"
    case .parameter: "1JE1234567890"
    case .directory: "/var/lib/webhook-sidecar"
    case .contentType: "application/json"
    case .replyBody: "ok"
    case .advice: "ask the provider to list events"
    case .outboundURL: "http://127.0.0.1:3000/hooks"
    case .ordering: "source"
    case .headerValue: "billing"
    case .file: "/etc/ssl/certs/local.pem"
    case .target: "/health"
    case .headerName: "X-Api-Key"
    case .headerPrefix: "Bearer "
    case .preset: "stripe"
    case .pointer: "/data"
    case .template: "/id"
    case .slot: "cursor"
    case .tokenPlace: "/cursor"
    case .zone: "+09:00"
    case .initial: "now"
    case .argument: "/usr/local/bin/print-token"
    }
  }
}
