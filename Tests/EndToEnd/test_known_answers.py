"""Requests with known answers: each verifies, and not with one bit flipped or another secret."""

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import known_requests

REQUESTS = known_requests()


def name(entry):
    return f"{entry['profile']}-{entry['vector']}"


def text(entry, headers=None, body=None):
    lines = [f"{entry['method']} / HTTP/1.1".encode()]
    lines += [key.encode() + b": " + value for key, value in headers or raw_headers(entry)]
    body = base64.b64decode(entry["body_base64"]) if body is None else body
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def raw_headers(entry):
    return [(key, value.encode()) for key, value in entry["headers"]]


def verify(cli, entry, request, secret=None):
    now = ["--now", entry["now"]] if entry["now"] else []
    return cli("verify", "--profile", entry["profile"], "--secret",
               "literal:" + (secret or entry["secrets"][0]), "--request", "-", "--json", *now,
               input=request)


def assert_refused(result, what):
    assert result.returncode in (1, 2), f"{what}: {result}"
    if result.returncode == 1:
        assert json.loads(result.stdout)["verified"] is False


@pytest.mark.parametrize("entry", REQUESTS, ids=name)
def test_it_verifies(cli, entry):
    result = verify(cli, entry, text(entry))
    assert result.returncode == 0, result
    answer = json.loads(result.stdout)
    assert answer["verified"] is True and answer["profile"] == entry["profile"]
    wanted = {key.lower(): value for key, value in entry["headers"]}.get("webhook-id")
    if wanted:
        assert answer["event_id"] == wanted


@pytest.mark.parametrize("entry", REQUESTS, ids=name)
def test_another_secret_is_refused(cli, entry):
    secret = entry["secrets"][0]
    prefix = next((p for p in ("whsec_", "whpk_") if secret.startswith(p)
                   and entry["profile"] != "stripe"), "")
    other = prefix + base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode()
    assert_refused(verify(cli, entry, text(entry), other), "another secret")


def matching_signature(entry):
    """The part of the signature header that belongs to this body, found by signing it here."""
    body, headers = base64.b64decode(entry["body_base64"]), dict(entry["headers"])
    headers = {key.lower(): value for key, value in headers.items()}
    secret, profile = entry["secrets"][0], entry["profile"]
    if entry["vector"] == "v1a":
        return headers["webhook-signature"].removeprefix("v1a,")
    key = secret.encode()
    if profile in ("standard-webhooks", "svix"):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        body = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    elif profile == "stripe":
        body = headers["stripe-signature"].split(",")[0].removeprefix("t=").encode() + b"." + body
    elif profile == "slack":
        body = f"v0:{headers['x-slack-request-timestamp']}:".encode() + body
    elif profile == "toss":
        body += b":" + headers["tosspayments-webhook-transmission-time"].encode()
    digest = hmac.new(key, body, hashlib.sha256).digest()
    in_base64 = profile in ("standard-webhooks", "svix", "toss", "shopify")
    return base64.b64encode(digest).decode() if in_base64 else digest.hex()


def places(entry):
    """Header and bytes of what must not change: signature, id and timestamp."""
    signature = matching_signature(entry)
    found = 0
    for index, (key, value) in enumerate(entry["headers"]):
        if signature in value:
            found += 1
            yield index, range(value.index(signature), value.index(signature) + len(signature))
        if entry["profile"] == "stripe":
            yield index, range(2, value.index(","))
        if key.lower().endswith(("-id", "-timestamp", "-time")):
            yield index, range(len(value))
    assert found == 1, "the signature is one that was made here, too"


@pytest.mark.parametrize("entry", REQUESTS, ids=name)
def test_one_bit_flipped_is_refused(cli, entry, effort):
    body = base64.b64decode(entry["body_base64"])
    requests = []
    bits = [1 << bit for bit in range(8)]
    for at in range(len(body)):
        for bit in bits if effort == "campaign" else [bits[at % 8]]:
            flipped = bytearray(body)
            flipped[at] ^= bit
            requests.append((f"body {at} {bit}", text(entry, body=bytes(flipped))))
    for index, positions in places(entry):
        for at in positions:
            for bit in bits if effort == "campaign" else [bits[at % 8], 32]:
                headers = raw_headers(entry)
                key, value = headers[index]
                flipped = bytearray(value)
                flipped[at] ^= bit
                headers[index] = (key, bytes(flipped))
                requests.append((f"{key} {at} {bit}", text(entry, headers=headers)))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda request: verify(cli, entry, request[1]), requests))
    assert len(results) > 40
    for (what, _), result in zip(requests, results):
        assert_refused(result, what)
