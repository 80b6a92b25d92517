"""The providers' own libraries: what they sign verifies here, what is signed here verifies there,
and what they refuse is refused here."""

import base64
import datetime
import json
import random
import string
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import slack_sdk.signature
import standardwebhooks
import stripe
import svix

COUNTS = {"fast": 10, "whole": 1000, "campaign": 1000}


def word(rng, count):
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(count))


def random_body(rng):
    kind = rng.randrange(5)
    if kind == 0:
        return json.dumps({"id": "evt_" + word(rng, 8), "object": "event", "text": word(rng, 40),
                           "ü": "Grüße 🚀"}, ensure_ascii=rng.random() < 0.5)
    if kind == 1:
        return "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(160, 0x2fff)]))
                       for _ in range(rng.randrange(0, 200)))
    if kind == 2:
        return "payload=" + "%2B".join(word(rng, 5) for _ in range(rng.randrange(1, 30)))
    if kind == 3:
        return json.dumps([word(rng, 20)] * rng.randrange(0, 300), indent=2) + "\n"
    return word(rng, rng.choice([0, 1, 63, 64, 65, 1000]))


class StandardWebhooks:
    profile = "standard-webhooks"

    def __init__(self, rng):
        self.secret = "whsec_" + base64.b64encode(rng.randbytes(rng.randrange(24, 65))).decode()
        self.library = standardwebhooks.Webhook(self.secret)

    def sign(self, rng, body, now):
        message = "msg_" + word(rng, 20)
        when = datetime.datetime.fromtimestamp(now, tz=datetime.timezone.utc)
        return {self.prefix + "id": message, self.prefix + "timestamp": str(now),
                self.prefix + "signature": self.library.sign(message, when, body)}

    prefix = "webhook-"

    def accepts(self, headers, body):
        try:
            self.library.verify(body.encode(), headers)
            return True
        except json.JSONDecodeError:
            return True  # The signature was right; the body is none of JSON.
        except (standardwebhooks.WebhookVerificationError, ValueError):
            return False  # The library stumbles over some malformed headers.


class Svix(StandardWebhooks):
    profile = "svix"
    prefix = "svix-"

    def __init__(self, rng):
        super().__init__(rng)
        self.library = svix.Webhook(self.secret)

    def accepts(self, headers, body):
        try:
            self.library.verify(body.encode(), headers)
            return True
        except json.JSONDecodeError:
            return True
        except (svix.webhooks.WebhookVerificationError, ValueError):
            return False


class Stripe:
    profile = "stripe"

    def __init__(self, rng):
        self.secret = "whsec_" + word(rng, 32)

    def sign(self, rng, body, now):
        signature = stripe.WebhookSignature._compute_signature(f"{now}.{body}", self.secret)
        others = "".join(f",v0={word(rng, 8)}" for _ in range(rng.randrange(2)))
        return {"Stripe-Signature": f"t={now}{others},v1={signature}"}

    def accepts(self, headers, body):
        try:
            return stripe.WebhookSignature.verify_header(
                body, headers.get("Stripe-Signature", ""), self.secret, tolerance=300)
        except stripe.SignatureVerificationError:
            return False


class Slack:
    profile = "slack"

    def __init__(self, rng):
        self.secret = word(rng, 32)
        self.library = slack_sdk.signature.SignatureVerifier(self.secret)

    def sign(self, rng, body, now):
        signature = self.library.generate_signature(timestamp=str(now), body=body)
        return {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": signature}

    def accepts(self, headers, body):
        try:
            return self.library.is_valid(
                body, headers.get("X-Slack-Request-Timestamp", ""),
                headers.get("X-Slack-Signature", ""))
        except ValueError:
            return False


LIBRARIES = [StandardWebhooks, Svix, Stripe, Slack]


def verify(cli, peer, headers, body, now):
    """At the time of its signing: a thousand of them may take a starved machine minutes."""
    lines = ["POST /in HTTP/1.1"] + [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body.encode()
    return cli("verify", "--profile", peer.profile, "--secret", "literal:" + peer.secret,
               "--request", "-", "--json", "--now", str(now), input=request)


def together(work, cases):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda case: work(*case), cases))


