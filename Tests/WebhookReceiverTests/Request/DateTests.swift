import Testing
import WebhookReceiver

/// Dates as HTTP writes them, and dates of every form that somebody has changed.
@Suite struct DateTests {
  @Test(
    arguments: [
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
      ("Fri, 02 Jan 2026 03:04:05 GMT", 1_767_323_045),
      ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
      ("Wed, 31 Dec 1969 23:59:59 GMT", -1), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ] as [(String, Int64)]
  )
  func `RFC 1123 is read and written`(text: String, seconds: Int64) {
    let time = Timestamp(rfc1123: text.utf8.span)
    #expect(time?.microseconds == seconds * 1_000_000)
    #expect(Timestamp(seconds: seconds).rfc1123 == text)
  }

  @Test(arguments: [
    "", "Fri, 02 Jan 2026 03:04:05", "Fri, 02 Jan 2026 03:04:05 UTC",
    "Fri, 02 Jan 2026 03:04:05 gmt", "Fri, 02 Jan 2026 03:04:05 +0000",
    "Fri, 2 Jan 2026 03:04:05 GMT", "Thu, 02 Jan 2026 03:04:05 GMT",
    "fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 jan 2026 03:04:05 GMT",
    "Fri, 02 Jän 2026 03:04:05 GM", "Fri, 30 Feb 2026 03:04:05 GMT",
    "Fri, 02 Jan 2026 24:04:05 GMT", "Fri, 02 Jan 2026 03:60:05 GMT",
    "Fri, 02 Jan 2026 03:04:61 GMT", "Tue, 31 Dec 2024 23:59:60 GMT",
    "Wed, 31 Dec 2024 23:59:60 GMT", "Friday, 02-Jan-26 03:04:05 GMT",
    "Fri Jan  2 03:04:05 2026", "Fri,  2 Jan 2026 03:04:05 GMT", "Fri; 02 Jan 2026 03:04:05 GMT",
    "Fri, 02-Jan-2026 03:04:05 GMT", "Fri, 02 Jan 2026 03.04.05 GMT",
    "Fri, 02 Jan 2026 03:04:05 GMT ", " Fri, 02 Jan 2026 03:04:05 GMT",
    "Fri, 02 Jan +026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:05\u{0}GMT",
  ])
  func `what is not in that one form is refused`(text: String) {
    let time = Timestamp(rfc1123: text.utf8.span)
    #expect(time == nil)
  }

  private static let rounds = Campaign.rounds(
    5000,
    campaign: 1_000_000,
    of: "a mutated date, per form"
  )

  private static let alphabet = Array("0123456789:-+., TZtzGMJanFeb".utf8) + [0, 0x7f, 0xff]

  /// A time of the years that four digits can say.
  private static func time(_ generator: inout SeededGenerator) -> Timestamp {
    Timestamp(seconds: Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator))
  }

  private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      let byte = alphabet[Int(generator.next() % UInt64(alphabet.count))]
      let at = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.insert(byte, at: at)
      case 1 where at < bytes.count: bytes.remove(at: at)
      case 2 where at < bytes.count: bytes[at] ^= 1 << UInt8(generator.next() % 8)
      default: if at < bytes.count { bytes[at] = byte }
      }
    }
  }

  @Test func `a mutated RFC 1123 date is no date, or the text of its time`() {
    var generator = SeededGenerator(seed: 41)
    var read = 0
    for _ in 0..<Self.rounds {
      var text = Array(Self.time(&generator).rfc1123.utf8)
      Self.mutate(&text, &generator)
      guard let time = Timestamp(rfc1123: text.span) else { continue }
      read += 1
      if Array(time.rfc1123.utf8) != text { Issue.record("\(text)") }
    }
    #expect(read > Self.rounds / 10 && read < Self.rounds)
  }

  @Test func `a mutated RFC 3339 date is no date, or a time that its own text says again`() {
    var generator = SeededGenerator(seed: 42)
    var read = 0
    for _ in 0..<Self.rounds {
      var text = Array(Self.time(&generator).rfc3339.utf8)
      Self.mutate(&text, &generator)
      guard let time = Timestamp(rfc3339: text.span) else { continue }
      read += 1
      if Timestamp(rfc3339: time.rfc3339) != time { Issue.record("\(text)") }
    }
    #expect(read > Self.rounds / 10 && read < Self.rounds)
  }

  @Test func `a mutated number is refused, or the one text of its time`() {
    var generator = SeededGenerator(seed: 43)
    for _ in 0..<Self.rounds {
      var text = Array("\(Int64.random(in: 0...253_402_300_799, using: &generator))".utf8)
      Self.mutate(&text, &generator)
      if let time = Timestamp(unixSeconds: text.span), Array("\(time.seconds)".utf8) != text {
        Issue.record("\(text)")
      }
      if let time = Timestamp(unixMilliseconds: text.span),
        Array("\(time.microseconds / 1000)".utf8) != text
      {
        Issue.record("\(text)")
      }
    }
  }
}
