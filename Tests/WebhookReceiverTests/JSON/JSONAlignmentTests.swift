import Testing
import WebhookReceiver

/// The scanner reads words of eight bytes: everything must hold wherever a word begins and ends.
@Suite struct JSONAlignmentTests {
  /// Whether the document is valid that stands at `offset` of a buffer full of quotes: a step that
  /// looks beyond the end would find a string closed there.
  private func isValid(_ text: [UInt8], at offset: Int) -> Bool {
    let quotes = [UInt8](repeating: 0x22, count: 16)
    let buffer = quotes[..<offset] + text + quotes
    let bytes = Array(buffer)
    return JSONScanner.isValid(bytes.span.extracting(offset..<offset + text.count))
  }

  @Test(
    arguments: [
      ("\\\"", true), ("\\n", true), ("\\u00e9", true), ("\\ud83d\\ude00", true), ("é", true),
      ("한", true), ("😀", true), ("~", true), ("\"", false), ("\\", false), ("\u{0}", false),
      ("\u{1f}", false), ("\n", false), ("\\x", false), ("\\u12x4", false), ("\\ud800", false),
    ]
  )
  func `a special part is seen at every place of a string`(part: String, expected: Bool) {
    for length in 0...64 {
      for place in 0...length {
        let text =
          [0x22] + [UInt8](repeating: 0x61, count: place) + Array(part.utf8)
          + [UInt8](repeating: 0x61, count: length - place) + [0x22]
        for offset in 0..<16 where isValid(text, at: offset) != expected {
          Issue.record("\(String(decoding: text, as: UTF8.self)) at \(offset)")
        }
      }
    }
  }

  @Test func `a document cut within a word is refused at every offset`() {
    for length in 0...17 {
      let text = [0x22] + [UInt8](repeating: 0x61, count: length)
      for offset in 0..<16 where isValid(text, at: offset) {
        Issue.record("\(length) bytes at \(offset)")
      }
    }
  }

  @Test func `numbers are read to their end at every place of a word`() {
    for length in 1...20 {
      let digits = String(repeating: "1234567890", count: 2).prefix(length)
      for padding in 0..<9 {
        let blanks = String(repeating: " ", count: padding)
        let accepted = [
          "\(digits)", "-\(digits)", "\(digits).5", "0.\(digits)", "1e\(digits)", "-0E+\(digits)",
          "\(digits).\(digits)e-\(digits)",
        ]
        for number in accepted {
          for text in ["\(blanks)\(number)", "[\(blanks)\(number),\(number)]"]
          where !isValid(Array(text.utf8), at: (length + padding) & 15) {
            Issue.record("\(text)")
          }
        }
        let refused = [
          "0\(digits)", "\(digits).", "\(digits)e", "\(digits)-1", "\(digits)x", "--\(digits)",
          "\(digits).e1", ".\(digits)", "+\(digits)", "\(digits)e+-1", "\(digits):\(digits)",
          "\(digits)/", "-",
        ]
        for number in refused {
          for text in ["\(blanks)\(number)", "[\(blanks)\(number)]"]
          where isValid(Array(text.utf8), at: (length + padding) & 15) {
            Issue.record("\(text)")
          }
        }
      }
    }
  }

  @Test func `blanks of any number are skipped, and nothing else is`() {
    for length in 0...40 {
      for blank in [0x20, 0x09, 0x0a, 0x0d] as [UInt8] {
        let run = [blank] + [UInt8](repeating: 0x20, count: length)
        let accepted =
          run + [0x5b] + run + [0x31] + run + [0x2c] + run + [0x31] + run + [0x5d] + run
        let isAcceptedValid = isValid(accepted, at: length & 15)
        #expect(isAcceptedValid)
        for place in 0...length {
          for byte in [0x00, 0x01, 0x0b, 0x1f, 0x21, 0x60, 0x7f, 0xa0] as [UInt8] {
            var refused = accepted
            refused[run.count + 1 + place] = byte
            if isValid(refused, at: place & 15) { Issue.record("\(byte) at \(place)") }
          }
        }
      }
    }
  }

  /// Every first byte with the bounds of every second, third and fourth, against the standard
  /// library.
  @Test func `UTF-8 is what the standard library takes for it`() {
    var seed = 0
    for first in 0x80...0xff as ClosedRange<UInt8> {
      for second in [0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff] as [UInt8] {
        for (third, fourth) in [
          (0x80, 0xbf), (0xbf, 0x80), (0x41, 0x41), (0x80, 0x41), (0xc0, 0x80), (0x80, 0xc2),
        ] as [(UInt8, UInt8)] {
          seed += 1
          let sequence = [first, second, third, fourth]
          let isUTF8 = String(validating: sequence, as: UTF8.self) != nil && second != 0x22
          let padding = [UInt8](repeating: 0x61, count: seed / 6 % 9)
          let text = [0x22] + padding + sequence + [0x22]
          for offset in 0..<16 where isValid(text, at: offset) != isUTF8 {
            Issue.record("\(sequence) at \(offset)")
          }
        }
      }
    }
  }

  @Test func `a sequence cut at the end of the text is refused`() {
    for text in ["\"é", "\"한", "\"😀", "\"aaaaaaa😀"] {
      for dropped in 0..<3 {
        for offset in 0..<16 where isValid(Array(text.utf8.dropLast(dropped)), at: offset) {
          Issue.record("\(text) without \(dropped)")
        }
      }
    }
  }

  @Test(arguments: [0, 1, 2, 63, 64])
  func `the limit of nesting is one, on the way of a pointer and off it`(steps: Int) throws {
    let pointer = try JSONPointer(String(repeating: "/0", count: steps))
    for (depth, expected) in [(64, true), (65, true), (128, true), (512, true), (513, false)] {
      let opening = [UInt8](repeating: UInt8(ascii: "["), count: depth)
      let closing = [UInt8](repeating: UInt8(ascii: "]"), count: depth)
      let text = opening + closing
      let hits = PointerSet([pointer])?.locate(in: text.span)
      #expect((hits != nil) == expected)
      if expected, depth > steps { #expect(hits?[0]?.range == steps..<text.count - steps) }
      let cut = opening + closing.dropLast()
      let cutHits = PointerSet([pointer])?.locate(in: cut.span)
      #expect(cutHits == nil)
    }
  }
}