def cases(library, effort, seed):
    rng = random.Random(f"{library.profile} {seed}")
    for _ in range(COUNTS[effort]):
        yield library(rng), random_body(rng), rng


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda it: it.profile)
def test_what_they_sign_is_accepted(cli, library, effort):
    now = int(time.time())
    signed = [(peer, peer.sign(rng, body, now), body, now)
              for peer, body, rng in cases(library, effort, 1)]
    for (_, _, body, _), result in zip(
            signed, together(lambda *case: verify(cli, *case), signed), strict=True):
        assert result.returncode == 0, (result, body)
    print(f"{library.profile}: {len(signed)} signed by the library, accepted")


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda it: it.profile)
def test_they_accept_what_is_signed_here(cli, library, effort):
    def sign(peer, body):
        result = cli("sign", "--profile", peer.profile, "--secret", "literal:" + peer.secret,
                     "--body", "-", "--json", input=body.encode())
        assert result.returncode == 0, result
        headers = dict(json.loads(result.stdout)["headers"])
        # At once: the libraries have their own clocks.
        return headers, peer.accepts(headers, body)

    bodies = [(peer, body) for peer, body, _ in cases(library, effort, 2)]
    for (_, body), (headers, accepted) in zip(bodies, together(sign, bodies), strict=True):
        assert accepted, (headers, body)
    print(f"{library.profile}: {len(bodies)} signed here, accepted by the library")


def spoilt(rng, headers, body):
    """A change for which there is cause to refuse."""
    headers = dict(headers)
    kind = rng.randrange(6)
    if kind == 0:
        return headers, body + "x"
    if kind == 1 and body:
        at = rng.randrange(len(body))
        return headers, body[:at] + chr(ord(body[at]) ^ 1) + body[at + 1:]
    name = rng.choice(list(headers))
    if kind == 2:
        del headers[name]
        return headers, body
    if kind == 3:
        # A time of an hour ago or ahead, under the signature of now.
        for each, value in headers.items():
            now = next((part for part in value.replace("=", ",").split(",")
                        if part.isdigit() and len(part) == 10), None)
            if now:
                headers[each] = value.replace(now, str(int(now) + rng.choice([-3600, 3600])))
        return headers, body
    value = headers[name]
    at = rng.randrange(len(value))
    digit = "0" if value[at] != "0" else "1"
    headers[name] = value[:at] + digit + value[at + 1:]
    return headers, body


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda it: it.profile)
def test_what_they_refuse_is_refused(cli, library, effort):
    refused = []
    for peer, body, rng in cases(library, effort, 3):
        now = int(time.time())
        headers, changed = spoilt(rng, peer.sign(rng, body, now), body)
        if not peer.accepts(headers, changed):
            refused.append((peer, headers, changed, now))
    assert len(refused) >= COUNTS[effort] // 2
    for (_, headers, body, _), result in zip(
            refused, together(lambda *case: verify(cli, *case), refused), strict=True):
        assert result.returncode == 1, (result, headers, body)
    print(f"{library.profile}: {len(refused)} refused by the library, refused here")


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda it: it.profile)
def test_an_old_time_with_a_right_signature_is_refused_by_both(cli, library, effort):
    old = []
    for peer, body, rng in cases(library, "fast", 4):
        now = int(time.time())
        headers = peer.sign(rng, body, now - 3600)
        assert not peer.accepts(headers, body)
        old.append((peer, headers, body, now))
    for result in together(lambda *case: verify(cli, *case), old):
        answer = json.loads(result.stdout)
        assert result.returncode == 1 and answer["failure"] == "timestamp_too_old", result


def test_the_reference_is_not_fooled_either():
    """A control: the libraries do refuse, so that agreeing with them means something."""
    rng = random.Random(5)
    for library in LIBRARIES:
        peer = library(rng)
        headers = peer.sign(rng, "{}", int(time.time()))
        assert peer.accepts(headers, "{}") and not peer.accepts(headers, "{ }")
