/// One request of the command line.
package struct HTTPCall: Sendable, Equatable {
  package var address: HTTPAddress
  package var method: String
  package var target: String
  package var headers: [Header]
  package var body: [UInt8]

  package struct Header: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(
    _ method: String,
    _ target: String,
    at address: HTTPAddress,
    headers: [Header] = [],
    body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.address = address
    self.headers = headers
    self.body = body
  }
}

/// One answer.
package struct HTTPReply: Sendable, Equatable {
  package let status: Int
  package let headers: [HTTPCall.Header]
  package let body: [UInt8]

  package init(status: Int, headers: [HTTPCall.Header] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package func first(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

/// What came of a call.
package enum HTTPOutcome: Sendable, Equatable {
  case reply(HTTPReply)
  /// Nobody answers there, or not in time.
  case noAnswer(reason: String)
  /// Something answers that is not HTTP as we take it.
  case malformed(reason: String)
}

/// Something that carries one call after the other to one address.
package protocol HTTPConnection: AnyObject {
  func exchange(_ call: HTTPCall) -> HTTPOutcome
}
