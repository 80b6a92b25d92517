import Testing
import WebhookReceiver

/// Profiles that somebody wrote: what is refused says where, and what to write.
@Suite struct ProfileReadingTests {
  /// A profile that is read, but for what replaces or joins its members.
  private static func json(_ members: String, id: String = "own") -> String {
    #"{"id": "\#(id)", \#(members)}"#
  }

  private static let token = #""token": {"in": ["header:X-Token"]}"#

  private static func error(_ json: String) -> ProfileError? {
    do throws(ProfileError) {
      _ = try Profile(json: json)
      return nil
    } catch {
      return error
    }
  }

  private static func text(_ count: Int) -> String { String(repeating: "a", count: count) }

  @Test(arguments: [1, 64])
  func `an id has up to 64 bytes`(count: Int) throws {
    #expect(try Profile(json: Self.json(Self.token, id: Self.text(count))).id.count == count)
  }

  @Test(arguments: [text(65), "A", "a b", "a/b", "a.b", "é", "a\u{7f}"])
  func `an id of other characters, or a longer one, is refused`(id: String) throws {
    let error = try #require(Self.error(Self.json(Self.token, id: id)))
    #expect(error.path == "/id")
    #expect(error.problem == "write at most 64 of a-z, 0-9, - and _")
  }

