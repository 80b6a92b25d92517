/// The specification, and the service that it came from: one scheme under two sets of names.
extension Profile {
  /// Standard Webhooks: `v1` (HMAC) and `v1a` (Ed25519).
  public static let standardWebhooks = standardWebhooks(
    id: "standard-webhooks",
    title: "Standard Webhooks",
    prefixes: ["webhook"],
    senders: .unknown,
    references: [
      "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"
    ]
  )

  /// Svix, which sends its own header names or those of the specification.
  public static let svix = standardWebhooks(
    id: "svix",
    title: "Svix",
    prefixes: ["svix", "webhook"],
    senders: .addresses([
      "44.228.126.217", "50.112.21.217", "52.24.126.164", "54.148.139.208", "52.215.16.239",
      "54.216.8.72", "63.33.109.123",
    ]),
    references: ["https://docs.svix.com/receiving/verifying-payloads/how-manual"]
  )

  private static func standardWebhooks(
    id: String,
    title: String,
    prefixes: [String],
    senders: Senders,
    references: [String]
  ) -> Profile {
    let ids = prefixes.map { "\($0)-id" }
    return Profile(
      id: id,
      title: title,
      digest: .sha256,
      key: KeyRule(
        .base64,
        prefix: "whsec_",
        publicKeyPrefix: "whpk_",
        privateKeyPrefix: "whsk_"
      ),
      signature: SignatureRule(
        headers: prefixes.map { "\($0)-signature" },
        separator: " ",
        assignment: ",",
        versions: [.init("v1", .hmac), .init("v1a", .ed25519)],
        encoding: .base64
      ),
      // The time is that of the attempt: a retry carries a fresh one.
      timestamp: TimestampRule(
        .headers(prefixes.map { "\($0)-timestamp" }),
        .unixSeconds,
        past: usualTolerance,
        future: usualTolerance
      ),
      message: [.header(ids), .literal("."), .timestamp, .literal("."), .body],
      idPlaces: ids.map { .header($0) },
      typePlaces: [json("/type")],
      sampleType: "",
      identity: .boundID,
      retryHorizon: recommendedHorizon,
      deduplicationWindow: usualWindow,
      reply: Reply(),
      secretHeaders: [],
      unsignedTypes: [],
      senders: senders,
      references: references
    )
  }

  /// The schedule that the specification gives as an example ends after some 76 hours.
  private static let recommendedHorizon = Duration.seconds(4 * 86400)
}
