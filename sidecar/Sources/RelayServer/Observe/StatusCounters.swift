internal import Synchronization

/// Answers by status.
///
/// A fixed set: what is not in it is counted under 0, so that no peer can make a series.
final class StatusCounters: Sendable {
  /// The statuses that this software sends.
  private static let statuses = [
    0, 200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 417,
    422, 429, 431, 500, 501, 503, 505,
  ]
  /// The place of each status, looked up and not searched: this is asked for every answer.
  private static let places: [Int] = {
    var places = [Int](repeating: 0, count: 600)
    for (place, status) in statuses.enumerated() { places[status] = place }
    return places
  }()

  private let counts = Mutex([UInt64](repeating: 0, count: statuses.count))

  init() {}

  func add(_ status: Int) {
    let place = Self.places.indices.contains(status) ? Self.places[status] : 0
    counts.withLock { $0[place] += 1 }
  }

  /// Those that were sent, in order.
  var snapshot: [(status: Int, count: UInt64)] {
    let counts = counts.withLock { $0 }
    return zip(Self.statuses, counts).filter { $0.1 > 0 }.map { (status: $0.0, count: $0.1) }
  }
}
