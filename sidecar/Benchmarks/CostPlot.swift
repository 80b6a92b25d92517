internal import RelaySystem

/// Draws `AppendCosts` as an SVG: records on a logarithmic axis, microseconds on a linear one that
/// begins at zero.
struct CostPlot {
  private static let (width, height) = (720.0, 320.0)
  private static let (left, right, top, bottom) = (64.0, 24.0, 40.0, 48.0)

  private let costs: AppendCosts

  init(_ costs: AppendCosts) { self.costs = costs }

  func write(to path: String) throws { try writeFileDurably(path, Array(svg.utf8)) }

  private var points: [AppendCosts.Point] { costs.points }

  /// Twice the middle one, so that a rise would show.
  private var ceiling: Double { 2 * median(points.map(\.microseconds)) }

  private var lastDecade: Int {
    var decade = 5
    var edge = 100_000.0
    while edge < Double(points.last?.records ?? 0) * 0.9 {
      edge *= 10
      decade += 1
    }
    return decade
  }

  private func x(_ records: Double) -> Double {
    let share = (Self.decimalLogarithm(records) - 4) / Double(lastDecade - 4)
    return Self.left + share * (Self.width - Self.left - Self.right)
  }

  private func y(_ microseconds: Double) -> Double {
    let room = Self.height - Self.top - Self.bottom
    return Self.top + room * (1 - min(microseconds / ceiling, 1))
  }

  /// Good to a thousandth, which is less than a pixel; the standard library has none.
  static func decimalLogarithm(_ value: Double) -> Double {
    var (digits, rest) = (0.0, value)
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    var bit = 0.5
    for _ in 0..<12 {
      rest *= rest
      if rest >= 10 {
        rest /= 10
        digits += bit
      }
      bit /= 2
    }
    return digits
  }

  private var svg: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(Self.width)) \
      \(Self.number(Self.height))" font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(Self.number(Self.left))" y="22" font-size="14">Microseconds for one record of \
      1 KiB, 64 in a commit, by how many the journal holds</text>

      """
    for decade in 4...lastDecade {
      let place = x((4..<decade).reduce(10_000) { value, _ in value * 10 })
      text += line(place, Self.top, place, Self.height - Self.bottom)
      text += label(place, Self.height - Self.bottom + 18, "10^\(decade)", "middle")
    }
    for step in 0...4 {
      let value = ceiling * Double(step) / 4
      text += line(Self.left, y(value), Self.width - Self.right, y(value))
      text += label(Self.left - 8, y(value) + 4, Goal.text(value), "end")
    }
    text += label(Self.width / 2, Self.height - 10, "records in the journal", "middle")
    let line = points.map {
      "\(Self.number(x(Double($0.records)))),\(Self.number(y($0.microseconds)))"
    }
    text += "<polyline fill=\"none\" stroke=\"#1f6feb\" stroke-width=\"2\" points=\""
    text += line.joined(separator: " ") + "\"/>\n"
    for point in points {
      let (x, y) = (Self.number(x(Double(point.records))), Self.number(y(point.microseconds)))
      text += "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"3\" fill=\"#1f6feb\"><title>"
      text += "\(point.records) records: \(Goal.text(point.microseconds)) us</title></circle>\n"
    }
    return text + "</svg>\n"
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    let (x1, y1, x2, y2) = (
      Self.number(x1), Self.number(y1), Self.number(x2), Self.number(y2)
    )
    return "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" stroke=\"#d0d7de\"/>\n"
  }

  private func label(_ x: Double, _ y: Double, _ words: String, _ anchor: String) -> String {
    "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">\(words)"
      + "</text>\n"
  }

  private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
