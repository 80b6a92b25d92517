extension Catalogue {
  /// Standard Webhooks, and those who follow it.
  static let standardWebhooks = #"""
    [
    {
      "id": "standard-webhooks",
      "title": "Standard Webhooks",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "the specification's vectors, v1 and v1a"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "300 s both ways in the libraries; a retry carries a fresh one"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "the specification: the same on every retry"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "the specification's example schedule ends after some 76 hours"
        },
        {"fact": "type", "confidence": "documented", "source": "specification: type in the body"},
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "specification: 2xx within 15 to 30 s"
        }
      ],
      "references": [
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"
      ],
      "reply": {"status": 200, "deadline": "15s"}
    },
    {
      "id": "svix",
      "title": "Svix",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:svix-signature", "header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:svix-timestamp", "header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:svix-id", "header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "svix-webhooks, its libraries' vectors"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "docs.svix.com: the same on every retry"
        },
        {
          "fact": "senders",
          "confidence": "third_party",
          "source": "docs.svix.com/receiving/source-ips, copies of it"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "svix/svix-webhooks: 300 s both ways"
        },
        {
          "fact": "type",
          "confidence": "unconfirmed",
          "source": "in the body, as Standard Webhooks"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "as Standard Webhooks"}
      ],
      "references": ["https://docs.svix.com/receiving/verifying-payloads/how-manual"],
      "senders": {
        "addresses": [
          "44.228.126.217", "50.112.21.217", "52.24.126.164",
          "54.148.139.208", "52.215.16.239", "54.216.8.72", "63.33.109.123",
          "2600:1f24:64:8000::/52"
        ]
      }
    },
    {
      "id": "portone",
      "title": "PortOne V2",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "portone-io/server-sdk"
        },
        {
          "fact": "senders",
          "confidence": "documented",
          "source": "developers.portone.io"
        },
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "developers.portone.io: at most 5 attempts"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "portone-io/server-sdk: 300 s both ways"
        },
        {"fact": "id", "confidence": "documented", "source": "portone-io/server-sdk"},
        {"fact": "type", "confidence": "documented", "source": "developers.portone.io"}
      ],
      "references": ["https://developers.portone.io/opi/ko/integration/webhook/readme-v2"],
      "senders": {"addresses": ["52.78.5.241"]}
    },
    {
      "id": "gitlab",
      "title": "GitLab, signing token",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:webhook-id"],
      "type_places": ["header:X-Gitlab-Event", "json:/object_kind"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "GitLab, merge request 230944"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "GitLab: webhook-id is equal to Idempotency-Key"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "docs.gitlab.com; no window is stated"
        },
        {"fact": "type", "confidence": "documented", "source": "docs.gitlab.com"},
        {
          "fact": "retries",
          "confidence": "unconfirmed",
          "source": "not stated; as the schedule of Standard Webhooks"
        }
      ],
      "references": ["https://docs.gitlab.com/user/project/integrations/webhooks/"],
      "sample_type": "Push Hook"
    },
    {
      "id": "clerk",
      "title": "Clerk",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:svix-signature", "header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:svix-timestamp", "header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:svix-id", "header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "said to follow Standard Webhooks"
        },
        {"fact": "timestamp", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "id", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "type", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "as Standard Webhooks"}
      ],
      "references": ["https://clerk.com/docs/webhooks/overview"]
    },
    {
      "id": "resend",
      "title": "Resend",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:svix-signature", "header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:svix-timestamp", "header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:svix-id", "header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "said to follow Standard Webhooks"
        },
        {"fact": "timestamp", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "id", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "type", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "as Standard Webhooks"}
      ],
      "references": ["https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests"]
    },
    {
      "id": "openai",
      "title": "OpenAI",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "said to follow Standard Webhooks"
        },
        {"fact": "timestamp", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "id", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "type", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "as Standard Webhooks"}
      ],
      "references": ["https://platform.openai.com/docs/guides/webhooks"]
    },
    {
      "id": "replicate",
      "title": "Replicate",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "said to follow Standard Webhooks"
        },
        {"fact": "timestamp", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "id", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "type", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "as Standard Webhooks"}
      ],
      "references": ["https://replicate.com/docs/topics/webhooks/verify-webhook"]
    },
    {
      "id": "dodo",
      "title": "Dodo Payments",
      "key": {
        "encoding": "base64",
        "strip": "whsec_",
        "ed25519_public": "whpk_",
        "ed25519_private": "whsk_"
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:webhook-signature"],
        "separator": " ",
        "assignment": ",",
        "versions": {"v1": "hmac", "v1a": "ed25519"},
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{id}", ".", "{timestamp}", ".", "{body}"],
      "id_places": ["header:webhook-id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "retry_horizon": "4d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "unconfirmed",
          "source": "said to follow Standard Webhooks"
        },
        {"fact": "timestamp", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "id", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "type", "confidence": "unconfirmed", "source": "as Standard Webhooks"},
        {"fact": "retries", "confidence": "unconfirmed", "source": "as Standard Webhooks"}
      ],
      "references": ["https://docs.dodopayments.com/developer-resources/webhooks"]
    }
    ]
    """#
}
