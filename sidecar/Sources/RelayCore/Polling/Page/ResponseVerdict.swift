internal import WebhookReceiver

/// What an answer is, before anybody looks for items in it.
enum ResponseVerdict: Equatable, Sendable {
  /// A body to read.
  case page
  /// Nothing since the last time: an empty success.
  case unchanged
  /// Nothing now; the cursor stays.
  case empty
  case failed(ErrorRule.Action, status: Int)

  /// The plan's own rules first, then what the statuses mean everywhere.
  init(_ response: PollResponse, rules: [ErrorRule]) {
    if let rule = rules.first(where: { Self.matches($0, response) }) {
      self = .failed(rule.action, status: response.status)
      return
    }
    switch response.status {
    case 304: self = .unchanged
    case 204: self = .empty
    case 200...299: self = .page
    case 401: self = .failed(.refreshAuth, status: 401)
    case 403:
      let action: ErrorRule.Action = Self.isLimit(response) ? .rateLimited : .fatal
      self = .failed(action, status: 403)
    case 429: self = .failed(.rateLimited, status: 429)
    case 410: self = .failed(.resetCursor, status: 410)
    case 408, 425, 500...599: self = .failed(.retry, status: response.status)
    default: self = .failed(.fatal, status: response.status)
    }
  }

  private static func matches(_ rule: ErrorRule, _ response: PollResponse) -> Bool {
    if let status = rule.status, status != response.status { return false }
    guard let pointer = rule.codeAt else { return rule.status != nil }
    guard let code = JSONScanner.scalar(at: pointer, in: response.body.span)?.text else {
      return false
    }
    return rule.code.map { $0 == code } ?? true
  }

  /// Errors are short texts; a limit is not looked for in more.
  private static let limitBytesMax = 16 << 10

  /// GitHub says 403 where others say 429, and says why only in words.
  private static func isLimit(_ response: PollResponse) -> Bool {
    if response.first("Retry-After") != nil || RetryDelay.isSpent(response) { return true }
    let text = String(decoding: response.body.prefix(limitBytesMax), as: UTF8.self).lowercased()
    return text.contains("rate limit")
  }
}
