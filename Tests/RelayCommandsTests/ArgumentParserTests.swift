import RelayCommands
import Testing

@Suite struct ArgumentParserTests {
  private let parser = ArgumentParser(commands: CommandTable.commands)

  private func parsed(_ words: [String]) throws -> (CommandAction, ParsedArguments) {
    guard case .command(_, let action, let arguments) = try parser.parse(words) else {
      throw CommandFailure(.software, "help came instead")
    }
    return (action, arguments)
  }

  @Test(arguments: [
    (["run"], CommandAction.run),
    (["check", "--json"], .check),
    (["config", "schema"], .configSchema),
    (["config", "show"], .configShow),
    (["profiles"], .profiles),
    (["profiles", "github"], .profiles),
    (["journal", "verify", "d"], .journalVerify),
    (["journal", "stat", "d"], .journalStat),
    (["journal", "dump", "d"], .journalDump),
    (["journal", "repair", "d", "--accept-loss"], .journalRepair),
    (["status"], .status),
    (["events", "list"], .eventsList),
    (["events", "show", "e1"], .eventsShow), (["events", "erase", "e1"], .eventsErase),
    (["version"], .version),
    (["--version"], .version),
  ])
  func `every command of the contract is known by its words`(
    words: [String],
    action: CommandAction
  ) throws {
    #expect(try parsed(words).0 == action)
  }

  @Test func `every action has exactly one command, and every command a help text`() {
    for action in CommandAction.allCases {
      let commands = CommandTable.commands.filter { $0.action == action }
      #expect(commands.count == 1, "\(action)")
    }
    for command in CommandTable.commands {
      let text = HelpText.render(path: command.path, commands: CommandTable.commands)
      #expect(text.contains("Usage: webhook-sidecar \(command.name)"))
      for option in command.options { #expect(text.contains("--\(option.name)")) }
    }
  }

  @Test(arguments: [
    ["sign", "--profile", "github", "--secret", "env:S", "--body", "f"],
    ["sign", "--profile=github", "--secret=env:S", "--body=f"],
    ["sign", "--body", "f", "--secret=env:S", "--profile", "github"],
    ["sign", "--body", "f", "--secret=env:S", "--profile", "github", "--"],
  ])
  func `both spellings of a value and every order mean the same`(words: [String]) throws {
    let (action, arguments) = try parsed(words)
    #expect(action == .sign)
    #expect(arguments.value("profile") == "github")
    #expect(arguments.value("secret") == "env:S")
    #expect(arguments.value("body") == "f")
    #expect(arguments.operands.isEmpty)
  }

  @Test func `an equals sign inside a value stays in it`() throws {
    let words = ["sign", "--profile=p", "--secret=literal:a=b=c", "--body=f"]
    #expect(try parsed(words).1.value("secret") == "literal:a=b=c")
  }

  @Test func `a dash is a value, and a repeated option keeps its order`() throws {
    let words = [
      "verify", "--profile", "p", "--secret", "env:A", "--secret", "env:B", "--request", "-",
    ]
    let arguments = try parsed(words).1
    #expect(arguments.values("secret") == ["env:A", "env:B"])
    #expect(arguments.value("request") == "-")
  }

  @Test func `two dashes end the options`() throws {
    #expect(try parsed(["journal", "stat", "--", "--json"]).1.operands == ["--json"])
    #expect(try parsed(["journal", "stat", "--", "-h"]).1.operands == ["-h"])
  }

  @Test func `a value that begins with dashes needs the equals sign`() throws {
    let words = ["sign", "--profile=p", "--secret=env:S", "--body=--odd"]
    #expect(try parsed(words).1.value("body") == "--odd")
    #expect(throws: CommandFailure.self) {
      try parser.parse(["sign", "--profile=p", "--secret=env:S", "--body", "--odd"])
    }
  }

