/// A whole number and its unit, as durations and sizes are written: `30s`, `64KiB`.
enum Quantity {
  /// Reads digits without a leading zero and one of the units, nothing else: no blanks, signs or
  /// fractions.
  ///
  /// Nil when it is none, or more than an Int64 holds.
  static func read(_ text: String, units: [(name: String, factor: Int64)]) -> Int64? {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
    guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    let unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
    guard let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
    let (product, isOver) = number.multipliedReportingOverflow(by: factor)
    return isOver ? nil : product
  }

  /// Writes the value in the largest unit that divides it.
  static func write(_ value: Int64, units: [(name: String, factor: Int64)]) -> String {
    for (name, factor) in units.reversed()
    where value.isMultiple(of: factor) && value >= factor {
      return "\(value / factor)\(name)"
    }
    return "\(value)\(units.first?.name ?? "")"
  }

  /// Milliseconds of each unit, smallest first.
  static let durationUnits: [(name: String, factor: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// Bytes of each unit, smallest first.
  ///
  /// A number alone counts bytes.
  static let sizeUnits: [(name: String, factor: Int64)] = [
    ("", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]
}

extension Duration {
  /// Reads `250ms`, `30s`, `5m`, `8h` or `7d`.
  package init?(configurationText text: String) {
    guard let milliseconds = Quantity.read(text, units: Quantity.durationUnits) else { return nil }
    self = .milliseconds(milliseconds)
  }

  /// The duration as the configuration writes it, cut to milliseconds.
  package var configurationText: String {
    Quantity.write(wholeMilliseconds, units: Quantity.durationUnits)
  }

  private var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }
}

/// A number of bytes as the configuration writes it: `512`, `64KiB`, `10MiB`, `20GiB`.
package enum ByteSize {
  package static func parse(_ text: String) -> Int64? {
    Quantity.read(text, units: Quantity.sizeUnits)
  }

  package static func text(_ bytes: Int64) -> String {
    Quantity.write(bytes, units: Quantity.sizeUnits)
  }
}
