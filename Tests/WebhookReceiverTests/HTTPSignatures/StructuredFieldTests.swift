import Testing
import WebhookReceiver

@Suite struct StructuredFieldTests {
  private static func read(_ text: String) throws(StructuredFieldError) -> StructuredDictionary {
    try StructuredDictionary(parsing: text.utf8.span)
  }

  private static func error(_ text: String) -> StructuredFieldError? {
    do throws(StructuredFieldError) {
      _ = try read(text)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("", ""),
    ("   ", ""),
    ("a", "a"),
    ("a=?1", "a"),
    ("a=?0", "a=?0"),
    ("a=1,b=2", "a=1, b=2"),
    ("  a=1 \t,\t b=2 \t", "a=1, b=2"),
    ("a=-0", "a=0"),
    ("a=007", "a=7"),
    ("a=-999999999999999", "a=-999999999999999"),
    ("a=\"\"", "a=\"\""),
    ("a=\"q\\\"b\\\\s\"", "a=\"q\\\"b\\\\s\""),
    ("a=*tok:en/1", "a=*tok:en/1"),
    ("a=::", "a=::"),
    ("a=:aGk=:", "a=:aGk=:"),
    ("a=()", "a=()"),
    ("a=(  )", "a=()"),
    ("a=( 1   \"x\"  tok )", "a=(1 \"x\" tok)"),
    ("a=(1;p 2;q=?0);r=3", "a=(1;p 2;q=?0);r=3"),
    ("a;x=1;  y", "a;x=1;y"),
    ("a=?1;x", "a;x"),
    ("*k_-.*9=1", "*k_-.*9=1"),
    // The last of a repeated key, at the place of the first (RFC 9651, section 4.2.2).
    ("a=1,b=2,a=3", "a=3, b=2"),
    ("a;x=1;y=2;x=3", "a;x=3;y=2"),
  ])
  func `a dictionary is read and written in its one text`(text: String, canonical: String) throws {
    let dictionary = try Self.read(text)
    #expect(dictionary.description == canonical)
    #expect(try Self.read(canonical).description == canonical)
  }

  @Test(arguments: [
    ",", "a,", "a, ", ",a", "a b", "a=", "a==1", "=1", "A=1", "1=1", "_a", "a=1 b=2", "a;", "a;=1",
    "a; ", "a ;b", "a;A", "a;b=", "a=1.5", "a=1.", "a=.5", "a=-", "a=--1", "a=+1",
    "a=1000000000000000", "a=@1", "a=%\"x\"", "a=\"", "a=\"x", "a=\"\\", "a=\"\\n\"", "a=\"\t\"",
    "a=\"é\"", "a=\"\u{7f}\"", "a=:", "a=:aGk:", "a=:aGk=", "a=:aGl=:", "a=:a Gk=:", "a=:-_8=:",
    "a=?", "a=?2", "a=?true", "a=(", "a=(1", "a=(1 2", "a=(1,2)", "a=(1\t2)", "a=(\"x\"\"y\")",
    "a=((1))", "a=)", "a=(1)2", "\ta=1", "a\u{0}", "a=tok\"", "a=\r\n1", "é",
  ])
  func `what is not a dictionary is refused`(text: String) {
    #expect(Self.error(text) == .malformed)
  }

  @Test func `repetitions are told`() throws {
    #expect(try Self.read("a,a").hasRepetition)
    #expect(try Self.read("a=(1;x;x)").hasRepetition)
    #expect(try Self.read("a=1;x=1;x=2").hasRepetition)
    #expect(try Self.read("a=(1;x 1;x);x, b;x").hasRepetition == false)
  }

  @Test func `everything has a limit`() {
    func list(_ count: Int, _ separator: String, _ item: (Int) -> String) -> String {
      (0..<count).map(item).joined(separator: separator)
    }
    #expect(Self.error(list(16, ",") { "a\($0)" }) == nil)
    #expect(Self.error(list(17, ",") { "a\($0)" }) == .tooLarge)
    #expect(Self.error(list(17, ",") { _ in "a" }) == .tooLarge)
    #expect(Self.error("a=(\(list(64, " ") { "\($0)" }))") == nil)
    #expect(Self.error("a=(\(list(65, " ") { "\($0)" }))") == .tooLarge)
    #expect(Self.error("a;\(list(16, ";") { "p\($0)" })") == nil)
    #expect(Self.error("a;\(list(17, ";") { "p\($0)" })") == .tooLarge)
    #expect(Self.error("a;\(list(17, ";") { _ in "p" })") == .tooLarge)
    #expect(Self.error("a" + String(repeating: " ", count: 8191)) == nil)
    #expect(Self.error("a" + String(repeating: " ", count: 8192)) == .tooLarge)
  }

  @Test(arguments: [("sig1", true), ("*", true), ("a-_.*9", true), ("", false), ("Sig", false)])
  func `a key is told from other text`(text: String, isKey: Bool) {
    #expect(StructuredFields.isKey(text) == isKey)
  }
}
