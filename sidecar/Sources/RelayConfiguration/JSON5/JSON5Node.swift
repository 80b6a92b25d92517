/// A place in the file, as editors count: both from 1, columns in Unicode scalars.
package struct Position: Hashable, Comparable, Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (left: Position, right: Position) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// A value of the file and where it begins.
struct JSON5Node {
  enum Content {
    case object([JSON5Member])
    case array([JSON5Node])
    case string(String)
    case number(JSON5Number)
    case bool(Bool)
    case null
    /// A syntax error was reported here: what belongs here is not known, so nothing more is said.
    case invalid
  }

  var position: Position
  var content: Content
}

/// One `key: value` of an object; keys are unique, the reader sees to that.
struct JSON5Member {
  var key: String
  var keyPosition: Position
  var value: JSON5Node
}

/// A number, told apart by whether it counts something.
enum JSON5Number: Equatable {
  case integer(Int)
  /// Not whole, or too large for an integer.
  case other
  case notFinite
}

/// What the grammar does not allow.
struct SyntaxProblem: Equatable {
  var position: Position
  var message: String
  var suggestion: String
}
