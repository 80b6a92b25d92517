extension Catalogue {
  /// Codes over the body, with or without a time inside of it.
  static let body1 = #"""
    [
    {
      "id": "github",
      "title": "GitHub",
      "digest": "sha256",
      "signature": {"in": ["header:X-Hub-Signature-256"], "prefix": "sha256=", "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["header:X-GitHub-Delivery"],
      "type_places": ["header:X-GitHub-Event"],
      "identity": "unbound_id",
      "sample_type": "ping",
      "reply": {"status": 200, "deadline": "10s"},
      "retry_horizon": "0s",
      "redelivery_horizon": "3d",
      "senders": {"feed": "https://api.github.com/meta", "shape": "github"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "docs.github.com, the example; octokit"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "docs.github.com: the same on redelivery"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "docs.github.com: failed deliveries are not redelivered by itself"
        },
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "docs.github.com: 2xx within 10 s"
        },
        {
          "fact": "senders",
          "confidence": "documented",
          "source": "docs.github.com: the field hooks of /meta"
        },
        {"fact": "type", "confidence": "documented", "source": "docs.github.com"}
      ],
      "references": [
        "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"
      ]
    },
    {
      "id": "atlassian",
      "title": "Atlassian (Bitbucket, Jira)",
      "digest": "sha256",
      "signature": {"in": ["header:X-Hub-Signature"], "prefix": "sha256=", "encoding": "hex"},
      "message": ["{body}"],
      "id_places": [
        "header:X-Request-UUID", "header:X-Atlassian-Webhook-Identifier",
        "header:X-Request-Id"
      ],
      "type_places": ["header:X-Event-Key", "json:/webhookEvent"],
      "identity": "unbound_id",
      "sample_type": "repo:push",
      "senders": {"feed": "https://ip-ranges.atlassian.com/", "shape": "atlassian"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "support.atlassian.com, developer.atlassian.com"
        },
        {
          "fact": "id",
          "confidence": "third_party",
          "source": "whether it is the same on a retry is not stated"
        },
        {
          "fact": "senders",
          "confidence": "unconfirmed",
          "source": "the feed, filtered by product and direction egress"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "X-Event-Key at Bitbucket; Jira has webhookEvent in the body"
        }
      ],
      "references": [
        "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
        "https://developer.atlassian.com/cloud/jira/platform/webhooks/"
      ]
    },
    {
      "id": "gitea",
      "title": "Gitea, Forgejo, Gogs",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Gitea-Signature", "header:X-Gogs-Signature"],
        "encoding": "hex"
      },
      "message": ["{body}"],
      "id_places": ["header:X-Gitea-Delivery", "header:X-Gogs-Delivery"],
      "type_places": ["header:X-Gitea-Event", "header:X-Gogs-Event"],
      "identity": "unbound_id",
      "sample_type": "push",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "go-gitea/gitea services/webhook/deliver.go"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "the same file; whether it is the same on a redelivery is not stated"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "go-gitea/gitea, services/webhook/deliver.go"
        }
      ],
      "references": ["https://docs.gitea.com/usage/webhooks"]
    },
    {
      "id": "gitea-form",
      "title": "Gitea, Forgejo, posting forms",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Gitea-Signature", "header:X-Gogs-Signature"],
        "encoding": "hex"
      },
      "message": ["{form:payload}"],
      "id_places": ["header:X-Gitea-Delivery", "header:X-Gogs-Delivery"],
      "type_places": ["header:X-Gitea-Event", "header:X-Gogs-Event"],
      "sample_type": "push",
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "go-gitea/gitea deliver.go: the JSON is signed, not the form"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "go-gitea/gitea, services/webhook/deliver.go"
        },
        {"fact": "type", "confidence": "documented", "source": "the same"}
      ],
      "references": ["https://docs.gitea.com/usage/webhooks"]
    },
    {
      "id": "shopify",
      "title": "Shopify",
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Shopify-Hmac-Sha256", "header:Shopify-Hmac-Sha256"],
        "encoding": "base64"
      },
      "message": ["{body}"],
      "id_places": ["header:X-Shopify-Event-Id", "header:X-Shopify-Webhook-Id"],
      "type_places": ["header:X-Shopify-Topic"],
      "identity": "unbound_id",
      "sample_type": "orders/create",
      "retry_horizon": "4h",
      "reply": {"status": 200, "deadline": "5s"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "shopify.dev, verify deliveries"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "shopify.dev: one page names Event-Id, the newer one Webhook-Id"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "shopify.dev: 8 over 4 hours"
        },
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "shopify.dev: 2xx within 5 s"
        },
        {"fact": "type", "confidence": "documented", "source": "shopify.dev"}
      ],
      "references": ["https://shopify.dev/docs/apps/build/webhooks/subscribe/https"]
    },
    {
      "id": "line",
      "title": "LINE",
      "digest": "sha256",
      "signature": {"in": ["header:X-Line-Signature"], "encoding": "base64"},
      "message": ["{body}"],
      "identity": "digest",
      "items": {
        "pattern": "/events/*",
        "id_places": ["item:/webhookEventId"],
        "type_places": ["item:/type"]
      },
      "handshakes": ["line_probe"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "line-bot-sdk-python, its test"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "developers.line.biz: one in each event"
        },
        {
          "fact": "handshake",
          "confidence": "verified",
          "source": "an empty list of events"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "line-bot-sdk-python: one in each event"
        }
      ],
      "references": ["https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/"]
    },
    {
      "id": "meta",
      "title": "Meta (Facebook, Instagram, WhatsApp)",
      "digest": "sha256",
      "signature": {"in": ["header:X-Hub-Signature-256"], "prefix": "sha256=", "encoding": "hex"},
      "message": ["{body}"],
      "type_places": ["json:/object"],
      "identity": "digest",
      "sample_type": "page",
      "items": {"pattern": "/entry/*", "id_places": [], "type_places": ["item:/changes/0/field"]},
      "handshakes": ["meta_challenge"],
      "retry_horizon": "36h",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "pywa; developers.facebook.com"
        },
        {
          "fact": "id",
          "confidence": "third_party",
          "source": "none in a delivery; messages have their own"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "about 36 hours"},
        {"fact": "handshake", "confidence": "third_party", "source": "pywa"},
        {
          "fact": "type",
          "confidence": "third_party",
          "source": "object in the body; the fields are in the entries"
        }
      ],
      "references": ["https://developers.facebook.com/docs/graph-api/webhooks/getting-started"]
    },
    {
      "id": "intercom",
      "title": "Intercom",
      "digest": "sha1",
      "signature": {"in": ["header:X-Hub-Signature"], "prefix": "sha1=", "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/topic"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {"fact": "type", "confidence": "unconfirmed", "source": "topic in the body"}
      ],
      "references": ["https://developers.intercom.com/docs/webhooks/setting-up-webhooks"]
    },
    {
      "id": "linear",
      "title": "Linear",
      "digest": "sha256",
      "signature": {"in": ["header:Linear-Signature"], "encoding": "hex"},
      "timestamp": {
        "in": ["json:/webhookTimestamp"],
        "format": "unix_ms",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{body}"],
      "id_places": ["header:Linear-Delivery"],
      "type_places": ["header:Linear-Event", "json:/type"],
      "sample_type": "Issue",
      "identity": "unbound_id",
      "retry_horizon": "8h",
      "reply": {"status": 200, "deadline": "5s"},
      "senders": {
        "addresses": [
          "35.231.147.226", "35.243.134.228", "34.140.253.14",
          "34.38.87.206", "34.134.222.122", "35.222.25.142"
        ]
      },
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "linear/linear packages/sdk/src/webhooks/client.ts"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "the same file: 60 s both ways"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "linear.app: unique to a payload"
        },
        {
          "fact": "retries",
          "confidence": "third_party",
          "source": "after 1 min, 1 h and 6 h"
        },
        {
          "fact": "senders",
          "confidence": "documented",
          "source": "linear.app, a mirror of the page"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "linear/linear, packages/sdk/src/webhooks"
        },
        {"fact": "reply", "confidence": "documented", "source": "linear.app: 200 within 5 s"}
      ],
      "references": ["https://linear.app/developers/webhooks"]
    },
    {
      "id": "notion",
      "title": "Notion",
      "digest": "sha256",
      "signature": {"in": ["header:X-Notion-Signature"], "prefix": "sha256=", "encoding": "hex"},
      "message": ["{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "handshakes": ["notion_token"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "developers.notion.com, the example"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "makenotion/notion-sdk-js"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "in the body"}
      ],
      "references": ["https://developers.notion.com/reference/webhooks"]
    },
    {
      "id": "asana",
      "title": "Asana",
      "digest": "sha256",
      "signature": {"in": ["header:X-Hook-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "type_places": ["json:/events/0/action"],
      "identity": "digest",
      "items": {"pattern": "/events/*", "type_places": ["item:/action"]},
      "handshakes": ["asana_secret"],
      "retry_horizon": "1d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "Asana/developer-docs; the encoding is unconfirmed"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "developers.asana.com: deleted after 24 hours of failure"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "developers.asana.com"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "Asana/developer-docs: one in each event"
        }
      ],
      "references": ["https://developers.asana.com/docs/webhooks-guide"]
    },
    {
      "id": "dropbox",
      "title": "Dropbox",
      "digest": "sha256",
      "signature": {"in": ["header:X-Dropbox-Signature"], "encoding": "hex"},
      "message": ["{body}"],
      "identity": "none",
      "handshakes": ["dropbox_challenge"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills"
        },
        {
          "fact": "id",
          "confidence": "third_party",
          "source": "none: the body lists accounts, and repeats"
        },
        {
          "fact": "handshake",
          "confidence": "unconfirmed",
          "source": "dropbox.com/developers"
        }
      ],
      "references": ["https://www.dropbox.com/developers/reference/webhooks"]
    },
    {
      "id": "typeform",
      "title": "Typeform",
      "digest": "sha256",
      "signature": {"in": ["header:Typeform-Signature"], "prefix": "sha256=", "encoding": "base64"},
      "message": ["{body}"],
      "id_places": ["json:/event_id"],
      "type_places": ["json:/event_type"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills: base64 behind sha256="
        },
        {"fact": "id", "confidence": "third_party", "source": "event_id in the body"},
        {"fact": "type", "confidence": "third_party", "source": "event_type in the body"}
      ],
      "references": ["https://www.typeform.com/developers/webhooks/secure-your-webhooks/"]
    },
    {
      "id": "docusign",
      "title": "DocuSign Connect",
      "digest": "sha256",
      "signature": {"in": ["header:X-DocuSign-Signature-*"], "all": true, "encoding": "base64"},
      "message": ["{body}"],
      "type_places": ["json:/event"],
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "hookdeck/webhook-skills: one header for each active key"
        },
        {"fact": "type", "confidence": "third_party", "source": "event in the body"}
      ],
      "references": ["https://developers.docusign.com/platform/webhooks/connect/hmac/"]
    }
    ]
    """#
}
