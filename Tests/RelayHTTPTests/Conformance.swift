import Foundation
import RelayHTTP
import Testing

/// A row of Fixtures/http/conformance.json, as the parser sees it.
struct ConformanceCase: Decodable, Sendable, CustomTestStringConvertible {
  let family: String
  let rule: String
  let name: String
  let send: [Part]
  let answers: [Int]
  let closes: Bool
  /// The last answer comes before the body, which is never sent.
  let isByHead: Bool

  /// Text, once or often.
  enum Part: Decodable, Sendable {
    case once(String)
    case often(Int, String)

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        self = .once(text)
        return
      }
      var list = try decoder.unkeyedContainer()
      self = .often(try list.decode(Int.self), try list.decode(String.self))
    }

    var text: String {
      switch self {
      case .once(let text): text
      case .often(let count, let text): String(repeating: text, count: count)
      }
    }
  }

  private enum Key: String, CodingKey {
    case family, rule, name, send, answers, closes
    case isByHead = "by_head"
  }

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Key.self)
    family = try row.decode(String.self, forKey: .family)
    rule = try row.decode(String.self, forKey: .rule)
    name = try row.decode(String.self, forKey: .name)
    answers = try row.decode([Int].self, forKey: .answers)
    closes = try row.decode(Bool.self, forKey: .closes)
    isByHead = try row.decodeIfPresent(Bool.self, forKey: .isByHead) ?? false
    if let one = try? row.decode(Part.self, forKey: .send) {
      send = [one]
    } else {
      send = try row.decode([Part].self, forKey: .send)
    }
  }

  /// One character is one byte; the parser does not ask whether a signature is right.
  var bytes: [UInt8] {
    let text = send.map(\.text).joined()
      .replacingOccurrences(of: "{signed}", with: "X-Signature: s\r\n")
    return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  var testDescription: String { "\(family): \(name)" }

  /// Answers that the parser decides; what else there is comes of a request that was read.
  private static let refusals: Set = [400, 413, 414, 417, 431, 501, 505]

  var expected: [Int?] { answers.map { Self.refusals.contains($0) ? $0 : nil } }

  private struct Table: Decodable { let cases: [ConformanceCase] }

  static let all: [ConformanceCase] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/http/conformance.json")
    guard let data = try? Data(contentsOf: file),
      let table = try? JSONDecoder().decode(Table.self, from: data)
    else { return [] }
    return table.cases
  }()

  /// Short enough to be cut at every pair of places.
  static let short = all.filter { $0.bytes.count <= 400 }
}

@Suite("Conformance to RFC 9112") struct ConformanceTests {
  @Test func `the table is there, and every row names its rule`() {
    #expect(ConformanceCase.all.count > 250)
    #expect(ConformanceCase.all.allSatisfy { $0.rule.hasPrefix("RFC ") })
  }

  @Test(arguments: ConformanceCase.all)
  func `a row is read as the table says`(row: ConformanceCase) {
    let readings = Connection.readAll([row.bytes]).prefix(row.answers.count)
    #expect(readings.map(\.status) == row.expected, "\(row.rule)")
    #expect(readings.allSatisfy { $0 != .incomplete || row.isByHead })
  }

  @Test(arguments: ConformanceCase.all)
  func `a row is the same byte by byte`(row: ConformanceCase) {
    let bytes = row.bytes
    #expect(Connection.readAll(bytes.map { [$0] }) == Connection.readAll([bytes]))
  }

  @Test(arguments: ConformanceCase.short)
  func `a row is the same cut in two anywhere`(row: ConformanceCase) {
    let bytes = row.bytes
    let whole = Connection.readAll([bytes])
    for cut in 0...bytes.count {
      let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
      #expect(Connection.readAll(pieces) == whole, "cut at \(cut)")
    }
  }

  @Test(arguments: ConformanceCase.short)
  func `a row is the same cut in three anywhere`(row: ConformanceCase) {
    let bytes = row.bytes
    let whole = Connection.readAll([bytes])
    // All pairs of cuts in a campaign; otherwise some, in steps that meet every place as a first.
    let step = Campaign.isOn ? 1 : 37
    var count = 0
    for first in 0...bytes.count {
      for second in stride(from: first + first % step, through: bytes.count, by: step) {
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map { Array($0) }
        count += 1
        guard Connection.readAll(pieces) != whole else { continue }
        Issue.record("cut at \(first) and \(second)")
      }
    }
    if Campaign.isOn { print("campaign: \(count) x three pieces of \(row.testDescription)") }
  }
}
