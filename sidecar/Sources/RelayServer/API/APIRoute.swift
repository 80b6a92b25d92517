internal import RelayHTTP

/// The routes of `sidecar/openapi.yaml`; a test holds this table to the document.
package struct APIRoute: Sendable {
  enum Name: Sendable {
    case events
    case event
    case eventBody
    case eventAttempts
    case eventReplay
    case replays
    case replay
    case destinations
    case destination
    case destinationPause
    case destinationResume
    case deadLetters
    case deadLetter
    case deadLetterReplay
    case consumer
    case consumerEvents
    case consumerCommit
    case consumerSeek
    case sources
    case source
    case sourcePoll
    case sourcePause
    case sourceResume
    case consumerLease
    case consumerAck
    case consumerNack
    case consumerExtend
    case consumerDeadLetters
    case consumerDeadLetter
    case consumerDeadLetterReplay
    case sourceEvents
    case quarantine
    case quarantined
    case quarantinedBody
    case quarantinedVerify
    case status
    case livez
    case readyz
    case metrics
    case openapi
  }

  let name: Name
  /// As in the document: `{…}` stands for one segment.
  package let template: String
  package let methods: [String]

  package static let all: [APIRoute] = [
    APIRoute(name: .events, template: "/v1/events", methods: ["GET"]),
    APIRoute(name: .event, template: "/v1/events/{id}", methods: ["GET"]),
    APIRoute(name: .eventBody, template: "/v1/events/{id}/body", methods: ["GET", "DELETE"]),
    APIRoute(name: .eventAttempts, template: "/v1/events/{id}/attempts", methods: ["GET"]),
    APIRoute(name: .eventReplay, template: "/v1/events/{id}/replay", methods: ["POST"]),
    APIRoute(name: .replays, template: "/v1/replays", methods: ["GET", "POST"]),
    APIRoute(name: .replay, template: "/v1/replays/{id}", methods: ["GET"]),
    APIRoute(name: .destinations, template: "/v1/destinations", methods: ["GET"]),
    APIRoute(name: .destination, template: "/v1/destinations/{name}", methods: ["GET"]),
    APIRoute(
      name: .destinationPause,
      template: "/v1/destinations/{name}/pause",
      methods: ["POST"]
    ),
    APIRoute(
      name: .destinationResume,
      template: "/v1/destinations/{name}/resume",
      methods: ["POST"]
    ),
    APIRoute(name: .deadLetters, template: "/v1/dead-letters", methods: ["GET"]),
    APIRoute(name: .deadLetter, template: "/v1/dead-letters/{id}", methods: ["DELETE"]),
    APIRoute(
      name: .deadLetterReplay,
      template: "/v1/dead-letters/{id}/replay",
      methods: ["POST"]
    ),
    APIRoute(name: .consumer, template: "/v1/consumers/{name}", methods: ["GET", "PUT", "DELETE"]),
    APIRoute(name: .consumerEvents, template: "/v1/consumers/{name}/events", methods: ["GET"]),
    APIRoute(name: .consumerCommit, template: "/v1/consumers/{name}/commit", methods: ["POST"]),
    APIRoute(name: .consumerSeek, template: "/v1/consumers/{name}/seek", methods: ["POST"]),
    APIRoute(name: .sources, template: "/v1/sources", methods: ["GET"]),
    APIRoute(name: .source, template: "/v1/sources/{name}", methods: ["GET"]),
    APIRoute(name: .sourcePoll, template: "/v1/sources/{name}/poll", methods: ["POST"]),
    APIRoute(name: .sourcePause, template: "/v1/sources/{name}/pause", methods: ["POST"]),
    APIRoute(name: .sourceResume, template: "/v1/sources/{name}/resume", methods: ["POST"]),
    APIRoute(name: .consumerLease, template: "/v1/consumers/{name}/lease", methods: ["POST"]),
    APIRoute(name: .consumerAck, template: "/v1/consumers/{name}/ack", methods: ["POST"]),
    APIRoute(name: .consumerNack, template: "/v1/consumers/{name}/nack", methods: ["POST"]),
    APIRoute(name: .consumerExtend, template: "/v1/consumers/{name}/extend", methods: ["POST"]),
    APIRoute(
      name: .consumerDeadLetters,
      template: "/v1/consumers/{name}/dead-letters",
      methods: ["GET"]
    ),
    APIRoute(
      name: .consumerDeadLetter,
      template: "/v1/consumers/{name}/dead-letters/{id}",
      methods: ["DELETE"]
    ),
    APIRoute(
      name: .consumerDeadLetterReplay,
      template: "/v1/consumers/{name}/dead-letters/{id}/replay",
      methods: ["POST"]
    ),
    APIRoute(name: .sourceEvents, template: "/v1/sources/{name}/events", methods: ["POST"]),
    APIRoute(name: .quarantine, template: "/v1/quarantine", methods: ["GET"]),
    APIRoute(name: .quarantined, template: "/v1/quarantine/{id}", methods: ["GET", "DELETE"]),
    APIRoute(name: .quarantinedBody, template: "/v1/quarantine/{id}/body", methods: ["GET"]),
    APIRoute(name: .quarantinedVerify, template: "/v1/quarantine/{id}/verify", methods: ["POST"]),
    APIRoute(name: .status, template: "/v1/status", methods: ["GET"]),
    APIRoute(name: .livez, template: "/livez", methods: ["GET"]),
    APIRoute(name: .readyz, template: "/readyz", methods: ["GET"]),
    APIRoute(name: .metrics, template: "/metrics", methods: ["GET"]),
    APIRoute(name: .openapi, template: "/openapi.yaml", methods: ["GET"]),
  ]

  /// GET answers HEAD too (RFC 9110 §9.3.2).
  var allow: String {
    methods.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }.joined(separator: ", ")
  }

  func takes(_ method: String) -> Bool {
    methods.contains(method) || (method == "HEAD" && methods.contains("GET"))
  }

  /// Returns the texts that stand for `{…}`, nil for another path.
  fileprivate func match(_ segments: [String]) -> [String]? {
    let parts = template.split(separator: "/")
    guard parts.count == segments.count else { return nil }
    var arguments: [String] = []
    for (part, segment) in zip(parts, segments) {
      if part.first == "{" {
        arguments.append(segment)
      } else if part != segment {
        return nil
      }
    }
    return arguments
  }

  /// The last text of a path that belongs to this route.
  func lastArgument(_ path: [UInt8]) -> String {
    Target.segments(of: path).flatMap(match)?.last ?? ""
  }

  /// Finds the route of a raw path, and its first argument; "" where it has none.
  static func find(_ path: [UInt8]) -> (route: APIRoute, argument: String)? {
    guard let segments = Target.segments(of: path) else { return nil }
    for route in all {
      if let arguments = route.match(segments) { return (route, arguments.first ?? "") }
    }
    return nil
  }
}
