"""Requests with known answers: each verifies, and not with one bit flipped or another secret."""

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from conftest import known_requests

REQUESTS = known_requests()


def name(entry):
    return f"{entry['profile']}-{entry['vector']}"


def target(entry):
    parts = urlsplit(entry["url"])
    return (parts.path or "/") + ("?" + parts.query if parts.query else "")


def text(entry, headers=None, body=None):
    lines = [f"{entry['method']} {target(entry)} HTTP/1.1".encode()]
    lines += [key.encode() + b": " + value for key, value in headers or raw_headers(entry)]
    body = base64.b64decode(entry["body_base64"]) if body is None else body
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def raw_headers(entry):
    return [(key, value.encode()) for key, value in entry["headers"]]


def verify(cli, entry, request, secret=None, url=None):
    now = ["--now", entry["now"]] if entry["now"] else []
    return cli("verify", "--profile", entry["profile"], "--secret",
               "literal:" + (secret or entry["secrets"][0]), "--request", "-", "--json",
               "--url", url or entry["url"], *now, input=request)


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


# Headers that the provider sends and does not sign.
UNSIGNED = {"x-github-delivery", "x-github-event", "box-delivery-id"}


def elements(value):
    """The ranges of a list's elements, each without what names it."""
    at = 0
    for piece in re.split("([,; ])", value):
        if piece not in ",; ":
            start = piece.find("=") + 1 if re.match("(t|ts|h1|v[0-9a-z]*)=", piece) else 0
            yield range(at + start, at + len(piece))
        at += len(piece)


def places(cli, entry):
    """Header and bytes of what must not change: what the request does not verify without."""
    for index, (key, value) in enumerate(entry["headers"]):
        if key.lower() in UNSIGNED:
            continue
        for positions in elements(value):
            headers = raw_headers(entry)
            spoilt = value[:positions.start] + "0" * len(positions) + value[positions.stop:]
            headers[index] = (key, spoilt.encode())
            if verify(cli, entry, text(entry, headers=headers)).returncode != 0:
                yield index, positions


def signed_body(entry):
    """Mailgun signs its time and token alone, and nothing else of the body."""
    body = base64.b64decode(entry["body_base64"])
    if entry["profile"] != "mailgun":
        return range(len(body))
    values = json.loads(body)["signature"].values()
    return [at for value in values for at in range(body.index(value.encode()),
                                                    body.index(value.encode()) + len(value))]


def flips(cli, entry, effort):
    """Requests, URLs and what was done to them."""
    body = base64.b64decode(entry["body_base64"])
    bits = [1 << bit for bit in range(8)]
    for at in list(signed_body(entry))[::8 if effort == "fast" else 1]:
        for bit in bits if effort == "campaign" else [bits[at % 8]]:
            flipped = bytearray(body)
            flipped[at] ^= bit
            yield f"body {at} {bit}", text(entry, body=bytes(flipped)), None
    for index, positions in places(cli, entry):
        for at in positions[::4 if effort == "fast" else 1]:
            for bit in bits if effort == "campaign" else {bits[at % 8], 32}:
                headers = raw_headers(entry)
                key, value = headers[index]
                flipped = bytearray(value)
                flipped[at] ^= bit
                headers[index] = (key, bytes(flipped))
                yield f"{key} {at} {bit}", text(entry, headers=headers), None
    if entry["profile"].split("-")[0] in ("twilio", "trello", "hubspot", "square"):
        if entry["profile"] == "hubspot-v1":
            return
        url = entry["url"]
        for at in range(0, len(url), 2 if effort == "fast" else 1):
            for bit in bits[:7] if effort == "campaign" else [bits[at % 7]]:
                changed = url[:at] + chr(ord(url[at]) ^ bit) + url[at + 1:]
                if "\0" not in changed:
                    yield f"url {at} {bit}", text(entry), changed


@pytest.mark.parametrize("entry", REQUESTS, ids=name)
def test_one_bit_flipped_is_refused(cli, entry, effort):
    requests = list(flips(cli, entry, effort))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda it: verify(cli, entry, it[1], url=it[2]), requests))
    assert len(results) > 10
    for (what, _, _), result in zip(requests, results):
        assert_refused(result, what)
    print(f"{name(entry)}: {len(results)} flips refused")
