import RelayServer
import Testing

@Suite("HTTP date") struct HTTPDateTests {
  /// The first is the example of RFC 9110 §5.6.7; the others are ends of months, years and leaps.
  static let rows: [(Int64, String)] = [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
    (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
  ]

  @Test(arguments: rows) func `is IMF-fixdate`(seconds: Int64, expected: String) {
    #expect(HTTPDateCache.format(seconds) == expected)
  }
}
