extension Catalogue {
  /// Shared values and web tokens: they say who sends, and little of what is sent.
  static let tokens = #"""
    [
    {
      "id": "gitlab-token",
      "title": "GitLab, secret token",
      "token": {"in": ["header:X-Gitlab-Token"]},
      "id_places": [
        "header:Idempotency-Key", "header:X-Gitlab-Event-UUID",
        "header:X-Gitlab-Webhook-UUID"
      ],
      "type_places": ["header:X-Gitlab-Event", "json:/object_kind"],
      "sample_type": "Push Hook",
      "identity": "unbound_id",
      "secret_headers": ["X-Gitlab-Token"],
      "evidence": [
        {"fact": "signature", "confidence": "documented", "source": "docs.gitlab.com"},
        {
          "fact": "id",
          "confidence": "documented",
          "source": "GitLab: Idempotency-Key is the same on a retry"
        },
        {"fact": "type", "confidence": "documented", "source": "docs.gitlab.com"}
      ],
      "references": ["https://docs.gitlab.com/user/project/integrations/webhooks/"]
    },
    {
      "id": "telegram",
      "title": "Telegram",
      "token": {"in": ["header:X-Telegram-Bot-Api-Secret-Token"]},
      "id_places": ["json:/update_id"],
      "identity": "unbound_id",
      "secret_headers": ["X-Telegram-Bot-Api-Secret-Token"],
      "senders": {"addresses": ["149.154.160.0/20", "91.108.4.0/22"]},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "core.telegram.org/bots/api: 1 to 256 of A-Z, a-z, 0-9, _ and -"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "update_id"},
        {
          "fact": "senders",
          "confidence": "unconfirmed",
          "source": "core.telegram.org/bots/webhooks"
        }
      ],
      "references": ["https://core.telegram.org/bots/api#setwebhook"]
    },
    {
      "id": "okta",
      "title": "Okta event hooks",
      "token": {"in": ["header:Authorization"]},
      "id_places": ["json:/eventId"],
      "type_places": ["json:/data/events/0/eventType", "json:/eventType"],
      "items": {
        "pattern": "/data/events/*",
        "id_places": ["item:/uuid"],
        "type_places": ["item:/eventType"]
      },
      "identity": "unbound_id",
      "secret_headers": ["Authorization"],
      "reply": {"status": 204, "deadline": "3s"},
      "handshakes": ["okta_challenge"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "okta/okta-developer-docs"
        },
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "200 or 204, empty, within 3 s; at most one retry"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "okta/okta-developer-docs"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "okta/okta-developer-docs: eventId; uuid of each event"
        },
        {"fact": "type", "confidence": "documented", "source": "the same: eventType of each event"}
      ],
      "references": ["https://developer.okta.com/docs/concepts/event-hooks/"]
    },
    {
      "id": "microsoft-graph",
      "title": "Microsoft Graph",
      "token": {"in": ["json:/value/*/clientState"]},
      "items": {
        "pattern": "/value/*",
        "id_places": ["item:/id", "item:/subscriptionId+item:/resource+item:/changeType"],
        "type_places": ["item:/changeType"]
      },
      "identity": "none",
      "retry_horizon": "4h",
      "reply": {"status": 202, "deadline": "3s"},
      "handshakes": ["graph_validation"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "microsoft-graph-docs: clientState in every item"
        },
        {"fact": "retries", "confidence": "documented", "source": "up to 4 hours"},
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "microsoft-graph-docs"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "microsoft-graph-docs: subscription, resource and kind of change"
        },
        {"fact": "type", "confidence": "documented", "source": "microsoft-graph-docs: changeType"},
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "microsoft-graph-docs: 2xx within 3 s"
        }
      ],
      "references": ["https://learn.microsoft.com/graph/change-notifications-delivery-webhooks"]
    },
    {
      "id": "event-grid",
      "title": "Azure Event Grid, custom header",
      "token": {"in": ["header:aeg-webhook-secret"]},
      "items": {"pattern": "/*", "id_places": ["item:/id"], "type_places": ["item:/eventType"]},
      "id_places": ["header:ce-id+header:ce-source"],
      "type_places": ["header:ce-type"],
      "identity": "unbound_id",
      "secret_headers": ["aeg-webhook-secret"],
      "retry_horizon": "1d",
      "handshakes": ["event_grid_validation", "cloudevents_options"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "a header of the operator's choice; here aeg-webhook-secret"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "24 hours"},
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "learn.microsoft.com/azure/event-grid"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "id of each event; CloudEvents have headers"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "eventType of each event"}
      ],
      "references": ["https://learn.microsoft.com/azure/event-grid/secure-webhook-delivery"]
    },
    {
      "id": "cloudevents",
      "title": "CloudEvents over HTTP, bearer token",
      "token": {"in": ["header:Authorization"], "prefix": "Bearer "},
      "id_places": ["header:ce-id+header:ce-source", "json:/id+json:/source"],
      "type_places": ["header:ce-type", "json:/type"],
      "identity": "unbound_id",
      "secret_headers": ["Authorization"],
      "handshakes": ["cloudevents_options"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "cloudevents/spec, HTTP 1.1 Web Hooks, section 3"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "the same, section 4"
        },
        {"fact": "id", "confidence": "documented", "source": "unique within its source"},
        {"fact": "type", "confidence": "documented", "source": "cloudevents/spec: ce-type"}
      ],
      "references": ["https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md"]
    },
    {
      "id": "toss-deposit",
      "title": "Toss Payments, DEPOSIT_CALLBACK",
      "token": {"in": ["json:/secret"]},
      "id_places": ["json:/transactionKey+json:/status"],
      "identity": "unbound_id",
      "retry_horizon": "4d",
      "reply": {"status": 200, "deadline": "10s"},
      "senders": {"addresses": ["13.124.18.147", "13.124.108.35", "3.36.173.151", "3.38.81.32"]},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "docs.tosspayments.com: the secret of that payment, from the approval"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "docs.tosspayments.com: no id; transactionKey and status"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "docs.tosspayments.com: 7 over 3 days 19 h"
        },
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "docs.tosspayments.com: 200; within 10 s by others"
        },
        {"fact": "senders", "confidence": "documented", "source": "docs.tosspayments.com"}
      ],
      "references": ["https://docs.tosspayments.com/guides/webhook"]
    },
    {
      "id": "basic-auth",
      "title": "Any sender, basic authentication",
      "token": {"in": ["header:Authorization"], "basic": true},
      "identity": "digest",
      "secret_headers": ["Authorization"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "RFC 7617; the secret is user:password"
        }
      ],
      "references": ["https://www.rfc-editor.org/rfc/rfc7617"]
    },
    {
      "id": "bearer-token",
      "title": "Any sender, bearer token",
      "token": {"in": ["header:Authorization"], "prefix": "Bearer "},
      "identity": "digest",
      "secret_headers": ["Authorization"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "RFC 6750, section 2.1"
        }
      ],
      "references": ["https://www.rfc-editor.org/rfc/rfc6750"]
    },
    {
      "id": "plaid",
      "title": "Plaid",
      "key": {"kind": "ecdsa-p256", "encoding": "jwks"},
      "web_token": {
        "in": ["header:Plaid-Verification"],
        "algorithms": ["ES256"],
        "body_sha256_claim": "request_body_sha256",
        "age_max": "5m"
      },
      "type_places": ["json:/webhook_code"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "plaid.com/docs: ES256 alone, at most 5 minutes old"
        },
        {"fact": "id", "confidence": "documented", "source": "none"},
        {
          "fact": "type",
          "confidence": "documented",
          "source": "plaid.com/docs: webhook_code beside webhook_type"
        }
      ],
      "references": ["https://plaid.com/docs/api/webhooks/webhook-verification/"]
    },
    {
      "id": "google-pubsub",
      "title": "Google Pub/Sub push",
      "key": {"kind": "rsa", "encoding": "jwks"},
      "key_source": {"key_set": "https://www.googleapis.com/oauth2/v3/certs"},
      "web_token": {
        "in": ["header:Authorization"],
        "prefix": "Bearer ",
        "algorithms": ["RS256"],
        "issuers": ["https://accounts.google.com", "accounts.google.com"],
        "parameters": {"aud": "audience", "email": "service_account"},
        "claims": {"email_verified": "true"}
      },
      "id_places": ["json:/message/messageId"],
      "identity": "unbound_id",
      "secret_headers": ["Authorization"],
      "retry_horizon": "7d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "cloud.google.com/pubsub; the token does not cover the body"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "/message/messageId"},
        {
          "fact": "retries",
          "confidence": "unconfirmed",
          "source": "as long as the subscription keeps messages, 7 days"
        }
      ],
      "references": ["https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions"]
    },
    {
      "id": "monday",
      "title": "monday.com",
      "web_token": {"in": ["header:Authorization"], "algorithms": ["HS256"]},
      "id_places": ["json:/event/triggerUuid"],
      "type_places": ["json:/event/type"],
      "identity": "unbound_id",
      "secret_headers": ["Authorization"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "developer.monday.com: signed with the app secret, without the body"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "triggerUuid in the body"},
        {"fact": "type", "confidence": "unconfirmed", "source": "event/type in the body"}
      ],
      "references": ["https://developer.monday.com/apps/docs/integration-authorization"]
    },
    {
      "id": "event-grid-entra",
      "title": "Azure Event Grid, Entra ID",
      "key": {"kind": "rsa", "encoding": "jwks"},
      "key_source": {"key_set": "https://login.microsoftonline.com/common/discovery/v2.0/keys"},
      "web_token": {
        "in": ["header:Authorization"],
        "prefix": "Bearer ",
        "algorithms": ["RS256"],
        "parameters": {"aud": "audience", "iss": "issuer"}
      },
      "items": {"pattern": "/*", "id_places": ["item:/id"], "type_places": ["item:/eventType"]},
      "id_places": ["header:ce-id+header:ce-source"],
      "type_places": ["header:ce-type"],
      "identity": "unbound_id",
      "secret_headers": ["Authorization"],
      "retry_horizon": "1d",
      "handshakes": ["event_grid_validation", "cloudevents_options"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "learn.microsoft.com/azure/event-grid; the token does not cover the body"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "id of each event; CloudEvents have headers"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "eventType of each event"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "24 hours"},
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "learn.microsoft.com/azure/event-grid"
        }
      ],
      "references": ["https://learn.microsoft.com/azure/event-grid/secure-webhook-delivery"]
    }
    ]
    """#
}
