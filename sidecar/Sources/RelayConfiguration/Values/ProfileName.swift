internal import WebhookReceiver

/// How a source names its profile: one that is built in, or the file of one's own.
enum ProfileName: Sendable {
  case builtIn(Profile)
  case file(String)
}
