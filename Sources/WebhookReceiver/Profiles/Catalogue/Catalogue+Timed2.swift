extension Catalogue {
  /// Codes over a time and the body, which bounds how long a delivery can be replayed.
  static let timed2 = #"""
    [
    {
      "id": "zendesk",
      "title": "Zendesk",
      "digest": "sha256",
      "signature": {"in": ["header:X-Zendesk-Webhook-Signature"], "encoding": "base64"},
      "timestamp": {
        "in": ["header:X-Zendesk-Webhook-Signature-Timestamp"],
        "format": "rfc3339",
        "past": "1d",
        "future": "5m"
      },
      "message": ["{timestamp}", "{body}"],
      "id_places": ["header:X-Zendesk-Webhook-Invocation-Id", "json:/id"],
      "type_places": ["json:/type"],
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "a third party's vector; developer.zendesk.com"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "no window is stated"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "X-Zendesk-Webhook-Invocation-Id"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": ["https://developer.zendesk.com/documentation/webhooks/verifying/"]
    },
    {
      "id": "mux",
      "title": "Mux",
      "digest": "sha256",
      "signature": {
        "in": ["header:Mux-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:t"], "format": "unix_s", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "1d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "mux-node-sdk, its test"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "24 hours"},
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "mux-node-sdk: 300 s"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": ["https://www.mux.com/docs/core/verify-webhook-signatures"]
    },
    {
      "id": "workos",
      "title": "WorkOS",
      "digest": "sha256",
      "signature": {
        "in": ["header:WorkOS-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:t"], "format": "unix_ms", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/event"],
      "identity": "bound_id",
      "evidence": [
        {"fact": "signature", "confidence": "documented", "source": "workos-python"},
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "workos-python: 180 s, 30 s for Actions"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {"fact": "type", "confidence": "unconfirmed", "source": "event in the body"}
      ],
      "references": ["https://workos.com/docs/events/data-syncing/webhooks"]
    },
    {
      "id": "cloudflare-stream",
      "title": "Cloudflare Stream",
      "digest": "sha256",
      "signature": {
        "in": ["header:Webhook-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"sig1": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:time"], "format": "unix_s", "past": "5m", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "developers.cloudflare.com, copies of it"
        },
        {
          "fact": "timestamp",
          "confidence": "third_party",
          "source": "developers.cloudflare.com, copies of it; no window is stated"
        }
      ],
      "references": [
        "https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/"
      ]
    },
    {
      "id": "twitch",
      "title": "Twitch EventSub",
      "digest": "sha256",
      "signature": {
        "in": ["header:Twitch-Eventsub-Message-Signature"],
        "prefix": "sha256=",
        "encoding": "hex"
      },
      "timestamp": {
        "in": ["header:Twitch-Eventsub-Message-Timestamp"],
        "format": "rfc3339",
        "past": "10m",
        "future": "5m"
      },
      "message": ["{id}", "{timestamp}", "{body}"],
      "id_places": ["header:Twitch-Eventsub-Message-Id"],
      "type_places": ["header:Twitch-Eventsub-Subscription-Type", "json:/subscription/type"],
      "sample_type": "stream.online",
      "identity": "bound_id",
      "handshakes": ["twitch_challenge"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "dev.twitch.tv, copies of it"
        },
        {"fact": "timestamp", "confidence": "unconfirmed", "source": "10 minutes"},
        {"fact": "handshake", "confidence": "unconfirmed", "source": "dev.twitch.tv"},
        {
          "fact": "id",
          "confidence": "third_party",
          "source": "dev.twitch.tv, copies of it: a header of its own"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": ["https://dev.twitch.tv/docs/eventsub/handling-webhook-events/"]
    },
    {
      "id": "klaviyo",
      "title": "Klaviyo",
      "digest": "sha256",
      "signature": {"in": ["header:Klaviyo-Signature"], "encoding": "hex"},
      "timestamp": {
        "in": ["header:Klaviyo-Timestamp"],
        "format": "rfc1123",
        "past": "1d",
        "future": "5m"
      },
      "message": ["{body}", "{timestamp}"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills"
        },
        {
          "fact": "timestamp",
          "confidence": "third_party",
          "source": "no window is stated"
        },
        {
          "fact": "id",
          "confidence": "third_party",
          "source": "Klaviyo-Webhook-Id is the subscription's"
        }
      ],
      "references": ["https://developers.klaviyo.com/en/docs/working_with_system_webhooks"]
    },
    {
      "id": "cashfree",
      "title": "Cashfree",
      "digest": "sha256",
      "signature": {"in": ["header:x-webhook-signature"], "encoding": "base64"},
      "timestamp": {
        "in": ["header:x-webhook-timestamp"],
        "format": "unix_ms",
        "past": "1d",
        "future": "5m"
      },
      "message": ["{timestamp}", "{body}"],
      "type_places": ["json:/type"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "cashfree.com/docs; its pages differ about a dot after the time"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "milliseconds on one page"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": [
        "https://www.cashfree.com/docs/payments/online/webhooks/signature-verification"
      ]
    },
    {
      "id": "steppay",
      "title": "Steppay",
      "digest": "sha256",
      "signature": {
        "in": ["header:Steppay-Signature"],
        "separator": ",",
        "assignment": "=",
        "subseparator": ";",
        "versions": {"key": "hmac"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["signature:timestamp"], "format": "unix_s", "past": "1d", "future": "5m"
      },
      "message": ["{timestamp}", ".", "{body}"],
      "identity": "digest",
      "evidence": [
        {"fact": "signature", "confidence": "documented", "source": "docs.steppay.kr"},
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "no window is stated"
        }
      ],
      "references": ["https://docs.steppay.kr/docs/webhook"]
    },
    {
      "id": "tabapay",
      "title": "TabaPay",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-HMAC-Signature"],
        "separator": ",",
        "assignment": "=",
        "versions": {"v1": "hmac", "v2": "hmac"},
        "encoding": "hex"
      },
      "timestamp": {"in": ["signature:t"], "format": "unix_s", "past": "1d", "future": "5m"},
      "message": ["{timestamp}", ".", "{body}"],
      "id_places": ["header:Idempotency-Key"],
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "developers.tabapay.com: v2 is made with the previous secret"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "developers.tabapay.com: the same on a retry"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "developers.tabapay.com; no window is stated"
        }
      ],
      "references": ["https://developers.tabapay.com/reference/webhooks"]
    }
    ]
    """#
}
