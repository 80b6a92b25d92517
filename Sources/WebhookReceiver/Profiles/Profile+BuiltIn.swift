/// The built-in profiles by name; `Profile.catalogue` holds them all.
extension Profile {
  /// Every profile that is built in, in the order of their names.
  public static var catalogue: [Profile] { Catalogue.profiles }

  /// The built-in profile of that name, as the configuration writes it: `github`.
  public static func named(_ name: String) -> Profile? { Catalogue.profile(name) }

  private static func builtIn(_ name: String) -> Profile {
    guard let profile = Catalogue.profile(name) else {
      preconditionFailure("the catalogue has lost the profile \(name)")
    }
    return profile
  }
}

extension Profile {
  /// Adyen platforms and management.
  public static var adyenHeader: Profile { builtIn("adyen-header") }
  /// Adyen standard payment notifications.
  public static var adyenItem: Profile { builtIn("adyen-item") }
  /// Asana.
  public static var asana: Profile { builtIn("asana") }
  /// Atlassian (Bitbucket, Jira).
  public static var atlassian: Profile { builtIn("atlassian") }
  /// Amazon SNS.
  public static var amazonSNS: Profile { builtIn("aws-sns") }
  /// Any sender, basic authentication.
  public static var basicAuth: Profile { builtIn("basic-auth") }
  /// Any sender, bearer token.
  public static var bearerToken: Profile { builtIn("bearer-token") }
  /// Box.
  public static var box: Profile { builtIn("box") }
  /// Calendly.
  public static var calendly: Profile { builtIn("calendly") }
  /// Cashfree.
  public static var cashfree: Profile { builtIn("cashfree") }
  /// CircleCI.
  public static var circleCI: Profile { builtIn("circleci") }
  /// Clerk.
  public static var clerk: Profile { builtIn("clerk") }
  /// CloudEvents over HTTP, bearer token.
  public static var cloudEvents: Profile { builtIn("cloudevents") }
  /// Cloudflare Stream.
  public static var cloudflareStream: Profile { builtIn("cloudflare-stream") }
  /// Coinbase Developer Platform.
  public static var coinbaseCDP: Profile { builtIn("coinbase-cdp") }
  /// Coinbase Commerce.
  public static var coinbaseCommerce: Profile { builtIn("coinbase-commerce") }
  /// Contentful.
  public static var contentful: Profile { builtIn("contentful") }
  /// Discord.
  public static var discord: Profile { builtIn("discord") }
  /// DocuSign Connect.
  public static var docuSign: Profile { builtIn("docusign") }
  /// Dodo Payments.
  public static var dodo: Profile { builtIn("dodo") }
  /// Dropbox.
  public static var dropbox: Profile { builtIn("dropbox") }
  /// Azure Event Grid, custom header.
  public static var eventGrid: Profile { builtIn("event-grid") }
  /// Azure Event Grid, Entra ID.
  public static var eventGridEntra: Profile { builtIn("event-grid-entra") }
  /// fal.ai.
  public static var fal: Profile { builtIn("fal") }
  /// Gitea, Forgejo, Gogs.
  public static var gitea: Profile { builtIn("gitea") }
  /// Gitea, Forgejo, posting forms.
  public static var giteaForm: Profile { builtIn("gitea-form") }
  /// GitHub.
  public static var github: Profile { builtIn("github") }
  /// GitLab, signing token.
  public static var gitlab: Profile { builtIn("gitlab") }
  /// GitLab, secret token.
  public static var gitlabToken: Profile { builtIn("gitlab-token") }
  /// Google Pub/Sub push.
  public static var googlePubSub: Profile { builtIn("google-pubsub") }
  /// HTTP Message Signatures (RFC 9421).
  public static var httpMessageSignatures: Profile { builtIn("http-message-signatures") }
  /// HTTP Message Signatures (RFC 9421), shared secret.
  public static var httpMessageSignaturesHMAC: Profile { builtIn("http-message-signatures-hmac") }
  /// HubSpot v1.
  public static var hubSpotV1: Profile { builtIn("hubspot-v1") }
  /// HubSpot v2.
  public static var hubSpotV2: Profile { builtIn("hubspot-v2") }
  /// HubSpot v3.
  public static var hubSpotV3: Profile { builtIn("hubspot-v3") }
  /// Intercom.
  public static var intercom: Profile { builtIn("intercom") }
  /// Klaviyo.
  public static var klaviyo: Profile { builtIn("klaviyo") }
  /// LaunchDarkly.
  public static var launchDarkly: Profile { builtIn("launchdarkly") }
  /// Lemon Squeezy.
  public static var lemonSqueezy: Profile { builtIn("lemonsqueezy") }
  /// LINE.
  public static var line: Profile { builtIn("line") }
  /// Linear.
  public static var linear: Profile { builtIn("linear") }
  /// Mailgun.
  public static var mailgun: Profile { builtIn("mailgun") }
  /// Meta (Facebook, Instagram, WhatsApp).
  public static var meta: Profile { builtIn("meta") }
  /// Microsoft Graph.
  public static var microsoftGraph: Profile { builtIn("microsoft-graph") }
  /// monday.com.
  public static var monday: Profile { builtIn("monday") }
  /// Mux.
  public static var mux: Profile { builtIn("mux") }
  /// Notion.
  public static var notion: Profile { builtIn("notion") }
  /// Okta event hooks.
  public static var okta: Profile { builtIn("okta") }
  /// OpenAI.
  public static var openAI: Profile { builtIn("openai") }
  /// Paddle Billing.
  public static var paddle: Profile { builtIn("paddle") }
  /// PagerDuty V3.
  public static var pagerDuty: Profile { builtIn("pagerduty") }
  /// PayPal.
  public static var payPal: Profile { builtIn("paypal") }
  /// Paystack.
  public static var paystack: Profile { builtIn("paystack") }
  /// Plaid.
  public static var plaid: Profile { builtIn("plaid") }
  /// PortOne V2.
  public static var portOne: Profile { builtIn("portone") }
  /// QuickBooks.
  public static var quickBooks: Profile { builtIn("quickbooks") }
  /// Razorpay.
  public static var razorpay: Profile { builtIn("razorpay") }
  /// Replicate.
  public static var replicate: Profile { builtIn("replicate") }
  /// Resend.
  public static var resend: Profile { builtIn("resend") }
  /// SendGrid Event Webhook.
  public static var sendGrid: Profile { builtIn("sendgrid") }
  /// Sentry.
  public static var sentry: Profile { builtIn("sentry") }
  /// Shopify.
  public static var shopify: Profile { builtIn("shopify") }
  /// Slack.
  public static var slack: Profile { builtIn("slack") }
  /// Square.
  public static var square: Profile { builtIn("square") }
  /// Standard Webhooks.
  public static var standardWebhooks: Profile { builtIn("standard-webhooks") }
  /// Steppay.
  public static var steppay: Profile { builtIn("steppay") }
  /// Stripe.
  public static var stripe: Profile { builtIn("stripe") }
  /// Svix.
  public static var svix: Profile { builtIn("svix") }
  /// TabaPay.
  public static var tabaPay: Profile { builtIn("tabapay") }
  /// Telegram.
  public static var telegram: Profile { builtIn("telegram") }
  /// Toss Payments.
  public static var toss: Profile { builtIn("toss") }
  /// Toss Payments, DEPOSIT_CALLBACK.
  public static var tossDeposit: Profile { builtIn("toss-deposit") }
  /// Trello.
  public static var trello: Profile { builtIn("trello") }
  /// Twilio, form posts.
  public static var twilioForm: Profile { builtIn("twilio-form") }
  /// Twilio, JSON posts.
  public static var twilioJSON: Profile { builtIn("twilio-json") }
  /// Twilio, shared key.
  public static var twilioSharedKey: Profile { builtIn("twilio-shared-key") }
  /// Twitch EventSub.
  public static var twitch: Profile { builtIn("twitch") }
  /// Typeform.
  public static var typeform: Profile { builtIn("typeform") }
  /// Vercel.
  public static var vercel: Profile { builtIn("vercel") }
  /// WebSub hubs.
  public static var webSub: Profile { builtIn("websub") }
  /// WooCommerce.
  public static var wooCommerce: Profile { builtIn("woocommerce") }
  /// WorkOS.
  public static var workOS: Profile { builtIn("workos") }
  /// X (Twitter).
  public static var x: Profile { builtIn("x-twitter") }
  /// Xero.
  public static var xero: Profile { builtIn("xero") }
  /// Zendesk.
  public static var zendesk: Profile { builtIn("zendesk") }
  /// Zoom.
  public static var zoom: Profile { builtIn("zoom") }
}
