import RelayConfiguration
import Testing
import WebhookReceiver

@Suite struct ValueTests {
  @Test(arguments: [
    ("250ms", Duration.milliseconds(250)), ("0s", .zero), ("30s", .seconds(30)),
    ("5m", .seconds(300)), ("8h", .seconds(28_800)), ("7d", .seconds(604_800)),
  ])
  func `reads durations`(_ text: String, _ duration: Duration) {
    #expect(Duration(configurationText: text) == duration)
  }

  @Test(arguments: [
    "", "5", "s", "-5s", "+5s", "5 s", " 5s", "5S", "5.5s", "05s", "5sec", "5m30s", "1w", "5µs",
    "99999999999999999999s", "9223372036854775807d", "٥s",
  ])
  func `refuses other durations`(_ text: String) {
    #expect(Duration(configurationText: text) == nil)
  }

  @Test(arguments: [
    (Duration.milliseconds(1500), "1500ms"), (.seconds(90), "90s"), (.seconds(300), "5m"),
    (.seconds(86_400), "1d"), (.zero, "0ms"),
  ])
  func `writes durations in their largest whole unit`(_ duration: Duration, _ text: String) {
    #expect(duration.configurationText == text)
    #expect(Duration(configurationText: text) == duration)
  }

  @Test(arguments: [
    ("512", Int64(512)), ("0", 0), ("64KiB", 65_536), ("10MiB", 10_485_760),
    ("20GiB", 21_474_836_480), ("1TiB", 1_099_511_627_776),
  ])
  func `reads and writes sizes`(_ text: String, _ bytes: Int64) {
    #expect(ByteSize.parse(text) == bytes)
    #expect(ByteSize.text(bytes) == text)
  }

  @Test(arguments: [
    "", "KiB", "64KB", "64kib", "64 KiB", "64K", "-1", "1.5MiB", "064", "0x10", "8388608TiB",
  ])
  func `refuses other sizes`(_ text: String) {
    #expect(ByteSize.parse(text) == nil)
  }

  private static func resolve(_ text: String) throws(SecretReferenceError) -> String {
    try SecretReference(text).resolveText(World.environment)
  }

  @Test(arguments: [
    ("env:TEXT", "It's a Secret to Everybody"), ("file:/secret", "file secret"),
    ("file:/secret-crlf", "file secret"), ("file:/secret-two", "file secret\n"),
    ("literal:a:b ", "a:b "), ("literal:env:X", "env:X"),
  ])
  func `finds secrets`(_ reference: String, _ secret: String) throws {
    #expect(try Self.resolve(reference) == secret)
    _ = try SecretReference(reference).resolve(World.environment)
  }

  @Test(arguments: [
    ("whsec_abc", SecretReferenceError.unknownKind), ("", .unknownKind), ("ENV:TEXT", .unknownKind),
    ("env:", .invalidVariableName), ("env:A-B", .invalidVariableName),
    ("env:1A", .invalidVariableName), ("env: TEXT", .invalidVariableName),
    ("file:", .invalidPath), ("file:a\0b", .invalidPath), ("env:NONE", .variableNotSet("NONE")),
    ("file:/none", .fileUnreadable("/none", "there is no such file")),
    ("file:/binary", .fileNotText("/binary")),
    ("file:none", .fileUnreadable("/home/none", "there is no such file")),
    ("file:../none", .fileUnreadable("/home/../none", "there is no such file")),
    ("file:relative-binary", .fileNotText("/home/relative-binary")),
  ])
  func `says why there is no secret`(_ reference: String, _ error: SecretReferenceError) {
    #expect(throws: error) { try Self.resolve(reference) }
  }

  @Test(arguments: ["env:EMPTY", "env:BLANK", "file:/empty", "literal:", "literal: "])
  func `failure 21: an empty secret is refused`(_ reference: String) throws {
    let parsed = try SecretReference(reference)
    #expect(throws: SecretReferenceError.empty(parsed)) { try Self.resolve(reference) }
  }

  @Test func `a long path is shown whole, and that relative ones have a beginning`() throws {
    let path = String(repeating: "a/", count: 100) + "secret"
    let error = #expect(throws: SecretReferenceError.self) { try Self.resolve("file:\(path)") }
    let text = try #require(error).description
    #expect(text.contains("cannot read \"/home/\(path)\": there is no such file"))
    #expect(text.contains("a relative path begins in the working directory"))
  }

  @Test func `a file that is no secret is refused`() throws {
    #expect(throws: SecretReferenceError.self) {
      _ = try SecretReference("file:/long").resolve(World.environment)
    }
  }

  @Test func `prints no literal secret`() throws {
    let reference = try SecretReference("literal:hunter2")
    #expect("\(reference)" == "literal:[redacted]")
    var dumped = ""
    dump(reference, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    #expect(!String(reflecting: reference).contains("hunter2"))
    #expect(!"\(SecretReferenceError.empty(reference))".contains("hunter2"))
  }

  @Test func `log levels are in order`() {
    #expect(LogLevel.allCases == LogLevel.allCases.sorted())
    #expect(LogLevel.debug < .error)
  }
}
