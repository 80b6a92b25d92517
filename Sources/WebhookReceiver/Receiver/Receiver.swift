/// Takes webhooks from a server and hands each to a handler once.
///
///     let receiver = Receiver(
///       verifier: verifier,
///       idempotency: InMemoryIdempotencyStore(entriesMax: 100_000, lifetime: .seconds(86400))
///     )
///     let outcome = await receiver.receive(request) { webhook in
///       try await orders.apply(webhook)
///     }
///     return outcome.response
///
/// The order of the checks is the order of their cost to whom nobody has vouched for: the
/// address, the signature, and only then the store, so that a forged delivery takes no key.
public struct Receiver: Sendable {
  private let verifier: Verifier
  private let addresses: AddressPolicy
  private let idempotency: any IdempotencyStore
  private let handshakes: HandshakeResponder?
  private let source: String

  /// Makes a receiver.
  ///
  /// - Parameters:
  ///   - verifier: checks signatures.
  ///   - allowList: who may send; nil: everybody, and signatures decide.
  ///   - denyList: who may not send, even when `allowList` holds them; nil: nobody.
  ///   - idempotency: remembers what has been handled.
  ///   - handshakes: what the provider's handshakes need; where it has some, they are answered.
  ///   - source: the name under which keys are stored. Two receivers that share a store need two
  ///     names, unless they receive the same events.
  public init(
    verifier: Verifier,
    allowList: AllowList? = nil,
    denyList: DenyList? = nil,
    idempotency: any IdempotencyStore,
    handshakes: HandshakeResponder.Options = HandshakeResponder.Options(),
    source: String = "webhook"
  ) {
    self.verifier = verifier
    self.addresses = AddressPolicy(allow: allowList, deny: denyList)
    self.idempotency = idempotency
    self.handshakes =
      verifier.profile.handshakes.isEmpty
      ? nil : HandshakeResponder(verifier: verifier, options: handshakes)
    self.source = source
  }

  /// Checks a request, and lets the handler run when it is a webhook not handled before.
  ///
  /// When the handler throws, the event counts as not handled: the answer asks the sender to try
  /// again, and the next delivery runs the handler anew.
  public func receive(
    _ request: WebhookRequest,
    at now: Timestamp = .now,
    handler: (VerifiedWebhook) async throws -> Void
  ) async -> Outcome {
    guard addresses.decision(for: request.remoteAddress) == .permitted else {
      return outcome(.addressRefused(request.remoteAddress))
    }
    if let handshakes {
      let handshake = handshakes.respond(to: request, at: now)
      if let verdict = Verdict(handshake) { return outcome(verdict) }
    }
    let webhook: VerifiedWebhook
    do throws(VerificationError) {
      webhook = try verifier.verify(request, at: now)
    } catch {
      return outcome(.refused(error))
    }
    do throws(IdempotencyError) {
      switch try await claim(webhook) {
      case .inProgress: return outcome(.inProgress(webhook))
      case .done: return outcome(.duplicate(webhook))
      case .claimed(let token): return outcome(await handle(webhook, token, handler))
      }
    } catch {
      return outcome(.storeFailed(error))
    }
  }

  /// Claims the event's key.
  ///
  /// Where the id is not under the signature, the same id over other signed bytes is an event of
  /// its own: whoever can send one genuine delivery under a chosen id must not keep the event
  /// that rightly has it from being handled. A done key holds the digest to tell the two apart.
  private func claim(_ webhook: VerifiedWebhook) async throws(IdempotencyError) -> Claim {
    let key = webhook.idempotencyKey(source: source)
    let claim = try await idempotency.claim(key)
    guard webhook.identity == .unboundID, case .done(let digest) = claim else { return claim }
    guard digest != webhook.bodyDigest else { return claim }
    return try await idempotency.claim(webhook.conflictKey(source: source))
  }

  private func handle(
    _ webhook: VerifiedWebhook,
    _ token: ClaimToken,
    _ handler: (VerifiedWebhook) async throws -> Void
  ) async -> Verdict {
    do {
      try await handler(webhook)
    } catch {
      // A key that cannot be given back becomes free when the claim ends.
      try? await idempotency.abandon(token)
      return .handlerFailed(error)
    }
    do throws(IdempotencyError) {
      try await idempotency.complete(token, result: webhook.bodyDigest)
      return .handled(webhook, unrecorded: nil)
    } catch {
      return .handled(webhook, unrecorded: error)
    }
  }

  private func outcome(_ verdict: Verdict) -> Outcome {
    Outcome(verdict: verdict, response: Self.response(to: verdict, reply: verifier.profile.reply))
  }
}
