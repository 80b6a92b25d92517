/// The options and operands of one call, already held against the command's specification.
package struct ParsedArguments: Sendable, Equatable {
  fileprivate(set) package var operands: [String] = []
  fileprivate var values: [String: [String]] = [:]

  package func has(_ name: String) -> Bool { values[name] != nil }
  package func value(_ name: String) -> String? { values[name]?.last }
  package func values(_ name: String) -> [String] { values[name] ?? [] }

  /// The value of an option the specification marks as required.
  package func required(_ name: String) throws(CommandFailure) -> String {
    guard let value = value(name) else {
      throw .usage("--\(name) is required")
    }
    return value
  }

  /// A whole number within `range`; the fallback when the option is absent.
  package func number(
    _ name: String,
    in range: ClosedRange<Int>,
    default fallback: Int
  ) throws(CommandFailure) -> Int {
    guard let text = value(name) else { return fallback }
    // Int(_:) would also take a sign; a count has none.
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      range.contains(number)
    else {
      throw .usage(
        "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return number
  }
}

/// What a command line asks for.
package enum Invocation: Sendable {
  case help(path: [String])
  case command(CommandSpec, CommandAction, ParsedArguments)
}

/// Splits a command line by the table of commands.
///
/// Pure: words in, values out.
/// `--name value`, `--name=value`; `--` ends the options; a lone `-` is an operand or a value.
/// There are no short options but `-h`, so nothing has to be remembered.
package struct ArgumentParser {
  package let commands: [CommandSpec]

  package init(commands: [CommandSpec]) {
    self.commands = commands
  }

  /// `words` is the command line without the program's name.
  package func parse(_ words: [String]) throws(CommandFailure) -> Invocation {
    guard let first = words.first else {
      throw .usage("a command is missing: \(topNames.joined(separator: ", "))")
    }
    switch first {
    case "--help", "-h":
      return .help(path: [])
    case "help":
      return try help(for: words.dropFirst().filter { $0 != "--help" && $0 != "-h" })
    case "--version":
      return try parse(["version"] + words.dropFirst())
    default:
      break
    }
    if first.hasPrefix("-") {
      throw .usage("a command comes before the options; \(first.beforeEquals) stands first")
    }
    guard let command = try find(words) else {
      return .help(path: [first])
    }
    return try parse(Array(words.dropFirst(command.path.count)), of: command)
  }

  private var topNames: [String] {
    var names: [String] = []
    for command in commands {
      if let name = command.path.first, !names.contains(name) { names.append(name) }
    }
    return names
  }

  private func help(for path: [String]) throws(CommandFailure) -> Invocation {
    guard let first = path.first else { return .help(path: []) }
    let known = commands.contains { Array($0.path.prefix(path.count)) == path }
    if known { return .help(path: path) }
    guard topNames.contains(first) else {
      throw .usage("unknown command \(first)\(NearestName.hint(for: first, among: topNames))")
    }
    return .help(path: [first])
  }

  /// The command that `words` begins with; nil when only a group was named and help was asked for.
  private func find(_ words: [String]) throws(CommandFailure) -> CommandSpec? {
    let first = words[0]
    let group = commands.filter { $0.path.first == first }
    guard !group.isEmpty else {
      throw .usage("unknown command \(first)\(NearestName.hint(for: first, among: topNames))")
    }
    if let single = group.first(where: { $0.path.count == 1 }) { return single }
    let names = group.compactMap { $0.path.dropFirst().first }
    let list = names.joined(separator: ", ")
    guard words.count > 1 else { throw .usage("\(first) needs one of: \(list)") }
    let second = words[1]
    if second == "--help" || second == "-h" || second == "help" { return nil }
    guard let found = group.first(where: { $0.path[1] == second }) else {
      let hint = NearestName.hint(for: second, among: names, prefix: "\(first) ")
      throw .usage(
        "unknown command \(first) \(second)\(hint.isEmpty ? "; it is one of: \(list)" : hint)"
      )
    }
    return found
  }

  private func parse(_ words: [String], of command: CommandSpec) throws(CommandFailure)
    -> Invocation
  {
    // Help is wanted wherever it stands, even beside mistakes; not after `--`.
    let options = words.prefix { $0 != "--" }
    if options.contains(where: { $0 == "--help" || $0 == "-h" }) {
      return .help(path: command.path)
    }
    guard let action = command.action else {
      throw .usage("\(command.name): not supported yet")
    }
    var parsed = ParsedArguments()
    var index = 0
    var optionsEnded = false
    while index < words.count {
      let word = words[index]
      index += 1
      if optionsEnded || word == "-" || !word.hasPrefix("-") {
        parsed.operands.append(word)
      } else if word == "--" {
        optionsEnded = true
      } else {
        try readOption(word, words, &index, command, into: &parsed)
      }
    }
    try check(parsed, of: command)
    return .command(command, action, parsed)
  }

  private func readOption(
    _ word: String,
    _ words: [String],
    _ index: inout Int,
    _ command: CommandSpec,
    into parsed: inout ParsedArguments
  ) throws(CommandFailure) {
    let written = word.beforeEquals
    let name = String(written.drop { $0 == "-" })
    let known = command.options.map(\.name) + ["help"]
    guard written.hasPrefix("--"), let option = command.option(name) else {
      let hint = NearestName.hint(for: name, among: known, prefix: "--")
      throw .usage("unknown option \(written) of \(command.name)\(hint)")
    }
    if parsed.has(name), !option.repeats {
      throw .usage("--\(name) was given twice")
    }
    let attached = word.afterEquals
    guard let valueName = option.value else {
      if attached != nil { throw .usage("--\(name) takes no value") }
      parsed.values[name, default: []].append("")
      return
    }
    var value = attached
    if value == nil, index < words.count, !words[index].hasPrefix("--") {
      value = words[index]
      index += 1
    }
    guard let value, !value.isEmpty else {
      throw .usage(
        "--\(name) needs a value: --\(name) \(valueName), or --\(name)=\(valueName)"
          + " when it begins with --"
      )
    }
    parsed.values[name, default: []].append(value)
  }

  private func check(_ parsed: ParsedArguments, of command: CommandSpec) throws(CommandFailure) {
    let needed = command.operands.filter(\.isRequired)
    if parsed.operands.count < needed.count {
      let missing = needed[parsed.operands.count]
      throw .usage("\(command.name) needs \(missing.name): \(missing.help)")
    }
    if parsed.operands.count > command.operands.count {
      let extra = parsed.operands[command.operands.count]
      // A secret in the wrong place must not come back in the message.
      throw .usage(
        "\(command.name) takes \(countText(command.operands.count)); "
          + "argument \(command.operands.count + 1) (\(extra.utf8.count) bytes) is too much"
      )
    }
    let missing = command.options.filter { $0.isRequired && !parsed.has($0.name) }
    if !missing.isEmpty {
      let list = missing.map { "--\($0.name) \($0.value ?? "")" }.joined(separator: ", ")
      throw .usage("\(command.name) needs \(list)")
    }
  }

  private func countText(_ count: Int) -> String {
    switch count {
    case 0: "no arguments besides options"
    case 1: "one argument besides options"
    default: "\(count) arguments besides options"
    }
  }
}

extension String {
  /// The part before the first `=`; messages quote no more of an option, its value may be secret.
  fileprivate var beforeEquals: String {
    String(prefix { $0 != "=" })
  }

  fileprivate var afterEquals: String? {
    guard let equals = firstIndex(of: "=") else { return nil }
    return String(self[index(after: equals)...])
  }
}
