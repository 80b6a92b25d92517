internal import Foundation

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// One request to the API, without where it is and who asks.
package struct RelayCall: Sendable, Equatable {
  package let method: String
  package let path: [String]
  package let query: [(name: String, value: String)]
  package var body: [UInt8]?

  package init(
    method: String,
    path: [String],
    query: [(name: String, value: String)] = []
  ) throws(RelayClientError) {
    // A dot segment would be folded away and name another route; an empty one, too.
    guard path.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw .invalidConfiguration("the name of a consumer must not be empty or dots")
    }
    self.method = method
    self.path = path
    self.query = query
  }

  /// The path and query, percent-encoded.
  package var target: String {
    let segments = path.map { Self.encode($0) }.joined(separator: "/")
    let pairs = query.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }
    return "/" + segments + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
  }

  /// Everything but the unreserved characters of RFC 3986 §2.3 is escaped.
  private static func encode(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += byte < 16 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return encoded
  }

  package static func == (a: RelayCall, b: RelayCall) -> Bool {
    a.method == b.method && a.target == b.target && a.body == b.body
  }
}

/// What came back.
package struct RelayAnswer: Sendable, Equatable {
  package let status: Int
  package let body: [UInt8]

  package init(status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }
}

/// The two things the client needs from the world; tests script both.
package protocol RelayTransport: Sendable {
  /// Sends one call. Throws `unavailable` when no answer comes, `cancelled` when nobody waits.
  func send(
    _ call: RelayCall,
    with configuration: RelayClient.Configuration
  ) async throws(RelayClientError) -> RelayAnswer

  /// Waits before the next attempt.
  func pause(_ duration: Duration) async throws(RelayClientError)
}

/// The real one, over URLSession.
package struct URLSessionTransport: RelayTransport {
  /// How much longer than the wait itself an answer may take: the page has to travel, too.
  package static let grace: Duration = .seconds(30)

  private let session: URLSession
  private let grace: Duration

  package init(grace: Duration = Self.grace) {
    self.grace = grace
    let settings = URLSessionConfiguration.ephemeral
    // Neither cookies nor a cache: an answer is read once and belongs to one moment.
    settings.httpShouldSetCookies = false
    settings.requestCachePolicy = .reloadIgnoringLocalCacheData
    session = URLSession(configuration: settings, delegate: RedirectRefusal(), delegateQueue: nil)
  }

  package func send(
    _ call: RelayCall,
    with configuration: RelayClient.Configuration
  ) async throws(RelayClientError) -> RelayAnswer {
    var base = configuration.baseURL.absoluteString
    while base.hasSuffix("/") { base.removeLast() }
    guard let url = URL(string: base + call.target) else {
      throw .invalidConfiguration("baseURL cannot be extended by a path")
    }
    var request = URLRequest(url: url)
    request.httpMethod = call.method
    request.timeoutInterval = TimeInterval((configuration.wait + grace).components.seconds)
    request.setValue("application/json", forHTTPHeaderField: "Accept")
    if let token = configuration.token {
      request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    }
    if let body = call.body {
      request.httpBody = Data(body)
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    }
    do {
      let (data, response) = try await session.data(for: request)
      guard let status = (response as? HTTPURLResponse)?.statusCode else {
        throw RelayClientError.malformedAnswer("it is not HTTP")
      }
      return RelayAnswer(status: status, body: Array(data))
    } catch let error as RelayClientError {
      throw error
    } catch is CancellationError {
      throw .cancelled
    } catch let error as URLError {
      if error.code == .cancelled { throw .cancelled }
      // The error's own text can hold the URL with everything in it; its number says enough.
      throw .unavailable(reason: "URLError \(error.code.rawValue)")
    } catch {
      throw .unavailable(reason: "the connection failed")
    }
  }

  package func pause(_ duration: Duration) async throws(RelayClientError) {
    do { try await Task.sleep(for: duration) } catch { throw .cancelled }
  }
}

/// Follows no redirect: URLSession would send the token along, to wherever it points.
private final class RedirectRefusal: NSObject, URLSessionTaskDelegate {
  func urlSession(
    _ session: URLSession,
    task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }
}
