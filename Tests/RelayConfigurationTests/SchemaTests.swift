import RelayConfiguration
import Testing
import WebhookReceiver

/// The JSON Schema and the loader come from one table; here both judge the same files.
@Suite struct SchemaTests {
  private static func schema() throws -> JSONValue {
    try JSONValue.parse(ConfigurationSchema.schema())
  }

  private static func accepts(_ text: String) throws -> Bool {
    var reader = JSON5Reader(Array(text.utf8))
    let root = reader.document()
    return try Judge(try schema()).accepts(try #require(root))
  }

  @Test func `is of draft 2020-12`() throws {
    let schema = try Self.schema()
    #expect(schema["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
    #expect(schema["required"]?.array == [.string("sources")])
  }

  @Test(arguments: [
    withDestination(""), withDestination(DestinationTests.full), PollTests.contract,
    withTop(""), withTop("destinations: {}, journal: { segment_bytes: 83886080 }"),
    withSource(
      "allow: [\"10.0.0.0/8\", \"::1\"], idempotency: { id: [\"header:A\", \"json:/a/0\"] }"
    ),
    withSource("reply: { status: 204, content_type: \"text/plain; charset=utf-8\" }"),
    withTop(
      "ingress: { listen: [\"[::]:80\", \"unix:/a\", \"localhost:0\"], proxy_protocol: false }"
    ),
    withTop(
      "ingress: { trusted_proxies: [] }, api: { "
        + "tokens: [{ name: \"a\", token: \"env:TOKEN\", scopes: [\"pull:a\", \"read\"] }] }"
    ),
    withTop(
      "ingress: { trusted_proxies: [\"10.0.0.0/8\", \"unix\"], listen: [\"unix:/a\"], "
        + "proxy_protocol: true, forwarded_header: \"forwarded\" }"
    ),
    withTop("ingress: { limits: { body_bytes: \"1MiB\", idle_timeout: \"250ms\" } }"),
  ])
  func `what the loader accepts, the schema accepts`(_ text: String) throws {
    #expect(load(text).problems.isEmpty)
    let isAccepted = try Self.accepts(text)
    #expect(isAccepted)
  }

  /// What the loader says of these only it can know: arithmetic, addresses and syntax.
  private static let beyondSchema = [
    "out of bounds", "multiple", "bits behind", "0 to 32", "a second time", "no body",
    "not a value", "NaN", "there already", "no destination", "not set", "cannot sign",
    "none of the URLs", "not the name of a header", "no password", "order", "not a URL",
    "nobody is trusted",
    "not an address block",
  ]

  @Test(
    arguments:
      ProblemTests.keys + ProblemTests.scalars + DestinationTests.mistakes
      + ProxySettingTests.mistakes
  )
  func `what the loader refuses for its shape, the schema refuses`(_ problem: ProblemTests.Case)
    throws
  {
    let isBeyond = Self.beyondSchema.contains { problem.2.contains($0) }
    let isAccepted = try Self.accepts(problem.0)
    #expect(!isAccepted || isBeyond)
  }

  @Test(arguments: NotSupportedTests.keys)
  func `what is not supported yet, the schema refuses`(_ text: String, _ place: String) throws {
    let isAccepted = try Self.accepts(text)
    #expect(!isAccepted)
  }

  /// Everything that a poll section can say is in what `config show` prints of these.
  @Test func `what config show prints of every preset, the schema accepts`() throws {
    let texts =
      PollPreset.catalogue.map { PresetTests.text($0) } + [withDestination(DestinationTests.full)]
    for text in texts {
      let shown = try #require(load(text).configuration).show()
      let isAccepted = try Self.accepts(String(decoding: shown, as: UTF8.self))
      #expect(isAccepted, "\(text)")
    }
  }

  @Test(arguments: [
    withPoll(""), withPoll("preset: \"strype\""), withPoll("kind: \"event_log\""),
    PollTests.contract.replacing("\"link_header\"", with: "\"link_header\", param: \"p\""),
    PollTests.contract.replacing("\"link_header\"", with: "\"page_number\""),
    PollTests.contract.replacing("bearer:", with: "barer:"),
    PollTests.contract.replacing("\"5m\"", with: "5"),
    PollTests.contract.replacing("items: \"\"", with: "items: []"),
  ])
  func `a poll section of the wrong shape, both refuse`(_ text: String) throws {
    let isAccepted = try Self.accepts(text)
    #expect(!isAccepted && !load(text).problems.isEmpty)
  }

  @Test func `every default is one that the schema accepts`() throws {
    var count = 0
    try Self.walk(try Self.schema()) { property in
      guard let value = property["default"] else { return }
      count += 1
      let text = String(decoding: value.bytes, as: UTF8.self)
      var reader = JSON5Reader(Array(text.utf8))
      let node = reader.document()
      let isAccepted = try Judge(property).accepts(try #require(node))
      #expect(isAccepted, "\(text)")
    }
    #expect(count >= 18)
  }

  @Test func `every key has words for people`() throws {
    var count = 0
    try Self.walk(try Self.schema()) { property in
      count += 1
      #expect(property["description"]?.string?.hasSuffix(".") == true)
    }
    #expect(count >= 45)
  }

  /// Calls back for the schema of every key, however deep.
  private static func walk(_ schema: JSONValue, _ visit: (JSONValue) throws -> Void) throws {
    for member in schema["properties"]?.object ?? [] {
      try visit(member.value)
      try walk(member.value, visit)
    }
    for key in ["items", "additionalProperties"] {
      if let inner = schema[key] { try walk(inner, visit) }
    }
  }
}

/// As much of JSON Schema as ours uses; any other word fails the test.
private struct Judge {
  private static let notes: Set<String> = ["$schema", "title", "description", "default"]

  let schema: JSONValue

  init(_ schema: JSONValue) {
    self.schema = schema
  }

  func accepts(_ node: JSON5Node) throws -> Bool {
    for member in schema.object ?? [] where !Self.notes.contains(member.key) {
      if try !accepts(node, member.key, member.value) { return false }
    }
    return true
  }

  private func accepts(_ node: JSON5Node, _ word: String, _ value: JSONValue) throws -> Bool {
    switch (word, node.content) {
    case ("type", .number(.integer)) where value.string == "number": return true
    case ("type", _): return Self.type(of: node) == value.string
    case ("enum", .string(let text)): return value.array?.contains(.string(text)) == true
    case ("enum", _): return false
    case ("const", .bool(let flag)): return value.bool == flag
    case ("const", _): return false
    case ("not", _): return try !Judge(value).accepts(node)
    case ("anyOf", _):
      return try (value.array ?? []).contains { try Judge($0).accepts(node) }
    case ("pattern", .string(let text)):
      return text.contains(try Regex(try #require(value.string)))
    case ("minLength", .string(let text)): return text.unicodeScalars.count >= value.int ?? .max
    case ("maxLength", .string(let text)): return text.unicodeScalars.count <= value.int ?? 0
    case ("minimum", .number(.integer(let number))):
      return Double(number) >= Self.number(value) ?? .infinity
    case ("maximum", .number(.integer(let number))):
      return Double(number) <= Self.number(value) ?? -.infinity
    case ("minimum", .number(.fraction(let number))):
      return number >= Self.number(value) ?? .infinity
    case ("maximum", .number(.fraction(let number))):
      return number <= Self.number(value) ?? -.infinity
    case ("multipleOf", .number(.integer(let number))):
      return number.isMultiple(of: value.int ?? 0)
    case ("minItems", .array(let elements)): return elements.count >= value.int ?? .max
    case ("maxItems", .array(let elements)): return elements.count <= value.int ?? 0
    case ("items", .array(let elements)):
      return try elements.allSatisfy { try Judge(value).accepts($0) }
    case (_, .object(let members)): return try accepts(members, word, value)
    default:
      let known = [
        "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems",
        "maxItems", "items", "minProperties", "maxProperties", "properties", "required",
        "additionalProperties", "propertyNames",
      ]
      #expect(known.contains(word))
      return true
    }
  }

  private func accepts(
    _ members: [JSON5Member],
    _ word: String,
    _ value: JSONValue
  ) throws -> Bool {
    switch word {
    case "minProperties": return members.count >= value.int ?? .max
    case "maxProperties": return members.count <= value.int ?? 0
    case "required":
      return (value.array ?? []).allSatisfy { name in members.contains { $0.key == name.string } }
    case "properties":
      return try members.allSatisfy { member in
        guard let inner = value[member.key] else { return true }
        return try Judge(inner).accepts(member.value)
      }
    case "propertyNames":
      return try members.allSatisfy {
        try Judge(value).accepts(JSON5Node(position: $0.keyPosition, content: .string($0.key)))
      }
    case "additionalProperties":
      return try members.allSatisfy { member in
        if schema["properties"]?[member.key] != nil { return true }
        if let isAllowed = value.bool { return isAllowed }
        return try Judge(value).accepts(member.value)
      }
    default: return true
    }
  }

  private static func number(_ value: JSONValue) -> Double? {
    if case .number(let digits) = value { Double(digits) } else { nil }
  }

  private static func type(of node: JSON5Node) -> String {
    switch node.content {
    case .object: "object"
    case .array: "array"
    case .string: "string"
    case .number(.integer): "integer"
    case .number: "number"
    case .bool: "boolean"
    case .null: "null"
    case .invalid: "invalid"
    }
  }
}
