extension Profile {
  /// A request that is no event: it proves that the endpoint is there, or brings its key.
  @nonexhaustive
  public enum Handshake: String, CaseIterable, Sendable {
    /// POST with `type: url_verification`, signed: the challenge is sent back (Slack).
    case slackChallenge = "slack_challenge"
    /// GET with `hub.mode=subscribe`: the challenge is sent back when the token is right (Meta).
    case metaChallenge = "meta_challenge"
    /// GET with `hub.mode`, `hub.topic` and `hub.challenge` (WebSub section 5.3).
    case webSubChallenge = "websub_challenge"
    /// POST with `event: endpoint.url_validation`: the token is sent back with its HMAC (Zoom).
    case zoomValidation = "zoom_validation"
    /// GET with `crc_token`: its HMAC is sent back (X).
    case crcToken = "crc_token"
    /// POST with `verification_token`, which becomes the key (Notion).
    case notionToken = "notion_token"
    /// POST with `X-Hook-Secret`, which becomes the key and is sent back (Asana).
    case asanaSecret = "asana_secret"
    /// POST with `?validationToken=`, which is sent back (Microsoft Graph).
    case graphValidation = "graph_validation"
    /// POST of a validation event: its code is sent back (Azure Event Grid).
    case eventGridValidation = "event_grid_validation"
    /// OPTIONS with `WebHook-Request-Origin` (CloudEvents HTTP web hooks, section 4).
    case cloudEventsOptions = "cloudevents_options"
    /// GET with `X-Okta-Verification-Challenge`, which is sent back (Okta).
    case oktaChallenge = "okta_challenge"
    /// GET with `?challenge=`, which is sent back (Dropbox).
    case dropboxChallenge = "dropbox_challenge"
    /// POST with `type: 1`, signed: `{"type":1}` (Discord interactions).
    case discordPing = "discord_ping"
    /// POST with `type: 0`, signed: 204 (Discord webhook events).
    case discordEventPing = "discord_event_ping"
    /// HEAD: 200 (Trello).
    case headProbe = "head_probe"
    /// POST with `Type: SubscriptionConfirmation`, signed: a URL is to be visited (AWS SNS).
    case snsConfirmation = "sns_confirmation"
    /// POST with the message type `webhook_callback_verification`, signed (Twitch).
    case twitchChallenge = "twitch_challenge"
    /// POST with an empty list of `events`, signed: 200 (LINE).
    case lineProbe = "line_probe"
  }
}
