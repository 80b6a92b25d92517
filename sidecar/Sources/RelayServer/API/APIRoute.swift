internal import RelayHTTP

/// The routes of `sidecar/openapi.yaml`; a test holds this table to the document.
package struct APIRoute: Sendable {
  enum Name: Sendable {
    case events
    case event
    case eventBody
    case consumer
    case consumerEvents
    case consumerCommit
    case consumerSeek
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
    APIRoute(name: .eventBody, template: "/v1/events/{id}/body", methods: ["GET"]),
    APIRoute(name: .consumer, template: "/v1/consumers/{name}", methods: ["GET", "PUT", "DELETE"]),
    APIRoute(name: .consumerEvents, template: "/v1/consumers/{name}/events", methods: ["GET"]),
    APIRoute(name: .consumerCommit, template: "/v1/consumers/{name}/commit", methods: ["POST"]),
    APIRoute(name: .consumerSeek, template: "/v1/consumers/{name}/seek", methods: ["POST"]),
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

  /// Returns the text that stands for `{…}`, "" where the template has none, nil for another path.
  fileprivate func match(_ segments: [String]) -> String? {
    let parts = template.split(separator: "/")
    guard parts.count == segments.count else { return nil }
    var argument = ""
    for (part, segment) in zip(parts, segments) {
      if part.first == "{" {
        argument = segment
      } else if part != segment {
        return nil
      }
    }
    return argument
  }

  /// Finds the route of a raw path, and its argument.
  static func find(_ path: [UInt8]) -> (route: APIRoute, argument: String)? {
    guard let segments = Target.segments(of: path) else { return nil }
    for route in all {
      if let argument = route.match(segments) { return (route, argument) }
    }
    return nil
  }
}
