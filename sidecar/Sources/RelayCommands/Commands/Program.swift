/// The command line as a function: words in, an exit code out.
package enum Program {
  /// What messages on standard error begin with.
  package static let name = "webhook-sidecar"

  package static func run(_ words: [String], in surroundings: Surroundings) -> ExitCode {
    var output = Output(surroundings)
    do throws(CommandFailure) {
      let code = try dispatch(words, in: surroundings, output: &output)
      try output.flush()
      return code
    } catch {
      // What stood before the failure is still a result: print it first, then why it ends there.
      try? output.flush()
      surroundings.note(error.message)
      if error.exitCode == .usage { surroundings.note("see \(helpCommand(for: words))") }
      return error.exitCode
    }
  }

  private static func dispatch(
    _ words: [String],
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let parser = ArgumentParser(commands: CommandTable.commands)
    switch try parser.parse(words) {
    case .help(let path):
      try output.text(HelpText.render(path: path, commands: CommandTable.commands))
      return .success
    case .command(_, let action, let arguments):
      return try perform(action, arguments, in: surroundings, output: &output)
    }
  }

  private static func perform(
    _ action: CommandAction,
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    switch action {
    case .run:
      return RunCommand.run(arguments)
    case .check:
      return try CheckCommand.run(arguments, in: surroundings, output: &output)
    case .configSchema:
      return try ConfigCommand.schema(output: &output)
    case .configShow:
      return try ConfigCommand.show(arguments, in: surroundings, output: &output)
    case .profiles:
      return try ProfilesCommand.run(arguments, in: surroundings, output: &output)
    case .sign:
      return try SignCommand.run(arguments, in: surroundings, output: &output)
    case .verify:
      return try VerifyCommand.run(arguments, in: surroundings, output: &output)
    case .send:
      return try SendCommand.run(arguments, in: surroundings, output: &output)
    case .journalVerify:
      return try JournalCommand.verify(arguments, output: &output)
    case .journalStat:
      return try JournalCommand.stat(arguments, output: &output)
    case .journalDump:
      return try JournalCommand.dump(arguments, in: surroundings, output: &output)
    case .journalCopy:
      return try JournalCopyCommand.run(arguments, output: &output)
    case .journalRepair:
      return try JournalRepairCommand.run(arguments, output: &output)
    case .status:
      return try StatusCommand.run(arguments, in: surroundings, output: &output)
    case .eventsList:
      return try EventsCommand.list(arguments, in: surroundings, output: &output)
    case .eventsShow:
      return try EventsCommand.show(arguments, in: surroundings, output: &output)
    case .eventsErase:
      return try EraseCommand.run(arguments, in: surroundings)
    case .eventsReplay:
      return try ReplayCommand.one(arguments, in: surroundings, output: &output)
    case .replay:
      return try ReplayCommand.many(arguments, in: surroundings, output: &output)
    case .version:
      return try VersionCommand.run(arguments, output: &output)
    }
  }

  /// The help that fits what was typed as far as it was understood.
  private static func helpCommand(for words: [String]) -> String {
    let typed = words.filter { !$0.hasPrefix("-") && $0 != "help" }
    let command = CommandTable.commands.first { Array(typed.prefix($0.path.count)) == $0.path }
    if let command { return "\(name) \(command.name) --help" }
    if let first = typed.first, CommandTable.commands.contains(where: { $0.path.first == first }) {
      return "\(name) \(first) --help"
    }
    return "\(name) --help"
  }
}

extension Surroundings {
  /// One line on standard error.
  func note(_ message: String) {
    writeError(Array("\(Program.name): \(message)\n".utf8))
  }
}
