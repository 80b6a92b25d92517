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
package struct JSON5Node: Sendable {
  package enum Content: Sendable {
    case object([JSON5Member])
    case array([JSON5Node])
    case string(String)
    case number(JSON5Number)
    case bool(Bool)
    case null
    /// A syntax error was reported here: what belongs here is not known, so nothing more is said.
    case invalid
  }

  package var position: Position
  package var content: Content

  package init(position: Position, content: Content) {
    self.position = position
    self.content = content
  }
}

/// One `key: value` of an object; keys are unique, the reader sees to that.
package struct JSON5Member: Sendable {
  package var key: String
  package var keyPosition: Position
  package var value: JSON5Node
}

/// A number, told apart by whether it counts something.
package enum JSON5Number: Equatable, Sendable {
  case integer(Int)
  /// Not whole.
  case fraction(Double)
  /// Too large for an integer.
  case other
  case notFinite
}

/// What the grammar does not allow.
package struct SyntaxProblem: Equatable, Sendable {
  package var position: Position
  package var message: String
  package var suggestion: String
}
