/// Whom to tell when somebody has to look: `alarms` of the configuration.
package struct AlarmPlan: Hashable, Sendable {
  /// A program and its arguments, without a shell; it reads one JSON object from its input.
  package var command: [String]?
  /// Takes the same object by POST.
  package var url: OutboundURL?
  /// The same alarm is not repeated sooner.
  package var intervalMin = Duration.seconds(60)

  package init() {}

  package var isEmpty: Bool { command == nil && url == nil }
}
