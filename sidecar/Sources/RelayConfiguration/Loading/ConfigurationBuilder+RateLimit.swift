internal import RelayCore

extension ConfigurationBuilder {
  /// Nil where nothing is limited, or what is written cannot be meant.
  mutating func rateLimit(_ section: CheckedSection) -> RateLimit? {
    let requests = section.integer("requests_per_second").map { Int($0) }
    let bytes = section.integer("bytes_per_second").map { Int($0) }
    if section.written.isDisjoint(with: ["requests_per_second", "bytes_per_second"]) {
      problems.add(
        section.position,
        section.path,
        "a limit without a rate limits nothing",
        "write requests_per_second: 100, bytes_per_second: \"5MiB\", or both"
      )
    }
    if section.written.contains("burst"), !section.written.contains("requests_per_second"),
      let place = section.values["burst"]
    {
      problems.add(
        place.position,
        place.path,
        "a burst is counted in deliveries, and there is no rate of them",
        "write requests_per_second beside it, or remove it"
      )
    }
    guard requests != nil || bytes != nil else { return nil }
    return RateLimit(
      requestsPerSecond: requests,
      burst: section.integer("burst").map { Int($0) },
      bytesPerSecond: bytes
    )
  }
}
