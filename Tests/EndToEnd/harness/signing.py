"""Signatures as the providers make them, written here a second time on purpose.

The sidecar must agree with an implementation that shares no line with it.
"""

import base64
import hashlib
import hmac
import time
import uuid
from datetime import datetime, timezone

SECRETS = {
    "standard-webhooks": "whsec_" + base64.b64encode(b"standard-webhooks-secret-32bytes").decode(),
    "github": "github secret",
    "stripe": "whsec_stripe_secret_is_text",
    "slack": "8f742231b10e8888abcd99yyyzzz85a5",
    "shopify": "hush",
    "svix": "whsec_" + base64.b64encode(b"svix-secret-of-thirty-two-bytes!").decode(),
    "toss": "toss security key",
}


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def new_id() -> str:
    return str(uuid.uuid4())


def sign(profile, body, secret=None, event_id=None, now=None, event_type="ping"):
    """The headers of one delivery, as a list of pairs."""
    secret = SECRETS[profile] if secret is None else secret
    event_id = new_id() if event_id is None else event_id
    now = int(time.time() if now is None else now)
    return _SIGNERS[profile](body, secret, event_id, now, event_type)


def _github(body, secret, event_id, now, event_type):
    digest = mac(secret.encode(), body).hex()
    headers = [("X-Hub-Signature-256", "sha256=" + digest), ("X-GitHub-Event", event_type)]
    return headers + ([("X-GitHub-Delivery", event_id)] if event_id else [])


def _stripe(body, secret, event_id, now, event_type):
    digest = mac(secret.encode(), b"%d." % now + body).hex()
    return [("Stripe-Signature", f"t={now},v1={digest}")]


def _slack(body, secret, event_id, now, event_type):
    digest = mac(secret.encode(), b"v0:%d:" % now + body).hex()
    return [("X-Slack-Signature", "v0=" + digest), ("X-Slack-Request-Timestamp", str(now))]


def _shopify(body, secret, event_id, now, event_type):
    digest = base64.b64encode(mac(secret.encode(), body)).decode()
    headers = [("X-Shopify-Hmac-Sha256", digest), ("X-Shopify-Topic", event_type)]
    return headers + ([("X-Shopify-Webhook-Id", event_id)] if event_id else [])


def _standard(prefix):
    def signer(body, secret, event_id, now, event_type):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = base64.b64encode(mac(key, f"{event_id}.{now}.".encode() + body)).decode()
        return [
            (f"{prefix}-id", event_id),
            (f"{prefix}-timestamp", str(now)),
            (f"{prefix}-signature", "v1," + digest),
        ]

    return signer


def _toss(body, secret, event_id, now, event_type):
    stamp = datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(mac(secret.encode(), body + b":" + stamp.encode())).decode()
    return [
        ("tosspayments-webhook-signature", "v1:" + digest),
        ("tosspayments-webhook-transmission-time", stamp),
        ("tosspayments-webhook-transmission-id", event_id),
    ]


_SIGNERS = {
    "github": _github,
    "stripe": _stripe,
    "slack": _slack,
    "shopify": _shopify,
    "standard-webhooks": _standard("webhook"),
    "svix": _standard("svix"),
    "toss": _toss,
}
