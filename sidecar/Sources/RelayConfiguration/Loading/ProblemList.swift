/// The problems of one file, in the order in which they are found.
struct ProblemList {
  private struct Found: Hashable {
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

  var isEmpty: Bool { found.isEmpty }

  mutating func add(
    _ position: Position,
    _ path: String,
    _ message: String,
    _ suggestion: String
  ) {
    let problem = Found(position: position, path: path, message: message, suggestion: suggestion)
    if known.insert(problem).inserted { found.append(problem) }
  }

  /// In the order of the file.
  ///
  /// So many that they would fill a terminal are counted instead.
  var sorted: [Problem] {
    let inOrder = found.enumerated().sorted {
      ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
    }
    var problems = inOrder.prefix(Limit.problems).map { problem(of: $0.element) }
    if let next = inOrder.dropFirst(Limit.problems).first {
      var rest = next.element
      rest.path = ""
      rest.message = "there are \(inOrder.count - Limit.problems) more problems from here on"
      rest.suggestion = "mend those above first"
      problems.append(problem(of: rest))
    }
    return problems
  }

  private func problem(of found: Found) -> Problem {
    Problem(
      file: file,
      line: found.position.line,
      column: found.position.column,
      path: found.path,
      message: found.message,
      suggestion: found.suggestion
    )
  }
}
