/// What an append costs as a journal grows, ten points to a power of ten.
struct AppendCosts {
  struct Point {
    /// The middle of what it stands for.
    let records: Int
    /// The median of one record's share of a commit.
    let microseconds: Double
  }

  private static let perDecade = 10
  /// Below this a journal has hardly begun.
  private static let first = 10_000

  private var samples: [[Double]] = []
  /// Of all appends together.
  var seconds = 0.0

  mutating func add(_ microseconds: Double, at records: Int) {
    guard let bin = Self.bin(records) else { return }
    while samples.count <= bin { samples.append([]) }
    samples[bin].append(microseconds)
  }

  /// Where a number falls, by comparing: no logarithm is needed for a hundred bins.
  private static func bin(_ records: Int) -> Int? {
    guard records >= first else { return nil }
    var bin = 0
    var edge = Double(first)
    while Double(records) >= edge * step {
      edge *= step
      bin += 1
    }
    return bin
  }

  /// The tenth root of ten.
  private static let step = 1.258_925_411_794_167_2

  var points: [Point] {
    var points: [Point] = []
    var edge = Double(Self.first)
    for bin in samples {
      if !bin.isEmpty {
        points.append(Point(records: Int(edge * 1.12), microseconds: median(bin)))
      }
      edge *= Self.step
    }
    return points
  }

  /// The points at the powers of ten.
  var words: String {
    stride(from: 0, to: samples.count, by: Self.perDecade).compactMap { bin in
      samples[bin].isEmpty ? nil : Goal.text(median(samples[bin]))
    }.joined(separator: ", ")
  }
}
