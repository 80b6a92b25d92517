/// Prints the table of commands for people.
package enum HelpText {
  /// Where the second column begins.
  static let columnMax = 24
  /// A usage line is broken before it gets longer.
  static let lineMax = 100
  private static let usagePrefix = "Usage: "

  /// The help of the command or group that `path` names; of the program when it is empty.
  package static func render(path: [String], commands: [CommandSpec]) -> String {
    if let command = commands.first(where: { $0.path == path }) {
      return render(command)
    }
    let group = commands.filter { Array($0.path.prefix(path.count)) == path }
    return path.isEmpty ? overview(commands) : overview(of: path, group)
  }

  private static func overview(_ commands: [CommandSpec]) -> String {
    var text = """
      webhook-sidecar receives webhooks, verifies them, makes them durable, and lets you pull them.

      Usage: webhook-sidecar COMMAND [ARGUMENTS]

      Commands:

      """
    text += table(commands.filter { $0.action != nil }.map { ($0.name, $0.summary) })
    text += """

      A secret (REF) is named env:NAME, file:PATH or literal:VALUE; prefer the first two, a process
      list shows the third. Times (T) are seconds since 1970 or RFC 3339; durations (D) are 250ms,
      30s, 5m, 8h or 7d. A FILE of - is standard input.

      Exit codes: 0 yes, 1 no, 2 wrong usage, 70 our failure, 74 the disk failed, 75 try later.

      First steps:
        webhook-sidecar run
        webhook-sidecar help verify

      """
    return text
  }

  private static func overview(of path: [String], _ commands: [CommandSpec]) -> String {
    "Usage: webhook-sidecar \(path.joined(separator: " ")) COMMAND [ARGUMENTS]\n\nCommands:\n"
      + table(commands.map { ($0.name, summary(of: $0)) })
  }

  private static func summary(of command: CommandSpec) -> String {
    command.action == nil ? "\(command.summary) (not supported yet)" : command.summary
  }

  private static func render(_ command: CommandSpec) -> String {
    var text = "\(summary(of: command))\n\n\(usagePrefix)\(usage(command))\n"
    if !command.details.isEmpty { text += "\n\(command.details)\n" }
    if !command.operands.isEmpty {
      text += "\nArguments:\n" + table(command.operands.map { ($0.name, $0.help) })
    }
    let options = command.options.map { (label($0), $0.help) }
    text += "\nOptions:\n" + table(options + [("--help", "this text")])
    if !command.examples.isEmpty {
      text += "\nExamples:\n" + command.examples.map { "  \($0)\n" }.joined()
    }
    return text
  }

  /// The line after "Usage:".
  ///
  /// `webhook-sidecar verify --profile P --secret REF… [--json]`
  static func usage(_ command: CommandSpec) -> String {
    var words = ["webhook-sidecar"] + command.path
    words += command.operands.map { $0.isRequired ? $0.name : "[\($0.name)]" }
    for option in command.options {
      let shown = label(option)
      words.append(option.isRequired ? shown : "[\(shown)]")
      if option.repeats { words[words.count - 1] += "…" }
    }
    return wrapped(words)
  }

  private static func wrapped(_ words: [String]) -> String {
    var text = ""
    var column = usagePrefix.count
    for word in words {
      if column + word.count >= lineMax {
        text += "\n" + String(repeating: " ", count: usagePrefix.count + 2)
        column = usagePrefix.count + 2
      } else if !text.isEmpty {
        text += " "
        column += 1
      }
      text += word
      column += word.count
    }
    return text
  }

  private static func label(_ option: OptionSpec) -> String {
    guard let value = option.value else { return "--\(option.name)" }
    return "--\(option.name) \(value)"
  }

  private static func table(_ rows: [(String, String)]) -> String {
    let width = min(columnMax, rows.map(\.0.count).max() ?? 0)
    return rows.map { name, help in
      let padding = String(repeating: " ", count: max(0, width - name.count))
      return "  \(name)\(padding)  \(help)\n"
    }.joined()
  }
}
