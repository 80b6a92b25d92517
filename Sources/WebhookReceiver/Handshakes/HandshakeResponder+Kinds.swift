/// The handshakes that the provider signs: verified first, like an event.
extension HandshakeResponder {
  func slack(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    guard field("/type", request) == "url_verification",
      let challenge = field("/challenge", request)
    else { return .notAHandshake }
    return verified(request, at: now) { text(challenge) }
  }

  /// The answer is an HMAC of what the request says, under the key that signs events.
  ///
  /// Were anything answered, a stranger could have an event signed as the "token". So the request
  /// must be signed itself, and the token cannot hold the colons that a signed message has.
  func zoom(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    guard field("/event", request) == "endpoint.url_validation",
      let token = field("/payload/plainToken", request), Self.isToken(token)
    else { return .notAHandshake }
    return verified(request, at: now) {
      guard let code = code(of: token) else { return .refused(.keyUnusable("no key for a code")) }
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("plainToken", token)
      writer.member("encryptedToken", Hex.encode(code))
      writer.endObject()
      return json(writer.bytes)
    }
  }

  func discord(_ request: WebhookRequest, type: String, at now: Timestamp) -> Outcome {
    guard field("/type", request) == type else { return .notAHandshake }
    // An event of a webhook has the type 1 too, and says what happened.
    if type == "1", field("/event/type", request) != nil { return .notAHandshake }
    return verified(request, at: now) {
      guard type == "1" else {
        let headers = [(name: "Content-Type", value: "application/json")]
        return .answer(WebhookResponse(status: 204, headers: headers))
      }
      return json(Array(#"{"type":1}"#.utf8))
    }
  }

  func eventGrid(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    let type = field("/0/eventType", request)
    guard type == "Microsoft.EventGrid.SubscriptionValidationEvent",
      let code = field("/0/data/validationCode", request)
    else { return .notAHandshake }
    return verified(request, at: now) {
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("validationResponse", code)
      writer.endObject()
      return json(writer.bytes)
    }
  }

  func sns(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    guard field("/Type", request) == "SubscriptionConfirmation",
      let url = field("/SubscribeURL", request)
    else { return .notAHandshake }
    return verified(request, at: now) {
      // Signed by the provider, and still not to be visited anywhere else.
      let rule = KeyURLRule(
        hosts: ["sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"],
        pathSuffix: nil
      )
      guard rule.allows(url) else {
        return .refused(.requirementNotMet("SubscribeURL is on a host that is not the provider's"))
      }
      return .confirmation(url: url, answer: WebhookResponse(status: 200))
    }
  }

  func twitch(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    let type = request.headers.first("Twitch-Eventsub-Message-Type")
    guard type == "webhook_callback_verification", let challenge = field("/challenge", request)
    else { return .notAHandshake }
    return verified(request, at: now) { text(challenge) }
  }

  func line(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    let hits = PointerSet([Self.pointer("/events")])?.locate(in: request.bodyBytes)
    guard let hit = hits?[0], hit.kind == .array,
      request.body[hit.range].dropFirst().dropLast().allSatisfy({ $0 <= 0x20 })
    else { return .notAHandshake }
    return verified(request, at: now) { .answer(WebhookResponse(status: 200)) }
  }
}

/// The handshakes that nobody signs: what they get is what they sent, or a proof of the key.
extension HandshakeResponder {
  func meta(_ request: WebhookRequest) -> Outcome {
    guard query("hub.mode", request) == "subscribe", let challenge = query("hub.challenge", request)
    else { return .notAHandshake }
    guard let token = query("hub.verify_token", request), let expected = options.verifyToken else {
      return .refused(.missingHeader(name: "query:hub.verify_token"))
    }
    let digest = expected.withBytes { SHA256.digest($0) }
    guard ConstantTime.isEqual(digest.span, SHA256.digest(Array(token.utf8)).span) else {
      return .refused(.signatureMismatch)
    }
    return text(challenge)
  }

  func webSub(_ request: WebhookRequest) -> Outcome {
    guard let mode = query("hub.mode", request), ["subscribe", "unsubscribe"].contains(mode),
      let challenge = query("hub.challenge", request)
    else { return .notAHandshake }
    guard let topic = query("hub.topic", request), options.topics.contains(topic) else {
      return .refused(.requirementNotMet("the topic is none that was subscribed to"))
    }
    return text(challenge)
  }

  /// The answer is an HMAC of what the request says, under the key that signs events.
  ///
  /// A token that could be the body of an event would be a signature for anybody who asks.
  func crc(_ request: WebhookRequest) -> Outcome {
    guard let token = query("crc_token", request) else { return .notAHandshake }
    guard Self.isToken(token), let code = code(of: token) else {
      return .refused(.malformedHeader(name: "query:crc_token"))
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("response_token", "sha256=" + Base64.encode(code))
    writer.endObject()
    return json(writer.bytes)
  }

  func notion(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    guard let window = options.keyWindow, window.contains(now),
      request.headers.first("X-Notion-Signature") == nil || verifier == nil,
      let token = field("/verification_token", request), let secret = try? Secret(token)
    else { return .notAHandshake }
    return .newKey(secret, answer: WebhookResponse(status: 200))
  }

  func asana(_ request: WebhookRequest, at now: Timestamp) -> Outcome {
    guard let token = request.headers.first("X-Hook-Secret") else { return .notAHandshake }
    guard let window = options.keyWindow, window.contains(now), Self.isToken(token),
      let secret = try? Secret(token)
    else { return .refused(.requirementNotMet("no window is open in which a new key may come")) }
    let headers = [(name: "X-Hook-Secret", value: token)]
    return .newKey(secret, answer: WebhookResponse(status: 200, headers: headers))
  }

  func graph(_ request: WebhookRequest) -> Outcome {
    guard let token = query("validationToken", request) else { return .notAHandshake }
    return text(token)
  }

  func cloudEvents(_ request: WebhookRequest) -> Outcome {
    guard let origin = request.headers.first("WebHook-Request-Origin") else {
      return .notAHandshake
    }
    let isAllowed = options.allowedOrigins.contains { $0 == "*" || $0 == origin }
    guard isAllowed, origin.utf8.count <= Self.originBytesMax,
      origin.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return .refused(.requirementNotMet("the origin is none that may send")) }
    var headers = [(name: "Allow", value: "POST"), ("WebHook-Allowed-Origin", origin)]
    if request.headers.first("WebHook-Request-Rate") != nil {
      headers.append(("WebHook-Allowed-Rate", "\(options.allowedRate)"))
    }
    return .answer(WebhookResponse(status: 200, headers: headers))
  }

  func okta(_ request: WebhookRequest) -> Outcome {
    guard let challenge = request.headers.first("X-Okta-Verification-Challenge") else {
      return .notAHandshake
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("verification", challenge)
    writer.endObject()
    return json(writer.bytes)
  }

  func dropbox(_ request: WebhookRequest) -> Outcome {
    guard let challenge = query("challenge", request) else { return .notAHandshake }
    return text(challenge)
  }
}
