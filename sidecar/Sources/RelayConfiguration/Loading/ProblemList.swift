/// The problems of one file, in the order in which they are found.
struct ProblemList {
  private struct Found: Hashable {
    var severity: Problem.Severity
    var position: Position
    var path: String
    var message: String
    var suggestion: String
  }

  let file: String
  private var found: [Found] = []
  private var known: Set<Found> = []

  init(file: String) {
    self.file = file
  }

  /// Warnings keep nothing from starting, and do not count.
  var isEmpty: Bool { !found.contains { $0.severity == .error } }

  mutating func add(
    _ position: Position,
    _ path: String,
    _ message: String,
    _ suggestion: String
  ) {
    add(.error, position, path, message, suggestion)
  }

  /// Notes what works and is probably not meant.
  mutating func warn(_ place: Checked, _ message: String, _ suggestion: String) {
    add(.warning, place.position, place.path, message, suggestion)
  }

  private mutating func add(
    _ severity: Problem.Severity,
    _ position: Position,
    _ path: String,
    _ message: String,
    _ suggestion: String
  ) {
    let problem = Found(
      severity: severity,
      position: position,
      path: path,
      message: message,
      suggestion: suggestion
    )
    if known.insert(problem).inserted { found.append(problem) }
  }

  /// In the order of the file.
  var sorted: [Problem] { sorted(.error) }
  var sortedWarnings: [Problem] { sorted(.warning) }

  /// So many that they would fill a terminal are counted instead.
  private func sorted(_ severity: Problem.Severity) -> [Problem] {
    let inOrder = found.filter { $0.severity == severity }.enumerated().sorted {
      ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
    }
    var problems = inOrder.prefix(Limit.problems).map { problem(of: $0.element) }
    if let next = inOrder.dropFirst(Limit.problems).first {
      var rest = next.element
      rest.path = ""
      let what = severity == .error ? "problems" : "warnings"
      rest.message = "there are \(inOrder.count - Limit.problems) more \(what) from here on"
      rest.suggestion = "mend those above first"
      problems.append(problem(of: rest))
    }
    return problems
  }

  private func problem(of found: Found) -> Problem {
    Problem(
      found.severity,
      file: file,
      line: found.position.line,
      column: found.position.column,
      path: found.path,
      message: found.message,
      suggestion: found.suggestion
    )
  }
}
