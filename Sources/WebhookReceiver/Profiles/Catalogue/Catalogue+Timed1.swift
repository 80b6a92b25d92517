extension Catalogue {
  /// Codes over a time and the body, which bounds how long a delivery can be replayed.
  static let timed1 = #"""
    [
    {
      "id": "stripe",
      "title": "Stripe",
      "digest": "sha256",
      "signature": {
        "in": ["header:Stripe-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:t"], "format": "unix_s", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/type"],
      "sample_type": "charge.succeeded",
      "identity": "bound_id",
      "retry_horizon": "3d",
      "redelivery_horizon": "30d",
      "senders": {"feed": "https://stripe.com/files/ips/ips_webhooks.json", "shape": "stripe"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "stripe-python; the whole text is the key, whsec_ included"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "stripe-python: 300 s, the past only; a retry carries a fresh one"
        },
        {
          "fact": "retries",
          "confidence": "third_party",
          "source": "docs.stripe.com: up to 3 days"
        },
        {
          "fact": "senders",
          "confidence": "third_party",
          "source": "docs.stripe.com/ips"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "stripe/stripe-python: evt_ in the body"
        },
        {"fact": "type", "confidence": "documented", "source": "stripe/stripe-python"}
      ],
      "references": ["https://docs.stripe.com/webhooks#verify-manually"]
    },
    {
      "id": "slack",
      "title": "Slack",
      "digest": "sha256",
      "signature": {"in": ["header:X-Slack-Signature"], "prefix": "v0=", "encoding": "hex"},
      "timestamp": {
        "in": ["header:X-Slack-Request-Timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["v0:", "{timestamp}", ":", "{body}"],
      "id_places": ["json:/event_id"],
      "type_places": ["json:/event/type", "json:/type"],
      "sample_type": "app_mention",
      "identity": "bound_id",
      "retry_horizon": "2h",
      "reply": {"status": 200, "deadline": "3s"},
      "handshakes": ["slack_challenge"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "api.slack.com, the example"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "python-slack-sdk: 300 s both ways"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "events have one, commands and interactions do not"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "three more in about an hour"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "api.slack.com/events/url_verification"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body; commands have none"},
        {"fact": "reply", "confidence": "third_party", "source": "2xx within 3 s"}
      ],
      "references": ["https://docs.slack.dev/authentication/verifying-requests-from-slack"]
    },
    {
      "id": "zoom",
      "title": "Zoom",
      "digest": "sha256",
      "signature": {"in": ["header:x-zm-signature"], "prefix": "v0=", "encoding": "hex"},
      "timestamp": {
        "in": ["header:x-zm-request-timestamp"],
        "format": "unix_s",
        "past": "2h",
        "future": "5m"
      },
      "message": ["v0:", "{timestamp}", ":", "{body}"],
      "type_places": ["json:/event"],
      "identity": "digest",
      "retry_horizon": "2h",
      "reply": {"status": 200, "deadline": "3s"},
      "handshakes": ["zoom_validation"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "zoom/webhook-sample"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "no window is stated"
        },
        {
          "fact": "retries",
          "confidence": "unconfirmed",
          "source": "three, the last after 90 minutes"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "zoom/webhook-sample"
        },
        {"fact": "type", "confidence": "documented", "source": "zoom/webhook-sample"},
        {"fact": "reply", "confidence": "third_party", "source": "200 within 3 s"}
      ],
      "references": ["https://developers.zoom.us/docs/api/webhooks/"]
    },
    {
      "id": "toss",
      "title": "Toss Payments",
      "digest": "sha256",
      "signature": {
        "in": ["header:tosspayments-webhook-signature"],
        "separator": ",",
        "assignment": ":",
        "versions": {"v1": "hmac"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:tosspayments-webhook-transmission-time"],
        "format": "rfc3339",
        "past": "4d",
        "future": "5m"
      },
      "message": ["{body}", ":", "{timestamp}"],
      "id_places": ["header:tosspayments-webhook-transmission-id"],
      "type_places": ["json:/eventType"],
      "sample_type": "payout.changed",
      "identity": "unbound_id",
      "retry_horizon": "4d",
      "reply": {"status": 200, "deadline": "10s"},
      "unsigned_types": [
        "PAYMENT_STATUS_CHANGED", "CANCEL_STATUS_CHANGED", "BILLING_DELETED",
        "METHOD_UPDATED", "CUSTOMER_STATUS_CHANGED", "DEPOSIT_CALLBACK"
      ],
      "senders": {"addresses": ["13.124.18.147", "13.124.108.35", "3.36.173.151", "3.38.81.32"]},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "docs.tosspayments.com; the byte form of the key is not stated"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "no window, and not whether a retry carries a fresh one"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "docs.tosspayments.com: 7 more in 3 days and 19 hours"
        },
        {"fact": "reply", "confidence": "documented", "source": "exactly 200"},
        {
          "fact": "unsigned",
          "confidence": "documented",
          "source": "only payout.changed and seller.changed are signed"
        },
        {
          "fact": "senders",
          "confidence": "documented",
          "source": "docs.tosspayments.com"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "docs.tosspayments.com; not said whether a retry keeps it"
        },
        {"fact": "type", "confidence": "documented", "source": "docs.tosspayments.com"}
      ],
      "references": ["https://docs.tosspayments.com/guides/webhook"]
    },
    {
      "id": "box",
      "title": "Box",
      "digest": "sha256",
      "signature": {
        "in": ["header:box-signature-primary", "header:box-signature-secondary"],
        "all": true,
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:box-delivery-timestamp"],
        "format": "rfc3339",
        "past": "10m",
        "future": "5m"
      },
      "message": ["{body}", "{timestamp}"],
      "body_variants": ["raw", "json_escaped"],
      "require": [
        {"in": "header:box-signature-version", "one_of": ["1"]},
        {"in": "header:box-signature-algorithm", "one_of": ["HmacSHA256"]}
      ],
      "id_places": ["header:box-delivery-id"],
      "type_places": ["json:/trigger"],
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "box-python-sdk, its test: primary or secondary key"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "box-python-sdk: 600 s, the past only"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "whether it is the same on a retry is not stated"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "box-python-sdk: trigger in the body"
        }
      ],
      "references": ["https://developer.box.com/guides/webhooks/v2/signatures-v2/"]
    },
    {
      "id": "calendly",
      "title": "Calendly",
      "digest": "sha256",
      "signature": {
        "in": ["header:Calendly-Webhook-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:t"], "format": "unix_s", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "type_places": ["json:/event"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "developer.calendly.com, copies of it"
        },
        {
          "fact": "timestamp",
          "confidence": "third_party",
          "source": "180 s in the page's example"
        },
        {"fact": "type", "confidence": "third_party", "source": "event in the body"}
      ],
      "references": ["https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures"]
    },
    {
      "id": "coinbase-cdp",
      "title": "Coinbase Developer Platform",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Hook0-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v0": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:t"], "format": "unix_s", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills; v1 covers headers too and is passed over"
        },
        {"fact": "timestamp", "confidence": "third_party", "source": "300 s"}
      ],
      "references": ["https://docs.cdp.coinbase.com/webhooks/verify-signatures"]
    },
    {
      "id": "paddle",
      "title": "Paddle Billing",
      "digest": "sha256",
      "signature": {
        "in": ["header:Paddle-Signature"],
        "separator": ";",
        "assignment": "=",
        "versions": {"h1": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:ts"], "format": "unix_s", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ":", "{body}"],
      "id_places": ["json:/event_id"],
      "type_places": ["json:/event_type"],
      "identity": "bound_id",
      "retry_horizon": "3d",
      "reply": {"status": 200, "deadline": "5s"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "paddle-python-sdk, its test"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "paddle-python-sdk: 5 s both ways; here 5 minutes, as clocks differ"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "developer.paddle.com: 60 over 3 days"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "event_id in the body"},
        {"fact": "type", "confidence": "documented", "source": "paddle-python-sdk"},
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "developer.paddle.com: 200 within 5 s"
        }
      ],
      "references": ["https://developer.paddle.com/webhooks/signature-verification"]
    }
    ]
    """#
}
