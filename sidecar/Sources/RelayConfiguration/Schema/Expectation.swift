/// What to write, as text for problems.
enum Expectation {
  /// An example that has the shape.
  static func example(_ shape: Shape) -> String {
    switch shape {
    case .section(let keys):
      let required = keys.filter { if case .required = $0.presence { true } else { false } }
      let members = required.map { "\($0.name): \(example($0.shape))" }
      return members.isEmpty ? "{}" : "{ \(members.joined(separator: ", ")) }"
    case .named(let keys, _): return "{ demo: \(example(.section(keys))) }"
    case .texts(let form, _): return "{ name: \"\(example(form))\" }"
    case .list(let element, _): return "[\(example(element))]"
    case .integer(let range, _): return String(range.lowerBound)
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
    }
  }
}
