extension HandshakeResponder {
  /// What no answer is longer than: an echo is no way to make us send much.
  static let answerBytesMax = 1024
  /// Random tokens have some thirty to sixty characters; an answer holds one and its code.
  static let tokenBytesMax = 256
  /// An origin is the name of a host, which has at most 255 bytes (RFC 1035, section 2.3.4).
  static let originBytesMax = 255

  /// Answers once the request has been vouched for.
  func verified(
    _ request: WebhookRequest,
    at now: Timestamp,
    _ answer: () -> Outcome
  ) -> Outcome {
    guard let verifier else {
      return .refused(.keyUnusable("no key has come yet with which a handshake could be verified"))
    }
    do throws(VerificationError) {
      _ = try verifier.verify(request, at: now)
    } catch {
      return .refused(error)
    }
    return answer()
  }

  /// An echo, as text that no browser takes for a page.
  func text(_ text: String) -> Outcome {
    answer(Array(text.utf8), "text/plain; charset=utf-8")
  }

  func json(_ bytes: [UInt8]) -> Outcome {
    answer(bytes, "application/json")
  }

  private func answer(_ bytes: [UInt8], _ contentType: String) -> Outcome {
    guard bytes.count <= Self.answerBytesMax else {
      return .refused(.requirementNotMet("the challenge is longer than any provider's"))
    }
    let headers = [
      (name: "Content-Type", value: contentType), ("X-Content-Type-Options", "nosniff"),
    ]
    return .answer(WebhookResponse(status: 200, headers: headers, body: bytes))
  }

  /// A field of the body; nil when it is no JSON, or the field no text or number.
  func field(_ pointer: String, _ request: WebhookRequest) -> String? {
    JSONScanner.scalar(at: Self.pointer(pointer), in: request.bodyBytes)?.text
  }

  /// A parameter of the query, when there is one of it.
  func query(_ name: String, _ request: WebhookRequest) -> String? {
    guard let fields = FormFields(EndpointURL.query(of: request)),
      let value = try? fields.only(name, name)
    else { return nil }
    return String(validating: value, as: UTF8.self)
  }

  static func pointer(_ text: String) -> JSONPointer {
    do throws(JSONPointerError) {
      return try JSONPointer(text)
    } catch {
      preconditionFailure("a pointer in this file is none: \(error)")
    }
  }

  /// Whether the text is of the alphabets of random tokens, and of no message that is signed.
  static func isToken(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= tokenBytesMax else { return false }
    return text.utf8.allSatisfy { byte in
      ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-_+/=".utf8.contains(byte)
    }
  }

  /// The HMAC-SHA-256 of a token under the first of the secrets.
  func code(of token: String) -> [UInt8]? {
    guard case .codes(let keys)? = verifier?.keys.first else { return nil }
    return keys.first { $0.digest == .sha256 }?.code(of: token.utf8.span)
  }
}
