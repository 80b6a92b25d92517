import Testing
import WebhookReceiver

@Suite struct TimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-01-02T03:04:05Z", 1_767_323_045_000_000),
      ("2000-02-29T12:00:00Z", 951_825_600_000_000),
      ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
      ("1969-12-31T23:59:59.5Z", -500_000),
      ("1990-12-31T15:59:60-08:00", 662_688_000_000_000),
      ("1996-12-19T16:39:57-08:00", 851_042_397_000_000),
      ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000),
      ("2026-01-02t03:04:05z", 1_767_323_045_000_000),
      ("2026-01-02T03:04:05.1234567Z", 1_767_323_045_123_456),
      ("2026-01-02T03:04:05-00:00", 1_767_323_045_000_000),
      ("2026-01-02T03:04:05.000001Z", 1_767_323_045_000_001),
      ("2024-12-31T23:59:60Z", 1_735_689_600_000_000),
    ] as [(String, Int64)]
  )
  func `RFC 3339 is read`(text: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-1-02T03:04:05Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
    "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
    "2026-01-01T23:60:00Z", "2026-01-01T23:59:61Z", "2026-01-01T22:59:60Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.1234567890123Z",
    "2026-01-01T00:00:00+0000", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:60",
    "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ",
    "+026-01-01T00:00:00Z",
    "2026-01-01T00:00Z", "20260101T000000Z", "2026-01-01T-1:00:00Z", "２026-01-01T00:00:00Z",
  ])
  func `what is not RFC 3339 is refused`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000001Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
      (1_767_323_045_500_000, "2026-01-02T03:04:05.500000Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00Z"),
    ] as [(Int64, String)]
  )
  func `RFC 3339 is written in UTC`(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
  }

  @Test func `every time of four-digit years survives being written`() {
    var generator = SeededGenerator(seed: 8)
    let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999
    for _ in 0..<2000 {
      let time = Timestamp(microseconds: Int64.random(in: range, using: &generator))
      #expect(Timestamp(rfc3339: time.rfc3339) == time)
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("1767323045", 1_767_323_045), ("253402300799", 253_402_300_799),
    ]
      as [(String, Int64)]
  )
  func `seconds in plain digits are read`(text: String, seconds: Int64) {
    let time = Timestamp(unixSeconds: text.utf8.span)
    #expect(time?.seconds == seconds)
    let milliseconds = Timestamp(unixMilliseconds: (seconds == 0 ? "7" : text + "007").utf8.span)
    #expect(milliseconds?.microseconds == seconds * 1_000_000 + 7000)
  }

  @Test(arguments: [
    "", "-1", "+1", " 1", "1 ", "01", "00", "1.0", "1e9", "0x1", "1767323045abc", "253402300800",
    "9223372036854775807", "99999999999999999999999999", "١", "1_000", "1\u{0}",
  ])
  func `other spellings of seconds are refused`(text: String) {
    let time = Timestamp(unixSeconds: text.utf8.span)
    #expect(time == nil)
  }

  @Test func `arithmetic saturates instead of trapping`() {
    let extremes = [Int64.min, -1, 0, 1, .max].map { Timestamp(microseconds: $0) }
    let durations: [Duration] = [
      .seconds(Int64.min), .seconds(-1), .zero, .microseconds(1), .seconds(Int64.max),
    ]
    for time in extremes {
      for duration in durations {
        #expect(duration < .zero ? time + duration <= time : time + duration >= time)
        #expect(duration < .zero ? time - duration >= time : time - duration <= time)
      }
      for other in extremes { #expect((other - time < .zero) == (other < time)) }
      #expect(!time.rfc3339.isEmpty)
    }
    #expect(Timestamp(seconds: .max).microseconds == .max)
    #expect(Timestamp(seconds: .min).microseconds == .min)
  }

  @Test func `times and durations add up`() {
    let time = Timestamp(seconds: 100)
    #expect(time + .milliseconds(1500) == Timestamp(microseconds: 101_500_000))
    #expect(time - .seconds(200) == Timestamp(seconds: -100))
    #expect(Timestamp(seconds: 130) - time == .seconds(30))
    #expect(time.distance(to: Timestamp(seconds: 40)) == .seconds(-60))
    #expect(Timestamp(microseconds: -1).seconds == -1 && time < Timestamp(seconds: 101))
    #expect(Timestamp.now > Timestamp(seconds: 1_700_000_000))
  }
}
