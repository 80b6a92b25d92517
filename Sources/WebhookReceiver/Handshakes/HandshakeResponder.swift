/// Answers the requests by which providers prove an endpoint, before any event comes.
///
/// A request that is none of the profile's handshakes is left alone. Those that the provider signs
/// are verified first; an answer is at most 1 KiB, and never a page: `nosniff`, and text where the
/// provider chose the text.
public struct HandshakeResponder: Sendable {
  /// What the operator has to say to the kinds that need it.
  public struct Options: Sendable {
    /// What `hub.verify_token` must be (Meta).
    public var verifyToken: Secret?
    /// The topics that were subscribed to: others are not confirmed (WebSub).
    public var topics: [String] = []
    /// The origins that may send, as `WebHook-Request-Origin` names them; `*`: any (CloudEvents).
    public var allowedOrigins: [String] = []
    /// Requests a minute that a sender may make, when it asks (CloudEvents).
    public var allowedRate = 120
    /// When a new key may come (Notion, Asana); nil: never, because anybody could plant one.
    public var keyWindow: KeyWindow?

    /// Makes options that allow nothing.
    public init() {}
  }

  /// A time in which somebody waits for a key: opened by an operator, and closed by itself.
  public struct KeyWindow: Sendable, Hashable {
    /// As long as it takes to set up a webhook at a provider by hand.
    public static let lengthMax = Duration.seconds(3600)

    /// When it opens.
    public let start: Timestamp
    /// When it closes.
    public let end: Timestamp

    /// Opens a window now, for at most an hour.
    public init(from start: Timestamp = .now, for length: Duration) {
      self.start = start
      end = start + min(max(length, .zero), Self.lengthMax)
    }

    /// Whether it is open.
    public func contains(_ time: Timestamp) -> Bool { start <= time && time < end }
  }

  /// What a request turned out to be.
  @nonexhaustive
  public enum Outcome: Sendable {
    /// No handshake of this provider: an event, or nothing.
    case notAHandshake
    /// This is to be answered, and nothing more.
    case answer(WebhookResponse)
    /// This is to be answered, once the key is stored: events will be signed with it.
    case newKey(Secret, answer: WebhookResponse)
    /// This is to be answered; the subscription begins when somebody visits the URL.
    ///
    /// It is on a host of the provider, over HTTPS; do not follow redirects.
    case confirmation(url: String, answer: WebhookResponse)
    /// A handshake that cannot be vouched for.
    case refused(VerificationError)
  }

  let profile: Profile
  let verifier: Verifier?
  let options: Options

  /// Answers for an endpoint.
  public init(verifier: Verifier, options: Options = Options()) {
    profile = verifier.profile
    self.verifier = verifier
    self.options = options
  }

  /// Answers for an endpoint that waits for its first key (Notion, Asana).
  ///
  /// Signed handshakes are refused.
  public init(waitingForKeyOf profile: Profile, options: Options) {
    self.profile = profile
    verifier = nil
    self.options = options
  }

  /// What to do with a request before it is verified as an event.
  public func respond(to request: WebhookRequest, at now: Timestamp = .now) -> Outcome {
    for handshake in profile.handshakes {
      let outcome = respond(to: request, as: handshake, at: now)
      if case .notAHandshake = outcome { continue }
      return outcome
    }
    return .notAHandshake
  }

  /// The methods that the profile's handshakes come with, besides POST.
  package static func methods(of profile: Profile) -> Set<String> {
    Set(profile.handshakes.compactMap(\.method))
  }

  private func respond(
    to request: WebhookRequest,
    as handshake: Profile.Handshake,
    at now: Timestamp
  ) -> Outcome {
    guard request.method == handshake.method ?? "POST" else { return .notAHandshake }
    switch handshake {
    case .slackChallenge: return slack(request, at: now)
    case .metaChallenge: return meta(request)
    case .webSubChallenge: return webSub(request)
    case .zoomValidation: return zoom(request, at: now)
    case .crcToken: return crc(request)
    case .notionToken: return notion(request, at: now)
    case .asanaSecret: return asana(request, at: now)
    case .graphValidation: return graph(request)
    case .eventGridValidation: return eventGrid(request, at: now)
    case .cloudEventsOptions: return cloudEvents(request)
    case .oktaChallenge: return okta(request)
    case .dropboxChallenge: return dropbox(request)
    case .discordPing: return discord(request, type: "1", at: now)
    case .discordEventPing: return discord(request, type: "0", at: now)
    case .headProbe: return .answer(WebhookResponse(status: 200))
    case .snsConfirmation: return sns(request, at: now)
    case .twitchChallenge: return twitch(request, at: now)
    case .lineProbe: return line(request, at: now)
    }
  }
}

extension Profile.Handshake {
  /// The method that it comes with; nil: POST, like an event.
  package var method: String? {
    switch self {
    case .metaChallenge, .webSubChallenge, .crcToken, .oktaChallenge, .dropboxChallenge: "GET"
    case .cloudEventsOptions: "OPTIONS"
    case .headProbe: "HEAD"
    default: nil
    }
  }
}