  @Test(arguments: [1, 32, 1024])
  func `a key has so many bytes as the profile says`(count: Int) throws {
    let json = Self.json(Self.token + #", "key": {"bytes": \#(count)}"#)
    #expect(try Profile(json: json).key.byteCount == count)
  }

  @Test(arguments: [-1, 0, 1025, Int.min, Int.max])
  func `a key of no bytes, or of more than any provider's, is refused`(count: Int) throws {
    let json = Self.json(Self.token + #", "key": {"bytes": \#(count)}"#)
    let error = try #require(Self.error(json))
    #expect(error.path == "/key/bytes")
    #expect(error.problem == "write a number from 1 to 1024")
  }

  private static func versions(name: String, _ value: String) -> String {
    let rule = #"{"in": ["header:S"], "encoding": "hex", "versions": {"\#(name)": \#(value)}}"#
    return json(#""signature": \#(rule)"#)
  }

  @Test func `names of the author's choice have up to 1024 bytes`() throws {
    let profile = try Profile(json: Self.versions(name: Self.text(1024), #""hmac""#))
    #expect(String(decoding: profile.json, as: UTF8.self).contains(Self.text(1024)))
  }

  @Test(arguments: [
    (versions(name: text(1025), #""hmac""#), "/signature/versions", "write names of at most"),
    (versions(name: "v1", "\"\(text(1025))\""), "/signature/versions/v1", "write at most 1024"),
    (versions(name: "v1", "1"), "/signature/versions/v1", "write a text in quotes"),
    (versions(name: "v1", #""hmac-md5""#), "/signature/versions/v1", "write one of hmac"),
  ])
  func `names and texts of the author's choice are refused beyond that`(
    json: String,
    path: String,
    problem: String
  ) throws {
    let error = try #require(Self.error(json))
    #expect(error.path == path)
    #expect(error.problem.hasPrefix(problem), "\(error)")
  }

  @Test(arguments: ["id_places", "secret_headers", "references"])
  func `a text of a list that is too long is told from one that is none`(key: String) throws {
    let long = try #require(
      Self.error(Self.json(#"\#(Self.token), "\#(key)": ["\#(Self.text(1025))"]"#))
    )
    #expect(long.path == "/\(key)/0" && long.problem == "write at most 1024 bytes")
    let number = try #require(Self.error(Self.json(#"\#(Self.token), "\#(key)": [1]"#)))
    #expect(number.path == "/\(key)/0" && number.problem == "write a text in quotes")
  }

  private static func feed(_ shape: String) -> String {
    json(#"\#(token), "senders": {"feed": "https://example.com/ips"\#(shape)}"#)
  }

  @Test(arguments: ["atlassian", "github", "pagerduty", "plain", "stripe"])
  func `a feed is of one of the shapes that are known`(shape: String) throws {
    let profile = try Profile(json: Self.feed(#", "shape": "\#(shape)""#))
    #expect(profile.senders == .feed(url: "https://example.com/ips", shape: shape))
  }

  @Test(arguments: ["GitHub", "bitbucket", "github ", "json"])
  func `a feed of any other shape is refused, and the known ones are named`(shape: String) throws {
    let error = try #require(Self.error(Self.feed(#", "shape": "\#(shape)""#)))
    #expect(error.path == "/senders/shape")
    #expect(error.problem == "write one of atlassian, github, pagerduty, plain, stripe")
    #expect(Self.error(Self.feed(""))?.path == "/senders/shape")
  }

  private static func message(_ part: String) -> String {
    let rule = #""signature": {"in": ["header:S"], "encoding": "hex"}"#
    return json(#"\#(rule), "message": ["\#(part)"]"#)
  }

  /// Each part, and how it is printed.
  @Test(arguments: [
    ("v0:", "v0:"), ("{}", "{}"), ("{body}", "{body}"), ("{timestamp}", "{timestamp}"),
    ("{id}", "{id}"),
    ("{method}", "{method}"), ("{url}", "{url}"), ("{path}", "{path}"),
    ("{path_escaping_query}", "{path_escaping_query}"), ("{secret}", "{secret}"),
    ("{header:A|B}", "{header:A|B}"), ("{json:/a}", "{json:/a}"), ("{item?*:/a}", "{item?*:/a}"),
    ("{line:/a}", "{line:/a}"), ("{item-line?:/a}", "{item-line?:/a}"), ("{form:a}", "{form:a}"),
    ("{form_sorted}", "{form_sorted}"), ("{signed_headers:A}", "{signed_headers:A}"),
    ("{parameter:a}", "{parameter:a}"), ("{crc32}", "{crc32}"),
    ("{body_digest:sha512:base64}", "{body_digest:sha512:base64}"),
    ("{body_digest:sha256:hex}", "{body_digest:sha256:hex}"),
    ("{body_sha256}", "{body_digest:sha256:hex}"),
  ])
  func `a part of a message is printed as what reads as itself`(
    text: String,
    printed: String
  ) throws {
    let message = try #require(Profile(json: Self.message(text)).signatureScheme?.message)
    #expect(message.map(\.description) == [printed])
    #expect(try Profile(json: Self.message(printed)).signatureScheme?.message == message)
  }

  @Test(arguments: [
    "", "{bodies}", "{body_sha512}", "{body_sha256:hex}", "{body_digest:sha256}",
    "{body_digest:md5:hex}", "{header:}", "{form?:a}", "{body?}",
  ])
  func `what is no part of a message is refused, and the parts are named`(text: String) throws {
    let error = try #require(Self.error(Self.message(text)))
    #expect(error.path == "/message/0")
    #expect(error.problem.contains("{body}, {timestamp}, {id}"))
    #expect(error.problem.contains("{crc32}, {body_sha256}, {header:NAME}"))
  }

  @Test(arguments: [
    ("", ""), (#""title": "t""#, ""), (#""token": {}, "web_token": {}"#, ""),
    (#""signature": "hmac""#, "/signature"), (#""token": []"#, "/token"),
    (#""token": {}"#, "/token/in"), (#""web_token": {}"#, "/web_token/in"),
    (#""signature": {}"#, "/signature/in"),
    (#""http_signature": {}"#, "/http_signature/algorithms"),
    (#""token": {"in": ["header:T"], "prefx": "x"}"#, "/token/prefx"),
  ])
  func `a profile without one whole scheme is refused where it is wrong`(
    members: String,
    path: String
  ) throws {
    let json = members.isEmpty ? #"{"id": "own"}"# : Self.json(members)
    let error = try #require(Self.error(json))
    #expect(error.path == path)
    #expect(!error.problem.isEmpty)
  }
}

/// Places as profiles write them.
@Suite struct PlaceTests {
  /// The characters of a token (RFC 9110, section 5.6.2).
  private static let token = Set(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8
  )

  @Test(arguments: UInt8(0)..<128)
  func `header names are of the characters of a token, without a star`(byte: UInt8) {
    let name = "X" + String(UnicodeScalar(byte)) + "Y"
    let isName = Self.token.contains(byte) && byte != UInt8(ascii: "*")
    #expect(((try? Profile.Place("header:" + name)) == .header(name)) == isName)
  }

  @Test(arguments: ["query:", "form:", "signature:"])
  func `names have up to 128 bytes`(kind: String) throws {
    let longest = String(repeating: "é", count: 64)
    #expect(try Profile.Place(kind + longest).description == kind + longest)
    for name in ["", longest + "e"] {
      do throws(PlaceError) {
        _ = try Profile.Place(kind + name)
        Issue.record("\(name)")
      } catch {
        #expect(error == .emptyName(kind + name))
        #expect("\(error)".hasSuffix("; write one of up to 128 bytes behind the colon"))
      }
    }
  }

  @Test func `what is wrong is shown as far as it helps, and no further`() {
    // One character of two hundred scalars.
    let long = "e" + String(repeating: "\u{301}", count: 200)
    #expect("\(PlaceError.unknownKind(long))".utf8.count < 250)
    #expect("\(PlaceError.unknownKind("heading:X"))".hasPrefix("\"heading:X\" names no place"))
  }
}
