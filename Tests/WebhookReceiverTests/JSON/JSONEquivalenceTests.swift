import Testing
import WebhookReceiver

/// The scanner against the token reader, on documents that are nearly valid.
@Suite struct JSONEquivalenceTests {
  static let seeds: [String] = [
    #"{"id":"e","type":"t","data":{"object":{"id":"o"}}}"#,
    #"{"id":"e","type":"t","list":[{"id":1},{"id":-2.5e+7}]}"#,
    #"{"list":[[1,2],[true,false]],"\u0069d":null,"id":"\n"}"#,
    #"{"data":{"object":{"id":1}},"data":{"object":[]},"x":"12345678"}"#,
    #"[{"id":"a"},{"id":{"id":0}},[[{}]],"é한😀"]"#,
    #"{"list":[{"c":[{"id":"x"},{"id":"y"}]},{"c":{"k":{"id":7}}}]}"#,
    "{\n  \"list\" : [ ],\r\n\t\"id\":   12345678 ,        \"b\":{}\n}",
    #"{"a":"\ud83d\ude00\"\\\/","long key of the object":[0,10,-0.0]}"#,
    #"{"*":{"id":1},"~":2,"":{"":3},"0":[4]}"#,
  ]

  static let alphabet =
    Array(#"{}[]:,"\u0d8c1-.eE+ tfnaid"#.utf8) + [0xe2, 0x82, 0xac, 0xff, 0x0a, 0x00, 0xed, 0xf0]

  static func mutated(using generator: inout SeededGenerator) -> [UInt8] {
    var text = Array((seeds.randomElement(using: &generator) ?? "").utf8)
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      let place = Int.random(in: 0...text.count, using: &generator)
      let byte = alphabet.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: text.insert(byte, at: place)
      case 1 where place < text.count: text[place] = byte
      case 2 where place < text.count: text.remove(at: place)
      case 3: text.removeSubrange(place...)
      case 4:
        // Repeats a part, and so keys and levels.
        let end = min(text.count, place + Int.random(in: 0...24, using: &generator))
        text.insert(contentsOf: text[place..<end], at: place)
      default:
        text.insert(contentsOf: [UInt8](repeating: 0x20, count: place & 15), at: place)
      }
    }
    return text
  }

  static let pointers = [
    "", "/id", "/type", "/data/object/id", "/data", "/list/1/id", "/0/id", "/*", "/*/id", "//",
    "/list/0/1", "/1/id/id", "/list/0/c/1/id", "/long key of the object/1", "/0", "/list",
  ]

  static let patterns: [(text: String, steps: [String?])] = [
    ("/*", [nil]), ("/*/id", [nil, "id"]), ("/list/*/id", ["list", nil, "id"]),
    ("/list/*/c/*/id", ["list", nil, "c", nil, "id"]), ("/~2/id", ["*", "id"]),
    ("/*/*", [nil, nil]),
    ("/data/*/id", ["data", nil, "id"]),
  ]

  /// Four runs, so that they share the cores.
  @Test(arguments: [2026, 2027, 2028, 2029] as [UInt64])
  func `scanner and reader agree on validity, hits and matches`(seed: UInt64) throws {
    let set = try #require(PointerSet(Self.pointers.map { pointer in try JSONPointer(pointer) }))
    let patterns = try Self.patterns.map { pattern in
      (pattern: try JSONPattern(pattern.text), steps: pattern.steps)
    }
    let pointerSteps = Self.pointers.map {
      $0.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { String($0) }
    }
    var generator = SeededGenerator(seed: seed)
    var validCount = 0
    let rounds = Campaign.rounds(10_000, campaign: 250_000, of: "a mutated JSON text, per seed")
    for round in 0..<rounds {
      let text = Self.mutated(using: &generator)
      let reference = JSONReference(text)
      let hits = set.locate(in: text.span)
      if (hits == nil) != (reference == nil) {
        Issue.record("\(String(decoding: text, as: UTF8.self))")
      }
      let matches = JSONScanner.matches(
        of: patterns[round % patterns.count].pattern,
        in: text.span,
        max: 100
      )
      guard let reference, let hits else {
        if matches != nil { Issue.record("\(String(decoding: text, as: UTF8.self))") }
        continue
      }
      validCount += 1
      for (index, steps) in pointerSteps.enumerated() {
        let node = reference.nodes(steps).first
        guard hits[index]?.range != node?.range || hits[index]?.kind != node?.kind else { continue }
        Issue.record("\(Self.pointers[index]) in \(String(decoding: text, as: UTF8.self))")
      }
      let nodes = reference.nodes(patterns[round % patterns.count].steps)
      guard case .all(let found)? = matches else {
        Issue.record("no matches")
        continue
      }
      #expect(found.map(\.range) == nodes.map(\.range))
      #expect(found.map(\.kind) == nodes.map(\.kind))
    }
    // Enough of both, so that neither side of the claim is empty.
    #expect(validCount > rounds / 10 && validCount < rounds * 9 / 10, "\(validCount)")
  }
}
