extension Catalogue {
  /// Codes over the URL, the method, or fields taken out of the body.
  static let composed = #"""
    [
    {
      "id": "twilio-form",
      "title": "Twilio, form posts",
      "digest": "sha1",
      "signature": {"in": ["header:X-Twilio-Signature"], "encoding": "base64"},
      "message": ["{url}", "{form_sorted}"],
      "url_variants": ["as_is", "port_added", "port_removed"],
      "id_places": ["header:I-Twilio-Idempotency-Token"],
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "twilio-python, its test"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "I-Twilio-Idempotency-Token is the same on a retry"
        }
      ],
      "references": ["https://www.twilio.com/docs/usage/security#validating-requests"]
    },
    {
      "id": "twilio-json",
      "title": "Twilio, JSON posts",
      "digest": "sha1",
      "signature": {"in": ["header:X-Twilio-Signature"], "encoding": "base64"},
      "message": ["{url}"],
      "url_variants": ["as_is", "port_added", "port_removed"],
      "body_digest": {"in": "query:bodySHA256", "digest": "sha256", "encoding": "hex"},
      "id_places": ["header:I-Twilio-Idempotency-Token"],
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "twilio-python, its test"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "I-Twilio-Idempotency-Token is the same on a retry"
        }
      ],
      "references": ["https://www.twilio.com/docs/usage/security#validating-requests"]
    },
    {
      "id": "twilio-shared-key",
      "title": "Twilio, shared key",
      "digest": "sha256",
      "signature": {"in": ["header:X-Twilio-Signature"], "encoding": "base64"},
      "message": ["{url}", "{form_sorted}"],
      "url_variants": ["as_is", "port_added", "port_removed"],
      "id_places": ["header:I-Twilio-Idempotency-Token"],
      "identity": "unbound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "twilio-python 9.13.0; the header naming the algorithm is not signed"
        },
        {
          "fact": "id",
          "confidence": "unconfirmed",
          "source": "I-Twilio-Idempotency-Token is the same on a retry"
        }
      ],
      "references": ["https://www.twilio.com/docs/usage/security#validating-requests"]
    },
    {
      "id": "square",
      "title": "Square",
      "digest": "sha256",
      "signature": {"in": ["header:x-square-hmacsha256-signature"], "encoding": "base64"},
      "message": ["{url}", "{body}"],
      "id_places": ["json:/event_id"],
      "type_places": ["json:/type"],
      "identity": "bound_id",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "square-python-sdk, its test"
        },
        {
          "fact": "id",
          "confidence": "documented",
          "source": "square-python-sdk: event_id in the body"
        },
        {"fact": "type", "confidence": "documented", "source": "the same: type"}
      ],
      "references": ["https://developer.squareup.com/docs/webhooks/step3validate"]
    },
    {
      "id": "trello",
      "title": "Trello",
      "digest": "sha1",
      "signature": {"in": ["header:X-Trello-Webhook"], "encoding": "base64"},
      "message": ["{body}", "{url}"],
      "id_places": ["json:/action/id"],
      "type_places": ["json:/action/type"],
      "identity": "bound_id",
      "handshakes": ["head_probe"],
      "senders": {"feed": "https://ip-ranges.atlassian.com/", "shape": "atlassian"},
      "evidence": [
        {
          "fact": "signature",
          "confidence": "third_party",
          "source": "developer.atlassian.com, copies of it"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "in the body"},
        {
          "fact": "handshake",
          "confidence": "documented",
          "source": "developer.atlassian.com"
        },
        {
          "fact": "type",
          "confidence": "third_party",
          "source": "developer.atlassian.com, copies of it"
        },
        {
          "fact": "senders",
          "confidence": "unconfirmed",
          "source": "the ranges of Atlassian, product Trello"
        }
      ],
      "references": ["https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/"]
    },
    {
      "id": "hubspot-v3",
      "title": "HubSpot v3",
      "digest": "sha256",
      "signature": {"in": ["header:X-HubSpot-Signature-v3"], "encoding": "base64"},
      "timestamp": {
        "in": ["header:X-HubSpot-Request-Timestamp"],
        "format": "unix_ms",
        "past": "5m",
        "future": "5m"
      },
      "message": ["{method}", "{url}", "{body}", "{timestamp}"],
      "url_decoding": [
        "%3A", "%2F", "%3F", "%40", "%21", "%24", "%27", "%28", "%29", "%2A", "%2C",
        "%3B"
      ],
      "items": {
        "pattern": "/*",
        "id_places": ["item:/eventId"],
        "type_places": ["item:/subscriptionType"]
      },
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "hubspot-api-python, its test"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "hubspot-api-python: 300 s, the past only"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "one in each item"},
        {"fact": "type", "confidence": "unconfirmed", "source": "one in each item"}
      ],
      "references": [
        "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests"
      ]
    },
    {
      "id": "hubspot-v2",
      "title": "HubSpot v2",
      "mac": "hash",
      "digest": "sha256",
      "signature": {"in": ["header:X-HubSpot-Signature"], "encoding": "hex"},
      "message": ["{secret}", "{method}", "{url}", "{body}"],
      "require": [{"in": "header:X-HubSpot-Signature-Version", "one_of": ["v2"]}],
      "items": {
        "pattern": "/*",
        "id_places": ["item:/eventId"],
        "type_places": ["item:/subscriptionType"]
      },
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "hubspot-api-python, its test"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "one in each item"},
        {"fact": "type", "confidence": "unconfirmed", "source": "one in each item"}
      ],
      "references": [
        "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests"
      ]
    },
    {
      "id": "hubspot-v1",
      "title": "HubSpot v1",
      "mac": "hash",
      "digest": "sha256",
      "signature": {"in": ["header:X-HubSpot-Signature"], "encoding": "hex"},
      "message": ["{secret}", "{body}"],
      "require": [{"in": "header:X-HubSpot-Signature-Version", "one_of": ["v1"]}],
      "items": {
        "pattern": "/*",
        "id_places": ["item:/eventId"],
        "type_places": ["item:/subscriptionType"]
      },
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "hubspot-api-python, its test"
        },
        {"fact": "id", "confidence": "unconfirmed", "source": "one in each item"},
        {"fact": "type", "confidence": "unconfirmed", "source": "one in each item"}
      ],
      "references": [
        "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests"
      ]
    },
    {
      "id": "contentful",
      "title": "Contentful",
      "key": {"encoding": "text", "bytes": 64},
      "digest": "sha256",
      "signature": {"in": ["header:x-contentful-signature"], "encoding": "hex"},
      "timestamp": {
        "in": ["header:x-contentful-timestamp"],
        "format": "unix_ms",
        "past": "5m",
        "future": "5m"
      },
      "message": [
        "{method}", "\n", "{path_escaping_query}", "\n",
        "{signed_headers:x-contentful-signed-headers}", "\n", "{body}"
      ],
      "type_places": ["header:X-Contentful-Topic"],
      "sample_type": "ContentManagement.Entry.publish",
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "contentful/node-apps-toolkit"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "contentful/node-apps-toolkit: 30 s, the past only"
        },
        {"fact": "type", "confidence": "unconfirmed", "source": "X-Contentful-Topic"}
      ],
      "references": ["https://www.contentful.com/developers/docs/webhooks/request-verification/"]
    },
    {
      "id": "adyen-item",
      "title": "Adyen standard payment notifications",
      "key": {"encoding": "hex"},
      "digest": "sha256",
      "signature": {"in": ["item:/additionalData/hmacSignature"], "encoding": "base64"},
      "message": [
        "{item:/pspReference}", ":", "{item?:/originalReference}", ":",
        "{item:/merchantAccountCode}", ":", "{item*:/merchantReference}", ":",
        "{item:/amount/value}", ":", "{item:/amount/currency}", ":", "{item:/eventCode}",
        ":", "{item:/success}"
      ],
      "items": {
        "pattern": "/notificationItems/*/NotificationRequestItem",
        "id_places": ["item:/pspReference+item:/eventCode+item:/success"],
        "type_places": ["item:/eventCode"],
        "signed": true
      },
      "identity": "digest",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "verified",
          "source": "adyen-python-api-library, its test"
        },
        {
          "fact": "reply",
          "confidence": "documented",
          "source": "any 2xx; older ones want [accepted]"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "for days"},
        {
          "fact": "id",
          "confidence": "documented",
          "source": "adyen-python-api-library: pspReference, eventCode and success together"
        },
        {
          "fact": "type",
          "confidence": "documented",
          "source": "adyen-python-api-library: eventCode"
        }
      ],
      "references": [
        "https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/"
      ],
      "reply": {"status": 200, "content_type": "text/plain", "body": "[accepted]"}
    },
    {
      "id": "mailgun",
      "title": "Mailgun",
      "digest": "sha256",
      "signature": {"in": ["json:/signature/signature"], "encoding": "hex"},
      "timestamp": {
        "in": ["json:/signature/timestamp"],
        "format": "unix_s",
        "past": "8h",
        "future": "5m"
      },
      "message": ["{timestamp}", "{json:/signature/token}"],
      "id_places": ["json:/signature/token", "json:/event-data/id"],
      "type_places": ["json:/event-data/event"],
      "identity": "bound_id",
      "retry_horizon": "8h",
      "evidence": [
        {
          "fact": "signature",
          "confidence": "documented",
          "source": "documentation.mailgun.com; it covers time and token, not the event"
        },
        {
          "fact": "timestamp",
          "confidence": "documented",
          "source": "no window is stated"
        },
        {"fact": "retries", "confidence": "unconfirmed", "source": "about 8 hours"},
        {
          "fact": "id",
          "confidence": "documented",
          "source": "documentation.mailgun.com: the token is used once"
        },
        {"fact": "type", "confidence": "documented", "source": "documentation.mailgun.com"}
      ],
      "references": [
        "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"
      ]
    }
    ]
    """#
}
