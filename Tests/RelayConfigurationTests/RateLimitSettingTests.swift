import RelayConfiguration
import RelayCore
import Testing

@Suite struct RateLimitSettingTests {
  @Test func `without the key there is no limit`() throws {
    #expect(try #require(load(withSource("")).configuration).sources[0].rateLimit == nil)
  }

  @Test(arguments: [
    (
      "{ requests_per_second: 200, burst: 400, bytes_per_second: \"5MiB\" }",
      RateLimit(requestsPerSecond: 200, burst: 400, bytesPerSecond: 5 << 20)
    ),
    (
      "{ requests_per_second: 7 }",
      RateLimit(requestsPerSecond: 7, burst: 7, bytesPerSecond: nil)
    ),
    ("{ bytes_per_second: 1 }", RateLimit(requestsPerSecond: nil, bytesPerSecond: 1)),
  ])
  func `rates are read, and a burst is one second's worth`(text: String, limit: RateLimit) throws {
    let configuration = try #require(load(withSource("rate_limit: \(text)")).configuration)
    #expect(configuration.sources[0].rateLimit == limit)
    #expect(String(decoding: configuration.show(), as: UTF8.self).contains("\"rate_limit\""))
  }

  @Test(arguments: [
    ("{}", "2:1 sources.a.rate_limit"),
    ("{ burst: 5, bytes_per_second: 1 }", "2:22 sources.a.rate_limit.burst"),
    ("{ requests_per_second: 0 }", "2:36 sources.a.rate_limit.requests_per_second"),
    ("{ requests_per_second: 1.5 }", "2:36 sources.a.rate_limit.requests_per_second"),
    ("{ bytes_per_second: \"0KiB\" }", "2:33 sources.a.rate_limit.bytes_per_second"),
    ("true", "2:13 sources.a.rate_limit"),
  ])
  func `what limits nothing, or everything, is a mistake`(text: String, place: String) {
    #expect(places(withSource("rate_limit: \(text)")) == [place])
  }
}
