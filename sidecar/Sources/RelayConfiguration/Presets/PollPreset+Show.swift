package import RelayCore
package import WebhookReceiver

extension PollPreset {
  /// What it stands for, what that guarantees, and what to know: one JSON object.
  ///
  /// `pushHorizon` is how long the provider goes on delivering by itself, where that is known.
  package func write(to writer: inout JSONWriter, pushHorizon: Duration?) {
    let guarantee = guarantee(pushHorizon: pushHorizon)
    writer.object {
      $0.text("preset", name)
      $0.text("title", title)
      if let guarantee {
        $0.text("guarantee", guarantee.words)
        $0.textOrNull("loss_horizon", guarantee.lossHorizon?.configurationText)
      }
      $0.key("parameters")
      $0.object { writer in
        for parameter in parameters {
          writer.key(parameter.name)
          writer.object {
            $0.text("summary", parameter.summary)
            $0.textOrNull("default", parameter.fallback)
          }
        }
      }
      $0.text("auth", authExample)
      if let pushID { $0.text("push_id", pushID) }
      $0.texts("notes", notes)
      $0.key("poll")
      $0.rawValue(section)
    }
  }

  /// The section as JSON, with parameters in braces.
  package var section: [UInt8] {
    var writer = JSONWriter()
    try? JSON5Text.write(.object(poll), to: &writer)
    return writer.bytes
  }

  /// What polling with it promises.
  package func guarantee(pushHorizon: Duration?) -> PollGuarantee? {
    plan.map { PollGuarantee(plan: $0, pushHorizon: pushHorizon) }
  }

  /// The plan with parameters and secrets of no meaning; its kind and its times are what counts.
  private var plan: PollPlan? {
    var reader = JSON5Reader(Array(authExample.utf8))
    guard let auth = reader.document() else { return nil }
    let origin = Position(line: 1, column: 1)
    func member(_ name: String, _ content: JSON5Node.Content) -> JSON5Member {
      let value = JSON5Node(position: origin, content: content)
      return JSON5Member(key: name, keyPosition: origin, value: value)
    }
    let asked = parameters.filter { $0.fallback == nil }
    let members = [
      member("preset", .string(name)), member("auth", auth.content),
      member("parameters", .object(asked.map { member($0.name, .string("example")) })),
    ]
    var checker = ShapeChecker(problems: ProblemList(file: "the preset \(name)"))
    let node = JSON5Node(position: origin, content: .object(members))
    guard
      let section = checker.preset(node, KeyTable.poll, path: "poll", keyPosition: origin)
    else { return nil }
    let environment = Environment(
      variable: { _ in "example" },
      readFile: { _ in .failure(.missing) }
    )
    var builder = ConfigurationBuilder(environment: environment, problems: checker.problems)
    let poll = builder.poll(section)
    return builder.problems.isEmpty ? poll?.plan : nil
  }
}
