internal import WebhookReceiver

/// Reads a configuration and finds everything that is wrong with it in one go.
package enum ConfigurationLoader {
  package struct Loaded: Sendable {
    /// Nil when there is a problem.
    package let configuration: Configuration?
    /// In the order of the file.
    package let problems: [Problem]
    /// What works and is probably not meant, in the order of the file.
    package let warnings: [Problem]

    init(_ configuration: Configuration?, _ problems: ProblemList) {
      self.configuration = configuration
      self.problems = problems.sorted
      warnings = problems.sortedWarnings
    }
  }

  /// The largest file that is read.
  package static let fileBytesMax = Limit.fileBytes

  /// Reads a file's text; `file` is what the problems call it.
  package static func load(
    _ text: [UInt8],
    file: String,
    environment: Environment
  ) -> Loaded {
    var problems = ProblemList(file: file)
    guard text.count <= Limit.fileBytes else {
      problems.add(
        Position(line: 1, column: 1),
        "",
        "the file is larger than \(ByteSize.text(Int64(Limit.fileBytes)))",
        "name a configuration; people write shorter ones"
      )
      return Loaded(nil, problems)
    }
    let root = read(text, &problems)
    guard let root else { return Loaded(nil, problems) }
    var checker = ShapeChecker(problems: problems)
    guard let checked = checker.check(root) else {
      return Loaded(nil, checker.problems)
    }
    var builder = ConfigurationBuilder(environment: environment, problems: checker.problems)
    let configuration = builder.build(checked)
    return Loaded(configuration, builder.problems)
  }

  static func read(_ text: [UInt8], _ problems: inout ProblemList) -> JSON5Node? {
    let repaired = Array(String(decoding: text, as: UTF8.self).utf8)
    if repaired != text { reportNotUTF8(text, repaired, &problems) }
    var reader = JSON5Reader(repaired)
    let root = reader.document()
    for problem in reader.problems {
      problems.add(problem.position, "", problem.message, problem.suggestion)
    }
    return root
  }

  /// The two differ first where the first byte is that is not UTF-8.
  ///
  /// The rest is read as if that were mended.
  private static func reportNotUTF8(
    _ text: [UInt8],
    _ repaired: [UInt8],
    _ problems: inout ProblemList
  ) {
    let index = zip(text, repaired).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    var cursor = JSON5Cursor(repaired)
    while cursor.index < index ?? repaired.count, !cursor.isAtEnd { cursor.advance() }
    problems.add(cursor.position, "", "this is not UTF-8", "save the file as UTF-8")
  }
}
