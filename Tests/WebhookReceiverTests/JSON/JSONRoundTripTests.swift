import Testing
import WebhookReceiver

@Suite struct JSONRoundTripTests {
  @Test(arguments: 0..<200)
  func `what is written is read back, by tree and by pointer`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let value = Self.value(depth: 5, using: &generator)
    let bytes = value.bytes
    #expect(try JSONValue.parse(bytes) == value)

    var leaves: [(path: String, value: JSONValue)] = []
    Self.collectLeaves(of: value, at: "", into: &leaves)
    let pointers = try leaves.map { leaf in try JSONPointer(leaf.path) }
    let found = JSONScanner.scalars(at: pointers, in: bytes.span)
    for (leaf, scalar) in zip(leaves, found) {
      #expect(scalar == Self.scalar(leaf.value), "\(leaf.path) in seed \(seed)")
    }
  }

  @Test(arguments: 0..<100)
  func `one changed byte is read the same by both readers or refused by both`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var bytes = Self.value(depth: 3, using: &generator).bytes
    for _ in 0..<20 {
      let place = Int.random(in: bytes.indices, using: &generator)
      let before = bytes[place]
      bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      let isValid = JSONScanner.isValid(bytes.span)
      do throws(JSONError) {
        let tree = try JSONValue.parse(bytes)
        #expect(isValid)
        let again = try? JSONValue.parse(tree.bytes)
        #expect(again == tree)
      } catch {
        #expect(!isValid || error.reason == .duplicateKey)
      }
      bytes[place] = before
    }
  }

  @Test func `commas come by themselves`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("a")
    writer.beginArray()
    writer.int(-1)
    writer.int(UInt64.max)
    writer.bool(true)
    writer.null()
    writer.beginObject()
    writer.endObject()
    writer.rawNumber("1e5")
    writer.rawValue(Array("[1]".utf8))
    writer.endArray()
    writer.key("b")
    writer.string("x")
    writer.key("c")
    writer.base64([0xfb, 0xff].span)
    writer.key("d")
    writer.timestamp(Timestamp(seconds: 0))
    writer.endObject()
    let text = #"{"a":[-1,18446744073709551615,true,null,{},1e5,[1]],"b":"x","c":"+/8=","#
    #expect(writer.bytes == Array((text + #""d":"1970-01-01T00:00:00Z"}"#).utf8))
  }

  @Test func `every control character is escaped and nothing else`() {
    var writer = JSONWriter()
    writer.string("\u{0}\u{1f}\n\r\t\"\\/\u{7f}é😀")
    #expect(writer.bytes == Array("\"\\u0000\\u001f\\n\\r\\t\\\"\\\\/\u{7f}é😀\"".utf8))
  }

  @Test(arguments: 0..<300)
  func `bytes that are not UTF-8 become what Swift makes of them`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let alphabet: [UInt8] = [
      0x41, 0x7f, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff,
    ]
    let bytes = (0..<16).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
    var writer = JSONWriter()
    writer.string(utf8: bytes.span)
    let expected = String(decoding: bytes, as: UTF8.self)
    let read = try JSONValue.parse(writer.bytes).string
    #expect(read.map { Array($0.utf8) } == Array(expected.utf8))
  }

  @Test func `the accessors tell the kinds apart`() throws {
    let text = #"{"s":"x","i":-7,"d":1.0,"big":9223372036854775808,"b":false,"n":null,"a":[1]}"#
    let value = try JSONValue.parse(Array(text.utf8))
    #expect(value["s"]?.string == "x" && value["s"]?.int == nil)
    #expect(value["i"]?.int == -7 && value["d"]?.int == nil && value["big"]?.int == nil)
    #expect(value["b"]?.bool == false && value["n"]?.isNull == true)
    #expect(value["a"]?.array == [.number("1")] && value["none"] == nil)
    #expect(value.object?.count == 7 && value["s"]?["x"] == nil)
  }

  @Test func `a request with a repeated key is refused`() {
    for text in [#"{"a":1,"a":1}"#, #"[{"a":{"b":1,"\u0062":2}}]"#] {
      let error = #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
      #expect(error?.reason == .duplicateKey)
    }
    // Two normal forms of one letter are two keys.
    #expect(throws: Never.self) { try JSONValue.parse(Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8)) }
  }

  @Test func `a request nested deeper than asked for is refused`() {
    #expect(throws: Never.self) { try JSONValue.parse(Array("[[1]]".utf8), depthMax: 2) }
    #expect(throws: JSONError(.tooDeep, at: 2)) {
      try JSONValue.parse(Array("[[[1]]]".utf8), depthMax: 2)
    }
  }

  // MARK: Random documents

  private static func value(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: depth > 0 ? 0...7 : 2...7, using: &generator) {
    case 0:
      var members: [JSONValue.Member] = []
      for index in 0..<Int.random(in: 0...5, using: &generator) {
        let key = text(using: &generator) + "\(index)"
        members.append(.init(key: key, value: value(depth: depth - 1, using: &generator)))
      }
      return .object(members)
    case 1:
      let count = Int.random(in: 0...5, using: &generator)
      return .array((0..<count).map { _ in value(depth: depth - 1, using: &generator) })
    case 2: return .bool(Bool.random(using: &generator))
    case 3: return .null
    case 4: return .number("\(Int64(truncatingIfNeeded: generator.next()))")
    case 5: return .number("-0.\(generator.next())E+\(UInt8.random(in: 0...99, using: &generator))")
    default: return .string(text(using: &generator))
    }
  }

  private static func text(using generator: inout SeededGenerator) -> String {
    let pieces = ["a", "~", "/", "\"", "\\", "\n", "\u{0}", "é", "한", "😀", " ", "0", "long enough"]
    let count = Int.random(in: 0...6, using: &generator)
    return (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
  }

  private static func collectLeaves(
    of value: JSONValue,
    at path: String,
    into leaves: inout [(path: String, value: JSONValue)]
  ) {
    leaves.append((path, value))
    for (index, element) in (value.array ?? []).enumerated() {
      collectLeaves(of: element, at: "\(path)/\(index)", into: &leaves)
    }
    for member in value.object ?? [] {
      let step = member.key.utf8.reduce(into: [UInt8]()) { bytes, byte in
        switch byte {
        case UInt8(ascii: "~"): bytes += Array("~0".utf8)
        case UInt8(ascii: "/"): bytes += Array("~1".utf8)
        default: bytes.append(byte)
        }
      }
      let stepText = String(decoding: step, as: UTF8.self)
      collectLeaves(of: member.value, at: "\(path)/\(stepText)", into: &leaves)
    }
  }

  private static func scalar(_ value: JSONValue) -> JSONScalar? {
    switch value {
    case .object, .array: nil
    case .string(let text): .string(Array(text.utf8))
    case .number(let digits): .number(digits)
    case .bool(let bool): .bool(bool)
    case .null: .null
    }
  }
}
