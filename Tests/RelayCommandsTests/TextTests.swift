import RelayCommands
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("{}", "{}\n"), ("[]", "[]\n"), ("1", "1\n"), ("[1]", "[\n  1\n]\n"),
    (
      #"{"a":[],"b":{"c":"x,{}[]:\"y"}}"#,
      """
      {
        "a": [],
        "b": {
          "c": "x,{}[]:\\"y"
        }
      }

      """
    ),
    (
      #"[ "a b" , [ ] , {"k" : -1.50e3} ]"#,
      """
      [
        "a b",
        [],
        {
          "k": -1.50e3
        }
      ]

      """
    ),
  ])
  func `JSON is laid out without touching a value`(json: String, expected: String) {
    #expect(String(decoding: PrettyJSON.lines(Array(json.utf8)), as: UTF8.self) == expected)
  }

  @Test(arguments: [
    ("plain – ünïcode 日本", "plain – ünïcode 日本"),
    ("a\u{1B}[31mred", "a\\u{1b}[31mred"),
    ("line\nbreak\r", "line\\u{a}break\\u{d}"),
    ("right\u{202E}left", "right\\u{202e}left"),
    ("\u{9B}31m", "\\u{9b}31m"),
  ])
  func `no control character reaches the terminal`(text: String, shown: String) {
    #expect(TerminalText.safe(text) == shown)
  }

  @Test func `an endless value is cut`() {
    let shown = TerminalText.safe(String(repeating: "x", count: 100_000))
    #expect(shown.count == 201)
    #expect(shown.hasSuffix("…"))
  }

  @Test(
    arguments: [
      ("http://127.0.0.1:8080/in/demo", .host("127.0.0.1", port: 8080), "/in/demo"),
      ("http://localhost", .host("localhost", port: 80), "/"),
      ("HTTP://[::1]:9/x?y=1#frag", .host("::1", port: 9), "/x?y=1"),
      ("http://host?x=1", .host("host", port: 80), "/?x=1"),
      ("https://host/x", .host("host", port: 443), "/x"),
      ("https://host:8443", .host("host", port: 8443), "/"),
      ("unix:/run/api.sock", .unix(path: "/run/api.sock"), "/"),
    ] as [(String, HTTPAddress.Endpoint, String)]
  )
  func `an address is read`(text: String, endpoint: HTTPAddress.Endpoint, target: String) throws {
    let address = try HTTPAddress(text, name: "URL")
    #expect(address.endpoint == endpoint)
    #expect(address.target == target)
    #expect(address.trust == (text.hasPrefix("https:") ? .system : nil))
  }

  @Test(arguments: [
    "", "localhost:8080", "ftp://x/", "https://", "https://:443/", "http://", "http://:80/",
    "http://h:0/", "http://h:65536/", "http://h:/", "http://h:8o/", "http://u:p@h/",
    "http://[::1/", "http://[::1]x/", "http://a b/", "http://h/a b", "http://h/\r\nX: y",
    "http://h\r\nX: y/", "http://::1/", "unix:relative", "unix:/",
  ])
  func `what is no address is wrong usage`(text: String) {
    let failure = #expect(throws: CommandFailure.self) { try HTTPAddress(text, name: "URL") }
    #expect(failure?.exitCode == .usage)
  }

  @Test func `no password comes back`() {
    let named = #expect(throws: CommandFailure.self) {
      try HTTPAddress("http://me:hush@h/", name: "URL")
    }
    #expect(named?.message.contains("hush") == false)
  }
}
