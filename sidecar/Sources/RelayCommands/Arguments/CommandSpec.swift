/// One `--option` of a command, as data: the parser, the help and the suggestions read it.
package struct OptionSpec: Sendable, Equatable {
  /// The name without its dashes.
  package let name: String
  /// What the help calls the value ("FILE"); nil for a flag.
  package let value: String?
  package let help: String
  package var isRequired = false
  package var repeats = false

  package init(_ name: String, _ value: String? = nil, _ help: String) {
    self.name = name
    self.value = value
    self.help = help
  }

  package var required: OptionSpec {
    var copy = self
    copy.isRequired = true
    return copy
  }

  package var repeated: OptionSpec {
    var copy = self
    copy.repeats = true
    return copy
  }
}

/// One positional argument of a command.
package struct OperandSpec: Sendable, Equatable {
  package let name: String
  package let help: String
  package let isRequired: Bool

  package init(_ name: String, _ help: String, isRequired: Bool = true) {
    self.name = name
    self.help = help
    self.isRequired = isRequired
  }
}

/// One command, as data.
package struct CommandSpec: Sendable {
  /// The words that name it: `["journal", "verify"]`.
  package let path: [String]
  /// What runs; nil when the contract has the command and this version has not.
  package let action: CommandAction?
  package let summary: String
  package let details: String
  package let operands: [OperandSpec]
  package let options: [OptionSpec]
  package let examples: [String]

  package init(
    _ path: String,
    _ action: CommandAction?,
    _ summary: String,
    details: String = "",
    operands: [OperandSpec] = [],
    options: [OptionSpec] = [],
    examples: [String] = []
  ) {
    self.path = path.split(separator: " ").map(String.init)
    self.action = action
    self.summary = summary
    self.details = details
    self.operands = operands
    self.options = options
    self.examples = examples
  }

  package var name: String { path.joined(separator: " ") }

  package func option(_ name: String) -> OptionSpec? {
    options.first { $0.name == name }
  }
}

/// Every command that this version runs.
package enum CommandAction: Sendable, CaseIterable {
  case run, check, configSchema, configShow, profiles, sign, verify, send
  case journalVerify, journalStat, journalDump, journalCopy, journalRepair
  case status, eventsList, eventsShow, eventsErase, eventsReplay, replay
  case version
}
