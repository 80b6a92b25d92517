/// Reason phrases (RFC 9110 §15), of the codes that this software gives or is likely to be given.
package enum StatusCode {
  package static func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 100...199: informational(status)
    case 200...299: successful(status)
    case 300...399: redirection(status)
    case 400...499: clientError(status)
    default: serverError(status)
    }
  }

  private static func unknown(_ status: Int) -> String { "Status \(status)" }

  private static func informational(_ status: Int) -> String {
    switch status {
    case 100: "Continue"
    case 101: "Switching Protocols"
    default: unknown(status)
    }
  }

  private static func successful(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 206: "Partial Content"
    default: unknown(status)
    }
  }

  private static func redirection(_ status: Int) -> String {
    switch status {
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    default: unknown(status)
    }
  }

  private static func clientError(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    default: unknown(status)
    }
  }

  private static func serverError(_ status: Int) -> String {
    switch status {
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: unknown(status)
    }
  }
}
