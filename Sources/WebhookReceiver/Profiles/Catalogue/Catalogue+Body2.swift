extension Catalogue {
  /// Codes over the body, with or without a time inside of it.
  static let body2 = #"""
    [
    {
      "id": "vercel",
      "title": "Vercel",
      "digest": "sha1",
      "signature": {"in": ["header:x-vercel-signature"], "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "vercel.com/docs, copies of it: SHA-1"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": ["https://vercel.com/docs/webhooks/webhooks-api"]
    },
    {
      "id": "razorpay",
      "title": "Razorpay",
      "digest": "sha256",
      "signature": {"in": ["header:X-Razorpay-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["header:x-razorpay-event-id"],
      "type_places": ["json:/event"],
      "identity": "unbound_id",
      "retry_horizon": "1d",
      "reply": {"status": 200, "deadline": "5s"},
      "senders": {
        "addresses": [
          "52.66.75.174", "52.66.76.63", "52.66.151.218", "35.154.217.40",
          "35.154.22.73", "35.154.143.15", "13.126.199.247",
          "13.126.238.192", "13.232.194.134", "18.96.225.0/26",
          "18.99.161.0/26"
        ]
      },
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "razorpay-python, its test"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "razorpay.com/docs: unique to an event"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "razorpay.com/docs: 24 hours, then disabled"
        },
        {"fact": "senders", "confidence": "documented", "source": "razorpay.com/docs"},
        {"fact": "type", "confidence": "documented", "source": "razorpay/markdown-docs"},
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "razorpay/markdown-docs: 2xx within 5 s"
        }
      ],
      "references": ["https://razorpay.com/docs/webhooks/validate-test/"]
    },
    {
      "id": "adyen-header",
      "title": "Adyen platforms and management",
      "key": {"encoding": "hex"},
      "digest": "sha256",
      "signature": {"in": ["header:HmacSignature"], "encoding": "base64"},
      "message": ["{body}"],
      "type_places": ["json:/type"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "adyen-python-api-library, its test"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "adyen-python-api-library: type in the body"
        }
      ],
      "references": [
        "https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/"
      ]
    },
    {
      "id": "coinbase-commerce",
      "title": "Coinbase Commerce",
      "digest": "sha256",
      "signature": {"in": ["header:X-CC-Webhook-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["json:/event/id"],
      "type_places": ["json:/event/type"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "coinbase-commerce-python, its test"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "coinbase-commerce-python: event/id in the body"
        },
        {"fact": "type", "confidence": "documented", "source": "the same: event/type"}
      ],
      "references": ["https://docs.cdp.coinbase.com/commerce/docs/webhooks-security"]
    },
    {
      "id": "lemonsqueezy",
      "title": "Lemon Squeezy",
      "digest": "sha256",
      "signature": {"in": ["header:X-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "type_places": ["header:X-Event-Name", "json:/meta/event_name"],
      "identity": "digest",
      "sample_type": "order_created",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "X-Event-Name"}
      ],
      "references": ["https://docs.lemonsqueezy.com/help/webhooks/signing-requests"]
    },
    {
      "id": "pagerduty",
      "title": "PagerDuty V3",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-PagerDuty-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac"},
        "encoding": "hex"
      },
      "message": ["{body}"],
      "id_places": ["json:/event/id"],
      "type_places": ["json:/event/event_type"],
      "identity": "bound_id",
      "retry_horizon": "2d",
      "reply": {"status": 200, "deadline": "5s"},
      "senders": {
        "feed": "https://developer.pagerduty.com/ip-safelists/webhooks-us-service-region-json",
        "shape": "pagerduty"
      },
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "PagerDuty/go-pagerduty, its test"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "developer.pagerduty.com: up to 48 hours"
        },
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "developer.pagerduty.com: 2xx within 5 s"
        },
        {
          "fact": "senders",
          "confidence": "documented",
          "source": "developer.pagerduty.com"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "PagerDuty/developer-docs: event/id in the body"
        },
        {"fact": "type", "confidence": "documented", "source": "the same: event/event_type"}
      ],
      "references": ["https://developer.pagerduty.com/docs/verifying-webhook-signatures"]
    },
    {
      "id": "sentry",
      "title": "Sentry",
      "digest": "sha256",
      "signature": {"in": ["header:Sentry-Hook-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["header:Request-ID"],
      "type_places": ["header:Sentry-Hook-Resource"],
      "identity": "unbound_id",
      "sample_type": "issue",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills; the header Sentry-Hook-Timestamp is not signed"
        },
        {"fact": "id", "confidence": "third_party", "source": "Request-ID"},
        {"fact": "type", "confidence": "unconfirmed", "source": "Sentry-Hook-Resource"}
      ],
      "references": [
        "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/"
      ]
    },
    {
      "id": "circleci",
      "title": "CircleCI",
      "digest": "sha256",
      "signature": {
        "in": ["header:circleci-signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac"},
        "encoding": "hex"
      },
      "message": ["{body}"],
      "id_places": ["json:/id"],
      "type_places": ["header:circleci-event-type", "json:/type"],
      "sample_type": "workflow-completed",
      "identity": "bound_id",
      "reply": {"status": 200, "deadline": "10s"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "circleci.com/docs, the example"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "circleci.com/docs: later, without a schedule"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "circleci/circleci-docs: id in the body"
        },
        {"fact": "type", "confidence": "documented", "source": "the same: circleci-event-type"},
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "circleci/circleci-docs: 2xx within 10 s"
        }
      ],
      "references": ["https://circleci.com/docs/outbound-webhooks/"]
    },
    {
      "id": "xero",
      "title": "Xero",
      "digest": "sha256",
      "signature": {"in": ["header:x-xero-signature"], "encoding": "base64"},
      "message": ["{body}"],
      "identity": "digest",
      "items": {"pattern": "/events/*", "type_places": ["item:/eventType"]},
      "reply": {"status": 200, "deadline": "5s"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills: the key is text, though it looks like base64"
        },
        {
          "fact": "handshake",
          "confidence": "third_party",
          "source": "some probes have a wrong signature and want 401"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "one in each event"},
        {"fact": "reply", "confidence": "third_party", "source": "200 or 401, empty, within 5 s"}
      ],
      "references": ["https://developer.xero.com/documentation/guides/webhooks/overview/"]
    },
    {
      "id": "quickbooks",
      "title": "QuickBooks",
      "digest": "sha256",
      "signature": {"in": ["header:intuit-signature"], "encoding": "base64"},
      "message": ["{body}"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills"
        },
        {
          "fact": "type",
          "confidence": "unconfirmed",
          "source": "the name and operation of each entity"
        }
      ],
      "references": ["https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks"]
    },
    {
      "id": "paystack",
      "title": "Paystack",
      "digest": "sha512",
      "signature": {"in": ["header:x-paystack-signature"], "encoding": "hex"},
      "message": ["{body}"],
      "type_places": ["json:/event"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "paystack.com/docs, copies of it"
        },
        {"fact": "type", "confidence": "third_party", "source": "event in the body"}
      ],
      "references": ["https://paystack.com/docs/payments/webhooks/"]
    },
    {
      "id": "x-twitter",
      "title": "X (Twitter)",
      "digest": "sha256",
      "signature": {
        "in": ["header:x-twitter-webhooks-signature"],
        "prefix": "sha256=",
        "encoding": "base64"
      },
      "message": ["{body}"],
      "identity": "digest",
      "handshakes": ["crc_token"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "docs.x.com/x-api/webhooks/quickstart"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "the same page: hourly"
        }
      ],
      "references": ["https://docs.x.com/x-api/webhooks/quickstart"]
    },
    {
      "id": "woocommerce",
      "title": "WooCommerce",
      "digest": "sha256",
      "signature": {"in": ["header:X-WC-Webhook-Signature"], "encoding": "base64"},
      "message": ["{body}"],
      "id_places": ["header:X-WC-Webhook-Delivery-ID"],
      "type_places": ["header:X-WC-Webhook-Topic"],
      "identity": "unbound_id",
      "sample_type": "order.created",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "woocommerce.github.io"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "new for every delivery"},
        {"fact": "type", "confidence": "unconfirmed", "source": "X-WC-Webhook-Topic"}
      ],
      "references": ["https://developer.woocommerce.com/docs/apis/rest-api/webhooks/"]
    },
    {
      "id": "websub",
      "title": "WebSub hubs",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Hub-Signature"],
        "assignment": "=",
        "versions": {
          "sha256": "hmac-sha256",
          "sha384": "hmac-sha384",
          "sha512": "hmac-sha512"
        },
        "encoding": "hex"
      },
      "message": ["{body}"],
      "identity": "digest",
      "handshakes": ["websub_challenge"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "W3C WebSub section 8; SHA-1 is left out on purpose"
        },
        {"fact": "handshake", "confidence": "unconfirmed", "source": "W3C WebSub, section 5.3"}
      ],
      "references": ["https://www.w3.org/TR/websub/#signature-validation"]
    },
    {
      "id": "launchdarkly",
      "title": "LaunchDarkly",
      "digest": "sha256",
      "signature": {"in": ["header:X-LD-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["json:/_id"],
      "type_places": ["json:/kind"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "launchdarkly.com/docs"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": ["https://launchdarkly.com/docs/integrations/webhooks"]
    }
    ]
    """#
}
