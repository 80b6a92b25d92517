internal import RelayCore
internal import WebhookReceiver

/// The bodies that the routes of lease consumers take, checked member by member.
enum LeaseRequest {
  static let limitDefault = 10
  /// Leases of one answer, and lease ids of one request: what fits the largest request body.
  static let limitMax = 500
  static let leaseDefault: Int64 = 30_000
  /// Ends are looked at a few times a second: a shorter lease would promise what nobody keeps.
  static let leaseMin: Int64 = 500
  /// A worker that needs longer says `extend`.
  static let leaseMax: Int64 = 12 * 3_600_000
  static let delayMax: Int64 = 12 * 3_600_000
  static let attemptsDefault: UInt32 = 20
  static let attemptsMax: UInt32 = 1000

  struct Lease {
    var limit = LeaseRequest.limitDefault
    /// Milliseconds.
    var lease = LeaseRequest.leaseDefault
    /// Nanoseconds.
    var wait: Int64 = 0
  }

  static func lease(_ body: [UInt8]) throws(ProblemError) -> Lease {
    var wanted = Lease()
    for member in try ConsumerRequest.members(body, allowed: ["limit", "lease", "wait"]) {
      switch member.key {
      case "limit":
        guard let limit = member.value.int, (1...limitMax).contains(limit) else {
          throw .badRequest("limit is 1 to \(limitMax)")
        }
        wanted.limit = limit
      case "lease": wanted.lease = try lease(member.value)
      default:
        let longest = Int64(PageLimits.waitSecondsMax) * 1000
        wanted.wait = try duration(member.value, "wait", 0...longest) * 1_000_000
      }
    }
    return wanted
  }

  /// What a nack or an extension adds to the ids; the default is the contract's.
  struct Settling {
    var ids: [String] = []
    /// Milliseconds.
    var time: Int64
  }

  static func ack(_ body: [UInt8]) throws(ProblemError) -> Settling {
    try settling(body, time: nil, default: 0) { _ throws(ProblemError) in 0 }
  }

  static func nack(_ body: [UInt8]) throws(ProblemError) -> Settling {
    try settling(body, time: "delay", default: 0) { value throws(ProblemError) in
      try duration(value, "delay", 0...delayMax)
    }
  }

  static func extend(_ body: [UInt8]) throws(ProblemError) -> Settling {
    try settling(body, time: "lease", default: leaseDefault, lease)
  }

  private static func settling(
    _ body: [UInt8],
    time: String?,
    default standard: Int64,
    _ read: (JSONValue) throws(ProblemError) -> Int64
  ) throws(ProblemError) -> Settling {
    var settling = Settling(time: standard)
    for member in try ConsumerRequest.members(
      body,
      allowed: ["lease_ids"] + [time].compactMap(\.self)
    ) {
      if member.key == "lease_ids" {
        settling.ids = try ids(member.value)
      } else {
        settling.time = try read(member.value)
      }
    }
    guard !settling.ids.isEmpty else {
      throw .badRequest("name the leases: {\"lease_ids\": [\"…\"]}")
    }
    return settling
  }

  private static func ids(_ value: JSONValue) throws(ProblemError) -> [String] {
    guard let items = value.array, (1...limitMax).contains(items.count) else {
      throw .badRequest("lease_ids is an array of 1 to \(limitMax) lease ids")
    }
    var ids: [String] = []
    for item in items {
      guard let id = item.string else { throw .badRequest("a lease id is a text") }
      ids.append(id)
    }
    return ids
  }

  static func attempts(_ value: JSONValue) throws(ProblemError) -> UInt32 {
    guard let attempts = value.int, (1...Int(attemptsMax)).contains(attempts) else {
      throw .badRequest("max_attempts is 1 to \(attemptsMax)")
    }
    return UInt32(attempts)
  }

  private static func lease(_ value: JSONValue) throws(ProblemError) -> Int64 {
    try duration(value, "lease", leaseMin...leaseMax)
  }

  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// A duration as everywhere in this product, in milliseconds; a plain number is seconds.
  private static func duration(
    _ value: JSONValue,
    _ key: String,
    _ range: ClosedRange<Int64>
  ) throws(ProblemError) -> Int64 {
    let problem = ProblemError.badRequest(
      "\(key) is a duration such as \"30s\", from \(range.lowerBound)ms to "
        + "\(range.upperBound / 1000)s"
    )
    let text = value.string ?? value.int.map { "\($0)s" } ?? ""
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { throw problem }
    let digits = text.dropLast(unit.suffix.count)
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits) else {
      throw problem
    }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflow, range.contains(milliseconds) else { throw problem }
    return milliseconds
  }
}
