extension Catalogue {
  /// Signatures of the provider's own private key.
  static let publicKeys = #"""
    [
    {
      "id": "discord",
      "title": "Discord",
      "key": {"kind": "ed25519", "encoding": "hex"},
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Signature-Ed25519"], "algorithm": "ed25519", "encoding": "hex"
      },
      "timestamp": {
        "in": ["header:X-Signature-Timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{timestamp}", "{body}"],
      "id_places": ["json:/id"],
      "type_places": ["json:/event/type", "json:/type"],
      "identity": "bound_id",
      "retry_horizon": "10m",
      "reply": {"status": 204, "deadline": "3s"},
      "handshakes": ["discord_ping", "discord_event_ping"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "discord/discord-api-docs"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "interactions have one; events do not"
        },
        {"fact": "reply", "confidence": "documented", "source": "204 within 3 s"},
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "discord/discord-api-docs: probes with wrong signatures want 401"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "discord/discord-api-docs; no window is stated"
        },
        {"fact": "type", "confidence": "documented", "source": "discord/discord-api-docs"},
        {
          "fact": "retries",
          "confidence": "documented",
          "source": "discord/discord-api-docs: webhook events, up to 10 minutes"
        }
      ],
      "references": ["https://discord.com/developers/docs/interactions/overview"]
    },
    {
      "id": "sendgrid",
      "title": "SendGrid Event Webhook",
      "key": {"kind": "ecdsa-p256", "encoding": "base64"},
      "digest": "sha256",
      "signature": {
        "in": ["header:X-Twilio-Email-Event-Webhook-Signature"],
        "algorithm": "ecdsa-p256-sha256",
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:X-Twilio-Email-Event-Webhook-Timestamp"],
        "format": "unix_s",
        "past": "3d",
        "future": "5m"
      },
      "message": ["{timestamp}", "{body}"],
      "items": {
        "pattern": "/*", "id_places": ["item:/sg_event_id"], "type_places": ["item:/event"]
      },
      "identity": "digest",
      "retry_horizon": "3d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "sendgrid-python, its test: the trailing CR LF is signed"
        },
        {
          "fact": "timestamp",
          "confidence": "unconfirmed",
          "source": "not stated whether a retry carries a fresh one"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "three days"},
        {"fact": "id", "confidence": "documented", "source": "sg_event_id of each event"},
        {"fact": "type", "confidence": "documented", "source": "event of each event"}
      ],
      "references": ["https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event"]
    },
    {
      "id": "paypal",
      "title": "PayPal",
      "key": {"kind": "rsa", "encoding": "pem"},
      "key_source": {
        "certificate_in": "header:PAYPAL-CERT-URL",
        "hosts": ["api.paypal.com", "api.sandbox.paypal.com"],
        "subjects": ["*.paypal.com", "*.sandbox.paypal.com"]
      },
      "digest": "sha256",
      "signature": {
        "in": ["header:PAYPAL-TRANSMISSION-SIG"],
        "algorithm": "rsa-pkcs1-sha256",
        "encoding": "base64"
      },
      "timestamp": {
        "in": ["header:PAYPAL-TRANSMISSION-TIME"],
        "format": "rfc3339",
        "past": "3d",
        "future": "5m"
      },
      "message": [
        "{header:PAYPAL-TRANSMISSION-ID}", "|", "{timestamp}", "|",
        "{parameter:webhook_id}", "|", "{crc32}"
      ],
      "require": [{"in": "header:PAYPAL-AUTH-ALGO", "one_of": ["SHA256withRSA"]}],
      "id_places": ["json:/id"],
      "type_places": ["json:/event_type"],
      "identity": "unbound_id",
      "retry_horizon": "3d",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "PayPal-Python-SDK; the body is covered by its CRC-32 alone"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "in the body; the transmission's is new for every attempt"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "25 over 3 days"},
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "PayPal-Python-SDK; no window is stated"
        },
        {"fact": "type", "confidence": "documented", "source": "PayPal-Python-SDK"}
      ],
      "references": ["https://developer.paypal.com/api/rest/webhooks/rest/"]
    },
    {
      "id": "aws-sns",
      "title": "Amazon SNS",
      "key": {"kind": "rsa", "encoding": "pem"},
      "key_source": {
        "certificate_in": "json:/SigningCertURL",
        "hosts": ["sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"],
        "path_suffix": ".pem",
        "subjects": ["sns.amazonaws.com", "*.amazonaws.com"]
      },
      "digest": "sha256",
      "signature": {
        "in": ["json:/Signature"],
        "version_in": "json:/SignatureVersion",
        "versions": {"1": "rsa-pkcs1-sha1", "2": "rsa-pkcs1-sha256"},
        "encoding": "base64"
      },
      "timestamp": {"in": ["json:/Timestamp"], "format": "rfc3339", "past": "1d", "future": "5m"},
      "message": [
        "{line*:/Message}", "{line:/MessageId}", "{line?:/Subject}",
        "{line?:/SubscribeURL}", "{line:/Timestamp}", "{line?:/Token}",
        "{line:/TopicArn}", "{line:/Type}"
      ],
      "require": [{"in": "json:/TopicArn", "setting": "topic_arn", "optional": true}],
      "id_places": ["json:/MessageId"],
      "type_places": ["json:/Type"],
      "identity": "bound_id",
      "retry_horizon": "1d",
      "handshakes": ["sns_confirmation"],
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "aws-js-sns-message-validator"
        },
        {
          "fact": "retries",
          "confidence": "unconfirmed",
          "source": "HTTP endpoints: up to an hour by default, longer by policy"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "aws-js-sns-message-validator; no window is stated"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "aws-js-sns-message-validator: MessageId"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "aws-js-sns-message-validator: Type"
        },
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "aws-js-sns-message-validator: SubscribeURL"
        }
      ],
      "references": [
        "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"
      ]
    },
    {
      "id": "fal",
      "title": "fal.ai",
      "key": {"kind": "ed25519", "encoding": "jwks"},
      "key_source": {"key_set": "https://rest.alpha.fal.ai/.well-known/jwks.json"},
      "digest": "sha256",
      "signature": {
        "in": ["header:x-fal-webhook-signature"],
        "algorithm": "ed25519",
        "encoding": "hex"
      },
      "timestamp": {
        "in": ["header:x-fal-webhook-timestamp"],
        "format": "unix_s",
        "past": "5m",
        "future": "5m"
      },
      "message": [
        "{header:x-fal-webhook-request-id}", "\n", "{header:x-fal-webhook-user-id}",
        "\n", "{timestamp}", "\n", "{body_sha256}"
      ],
      "id_places": ["header:x-fal-webhook-request-id"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "docs.fal.ai, copies of it"
        },
        {
          "fact": "timestamp",
          "confidence": "third_party",
          "source": "docs.fal.ai, copies of it: 300 s"
        },
        {"fact": "id", "confidence": "third_party", "source": "docs.fal.ai, copies of it"}
      ],
      "references": ["https://docs.fal.ai/model-apis/model-endpoints/webhooks"]
    },
    {
      "id": "http-message-signatures",
      "title": "HTTP Message Signatures (RFC 9421)",
      "key": {"kind": "public", "encoding": "pem"},
      "http_signature": {
        "algorithms": [
          "ed25519", "ecdsa-p256-sha256", "rsa-v1_5-sha256",
          "rsa-pss-sha512"
        ],
        "components": ["@method", "@target-uri", "content-digest"]
      },
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "RFC 9421, appendix B"
        }
      ],
      "references": [
        "https://www.rfc-editor.org/rfc/rfc9421",
        "https://www.rfc-editor.org/rfc/rfc9530"
      ]
    },
    {
      "id": "http-message-signatures-hmac",
      "title": "HTTP Message Signatures (RFC 9421), shared secret",
      "key": {"encoding": "base64"},
      "http_signature": {
        "algorithms": ["hmac-sha256"],
        "components": ["@method", "@target-uri", "content-digest"]
      },
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "RFC 9421, appendix B.2.5"
        }
      ],
      "references": [
        "https://www.rfc-editor.org/rfc/rfc9421",
        "https://www.rfc-editor.org/rfc/rfc9530"
      ]
    }
    ]
    """#
}