  @Test(
    arguments: [
      ([], "a command is missing"),
      (["sing"], "did you mean sign?"),
      (["prof"], "did you mean profiles?"),
      (["zzzzzz"], "unknown command zzzzzz"),
      (["journal"], "journal needs one of: verify, stat, dump, copy, repair"),
      (["journal", "dmup", "d"], "did you mean journal dump?"),
      (["events", "zzzzzz"], "it is one of: list, show, erase, replay"),
      (["run", "--confg", "f"], "did you mean --config?"),
      (["run", "--cofnig=f"], "did you mean --config?"),
      (["run", "-c", "f"], "unknown option -c of run"),
      (["--config", "f", "run"], "a command comes before the options"),
      (["run", "--config"], "--config needs a value"),
      (["run", "--config="], "--config needs a value"),
      (["run", "--config", "a", "--config", "b"], "--config was given twice"),
      (["check", "--json=yes"], "--json takes no value"),
      (["run", "extra"], "run takes no arguments besides options"),
      (["profiles", "a", "b"], "profiles takes one argument besides options"),
      (["journal", "stat"], "journal stat needs DIR"),
      (["sign", "--profile", "p"], "sign needs --secret REF, --body FILE"),
      (["verify", "--profile=p", "--request=r"], "verify needs --secret REF"),
      (["send", "--profile=p", "--secret=env:S"], "send needs URL"),
    ] as [([String], String)]
  )
  func `wrong usage is named with what to do`(words: [String], message: String) {
    let failure = #expect(throws: CommandFailure.self) { try parser.parse(words) }
    #expect(failure?.exitCode == .usage)
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "nothing")")
  }

  @Test(
    arguments: [
      (["--help"], []), (["-h"], []), (["help"], []), (["help", "sign"], ["sign"]),
      (["help", "journal"], ["journal"]), (["help", "journal", "dump"], ["journal", "dump"]),
      (["sign", "--help"], ["sign"]), (["sign", "--nonsense", "--help"], ["sign"]),
      (["journal", "--help"], ["journal"]), (["journal", "dump", "-h"], ["journal", "dump"]),
      (["journal", "repair", "--help"], ["journal", "repair"]),
    ] as [([String], [String])]
  )
  func `help is there everywhere`(words: [String], path: [String]) throws {
    guard case .help(let found) = try parser.parse(words) else {
      Issue.record("no help for \(words)")
      return
    }
    #expect(found == path)
  }

  @Test func `help for an unknown command is wrong usage`() {
    let failure = #expect(throws: CommandFailure.self) { try parser.parse(["help", "sgin"]) }
    #expect(failure?.message.contains("did you mean sign?") == true)
  }

  @Test(arguments: [
    ["sign", "--profile=p", "--secert=literal:hush-hush", "--body=f"],
    ["sign", "--profile=p", "--secert", "literal:hush-hush", "--body=f"],
    ["sign", "--profile=p", "--secret=env:S", "--body=f", "literal:hush-hush"],
    ["verify", "--profile=p", "--secret=literal:hush-hush", "--json=literal:hush-hush"],
  ])
  func `no message repeats a value, which may be a secret`(words: [String]) {
    let failure = #expect(throws: CommandFailure.self) { try parser.parse(words) }
    #expect(failure?.message.contains("hush-hush") == false)
  }

  @Test(arguments: ["0", "1001", "-1", "+5", "1e3", "", "12a", "99999999999999999999"])
  func `a number outside its range or form is refused`(text: String) throws {
    let words = ["send", "u", "--profile=p", "--secret=env:S", "--count", text]
    #expect(throws: CommandFailure.self) {
      try parsed(words).1.number("count", in: 1...1000, default: 1)
    }
  }

  @Test func `a number within its range is read, an absent one is the default`() throws {
    let arguments = try parsed(["send", "u", "--profile=p", "--secret=env:S", "--count=1000"]).1
    #expect(try arguments.number("count", in: 1...1000, default: 1) == 1000)
    #expect(try arguments.number("concurrency", in: 1...9, default: 3) == 3)
  }
}
