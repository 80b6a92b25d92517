extension Profile {
  /// Every profile that is built in, in the order of their names.
  public static let catalogue: [Profile] = [
    github, shopify, slack, standardWebhooks, stripe, svix, toss,
  ]

  /// The built-in profile of that name.
  public static func named(_ name: String) -> Profile? {
    catalogue.first { $0.id == name }
  }

  /// What most providers and their libraries allow either way, and the least that is sensible
  /// between clocks that nobody watches (contract §3.1).
  static let usualTolerance = Duration.seconds(300)

  /// Longer than any retry horizon of the catalogue, and than the week in which people resend by
  /// hand what went wrong at a weekend.
  static let usualWindow = Duration.seconds(8 * 86400)

  /// GitHub repositories, organisations and apps.
  public static let github = Profile(
    id: "github",
    title: "GitHub",
    digest: .sha256,
    key: KeyRule(.text),
    signature: SignatureRule(headers: ["X-Hub-Signature-256"], prefix: "sha256=", encoding: .hex),
    timestamp: nil,
    message: [.body],
    idPlaces: [.header("X-GitHub-Delivery")],
    typePlaces: [.header("X-GitHub-Event")],
    sampleType: "ping",
    identity: .unboundID,
    retryHorizon: nil,
    deduplicationWindow: usualWindow,
    reply: Reply(),
    secretHeaders: [],
    unsignedTypes: [],
    senders: .feed(url: "https://api.github.com/meta"),
    references: [
      "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"
    ]
  )

  /// Shopify apps.
  ///
  /// Two headers hold ids: that of the event, the same for every subscription, and
  /// that of the delivery.
  public static let shopify = Profile(
    id: "shopify",
    title: "Shopify",
    digest: .sha256,
    key: KeyRule(.text),
    signature: SignatureRule(
      headers: ["X-Shopify-Hmac-Sha256", "Shopify-Hmac-Sha256"],
      encoding: .base64
    ),
    timestamp: nil,
    message: [.body],
    idPlaces: [.header("X-Shopify-Event-Id"), .header("X-Shopify-Webhook-Id")],
    typePlaces: [.header("X-Shopify-Topic")],
    sampleType: "orders/create",
    identity: .unboundID,
    retryHorizon: .seconds(4 * 3600),
    deduplicationWindow: usualWindow,
    reply: Reply(),
    secretHeaders: [],
    unsignedTypes: [],
    senders: .unknown,
    references: ["https://shopify.dev/docs/apps/build/webhooks/subscribe/https"]
  )

  /// Slack apps: events, interactions and commands.
  ///
  /// Only events have an id.
  public static let slack = Profile(
    id: "slack",
    title: "Slack",
    digest: .sha256,
    key: KeyRule(.text),
    signature: SignatureRule(headers: ["X-Slack-Signature"], prefix: "v0=", encoding: .hex),
    // Slack's own libraries refuse what is older, so its retries must carry a fresh time.
    timestamp: TimestampRule(
      .headers(["X-Slack-Request-Timestamp"]),
      .unixSeconds,
      past: usualTolerance,
      future: usualTolerance
    ),
    message: [.literal("v0:"), .timestamp, .literal(":"), .body],
    idPlaces: [json("/event_id")],
    typePlaces: [json("/event/type"), json("/type")],
    sampleType: "app_mention",
    identity: .boundID,
    retryHorizon: .seconds(600),
    deduplicationWindow: usualWindow,
    reply: Reply(),
    secretHeaders: [],
    unsignedTypes: [],
    senders: .unknown,
    references: ["https://docs.slack.dev/authentication/verifying-requests-from-slack"]
  )

  /// Stripe.
  ///
  /// The secret is the whole text, `whsec_` included: other schemes cut it off.
  public static let stripe = Profile(
    id: "stripe",
    title: "Stripe",
    digest: .sha256,
    key: KeyRule(.text),
    signature: SignatureRule(
      headers: ["Stripe-Signature"],
      separator: ",",
      assignment: "=",
      versions: [.init("v1", .hmac)],
      encoding: .hex
    ),
    timestamp: TimestampRule(
      .signatureElement("t"),
      .unixSeconds,
      past: usualTolerance,
      future: usualTolerance
    ),
    message: [.timestamp, .literal("."), .body],
    idPlaces: [json("/id")],
    typePlaces: [json("/type")],
    sampleType: "charge.succeeded",
    identity: .boundID,
    retryHorizon: .seconds(3 * 86400),
    deduplicationWindow: usualWindow,
    reply: Reply(),
    secretHeaders: [],
    unsignedTypes: [],
    senders: .feed(url: "https://stripe.com/files/ips/ips_webhooks.json"),
    references: ["https://docs.stripe.com/webhooks#verify-manually"]
  )

  /// Toss Payments.
  ///
  /// Two event types are signed; of the others the payment is to be read by API.
  public static let toss = Profile(
    id: "toss",
    title: "Toss Payments",
    digest: .sha256,
    key: KeyRule(.text),
    signature: SignatureRule(
      headers: ["tosspayments-webhook-signature"],
      separator: ",",
      assignment: ":",
      versions: [.init("v1", .hmac)],
      encoding: .base64
    ),
    // Whether a retry carries a fresh time is not published, so the last retry must pass with the
    // first one's; the deduplication window is what keeps replays out.
    timestamp: TimestampRule(
      .headers(["tosspayments-webhook-transmission-time"]),
      .rfc3339,
      past: tossRetryHorizon,
      future: usualTolerance
    ),
    message: [.body, .literal(":"), .timestamp],
    idPlaces: [.header("tosspayments-webhook-transmission-id")],
    typePlaces: [json("/eventType")],
    sampleType: "payout.changed",
    identity: .unboundID,
    retryHorizon: tossRetryHorizon,
    deduplicationWindow: usualWindow,
    reply: Reply(),
    secretHeaders: [],
    unsignedTypes: [
      "PAYMENT_STATUS_CHANGED", "CANCEL_STATUS_CHANGED", "BILLING_DELETED", "METHOD_UPDATED",
      "CUSTOMER_STATUS_CHANGED", "DEPOSIT_CALLBACK",
    ],
    senders: .addresses(["13.124.18.147", "13.124.108.35", "3.36.173.151", "3.38.81.32"]),
    references: ["https://docs.tosspayments.com/guides/webhook"]
  )

  /// Seven retries after 1, 4, 16, 64, 256, 1024 and 4096 minutes are 3 days, 19 hours and a
  /// minute; the rest is for the attempts themselves.
  private static let tossRetryHorizon = Duration.seconds(4 * 86400)

  /// A place in the body, in the notation of the table.
  static func json(_ pointer: String) -> Place {
    do throws(JSONPointerError) {
      return .json(try JSONPointer(pointer))
    } catch {
      preconditionFailure("the catalogue holds a pointer that is none: \(error)")
    }
  }
}
