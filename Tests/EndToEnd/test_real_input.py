"""Real payloads, real senders: what is pulled is byte for byte what was sent."""

import base64
import hashlib
import json
import subprocess
import time

import pytest
import standardwebhooks
import stripe

from conftest import github_files
from harness.signing import SECRETS, new_id, sign
from harness.wire import chunked

FILES = github_files()


def event_type(path):
    return path.name.split(".")[0]


def only_event(sidecar, **query):
    events = sidecar.api.events(**query)
    assert len(events) == 1, [event["event_id"] for event in events]
    return events[0]


def assert_bytes(sidecar, event, body):
    assert sidecar.api.body(event) == body
    assert base64.b64decode(event["body"]) == body
    assert event["size"] == len(body)
    assert event["sha256"] == hashlib.sha256(body).hexdigest()


def test_there_are_54_payloads():
    assert len(FILES) == 54


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_github_payload_sent_by_send_is_pulled_byte_for_byte(shared, path):
    delivery = new_id()
    sent = shared.cli(
        "send", shared.base + "/in/github", "--profile", "github",
        "--secret", "env:GITHUB_SECRET", "--body", path, "--id", delivery,
        "--type", event_type(path),
    )
    assert sent.returncode == 0, sent.stderr
    event = only_event(shared, event_id=delivery)
    assert_bytes(shared, event, path.read_bytes())
    assert event["event_type"] == event_type(path)
    assert (event["source"], event["origin"]) == ("github", "push")
    assert event["remote_address"] == "127.0.0.1"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_curl_with_the_headers_of_sign_is_accepted_over_both_framings(shared, path, tmp_path):
    for framing in [(), ("-H", "Transfer-Encoding: chunked")]:
        delivery = new_id()
        signed = shared.cli("sign", "--profile", "github", "--secret", "env:GITHUB_SECRET",
                            "--body", path, "--id", delivery)
        assert signed.returncode == 0, signed.stderr
        headers = tmp_path / "headers"
        headers.write_bytes(signed.stdout)
        curl = subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"@{headers}",
             "-H", "Content-Type: application/json", *framing, "--data-binary", f"@{path}",
             shared.base + "/in/github"],
            capture_output=True, text=True, timeout=60,
        )
        assert curl.stdout == "200", (curl.stdout, curl.stderr)
        assert_bytes(shared, only_event(shared, event_id=delivery), path.read_bytes())


def test_one_bit_flipped_anywhere_is_refused_and_nothing_is_stored(sidecar):
    for number, path in enumerate(FILES):
        body = bytearray(path.read_bytes())
        headers = sign("github", bytes(body))
        body[(number * 7919) % len(body)] ^= 1 << (number % 8)
        reply = sidecar.post("/in/github", bytes(body), headers, expect=401)
        assert reply.json["reason"] == "signature_mismatch"
        assert reply.header("Content-Type") == "application/problem+json"
    assert sidecar.api.events() == []
    assert sidecar.api.status["sources"]["github"]["refused"]["signature_mismatch"] == len(FILES)


def test_another_secret_is_refused(sidecar):
    body = FILES[0].read_bytes()
    sidecar.deliver("github", body, secret="another secret", expect=401)
    assert sidecar.api.events() == []


def test_a_forgery_under_the_genuine_id_does_not_use_the_id_up(sidecar):
    body, delivery = FILES[0].read_bytes(), new_id()
    sidecar.deliver("github", b'{"forged":true}', event_id=delivery, secret="guess", expect=401)
    sidecar.deliver("github", body, event_id=delivery, secret="guess", expect=401)
    genuine = sidecar.deliver("github", body, event_id=delivery)
    assert genuine.header("Webhook-Receiver-Duplicate") is None
    event = only_event(sidecar)
    assert event["flags"] == []
    assert_bytes(sidecar, event, body)


def test_the_same_delivery_twice_is_one_event_and_the_first_id_is_answered(sidecar):
    body, delivery = FILES[1].read_bytes(), new_id()
    first = sidecar.deliver("github", body, event_id=delivery)
    second = sidecar.deliver("github", body, event_id=delivery)
    assert first.header("Webhook-Receiver-Event") == second.header("Webhook-Receiver-Event")
    assert first.header("Webhook-Receiver-Duplicate") is None
    assert second.header("Webhook-Receiver-Duplicate") == "true"
    assert (second.status, second.body) == (first.status, first.body)
    event = only_event(sidecar)
    assert event["id"] == first.header("Webhook-Receiver-Event")
    counted = sidecar.api.status["sources"]["github"]
    assert (counted["accepted"], counted["duplicates"]) == (1, 1)


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 65536])
def test_chunks_of_any_size_give_the_same_bytes(shared, size):
    body, delivery = FILES[2].read_bytes(), new_id()
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    data = chunked("POST", "/in/github", sign("github", body, event_id=delivery), pieces)
    assert shared.raw(data).status == 200
    assert_bytes(shared, only_event(shared, event_id=delivery), body)


@pytest.mark.parametrize("body", [b"\x00", b"\xff\xfe\r\n\r\n\x00", bytes(range(256)) * 40, b" "])
def test_a_body_that_is_not_text_is_kept_as_it_is(shared, body):
    delivery = new_id()
    shared.deliver("github", body, event_id=delivery)
    assert_bytes(shared, only_event(shared, event_id=delivery), body)


def test_an_empty_body_is_a_body(shared):
    delivery = new_id()
    shared.deliver("github", b"", event_id=delivery)
    assert_bytes(shared, only_event(shared, event_id=delivery), b"")


# The providers' own libraries


def test_stripe_s_library_signs_what_we_receive(sidecar):
    body = json.dumps({"id": "evt_1", "object": "event", "type": "charge.succeeded"})
    now = int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{body}", SECRETS["stripe"])
    sidecar.post("/in/stripe", body.encode(),
                 [("Stripe-Signature", f"t={now},v1={signature}")], expect=200)
    event = only_event(sidecar)
    assert (event["event_id"], event["event_type"]) == ("evt_1", "charge.succeeded")
    assert_bytes(sidecar, event, body.encode())


def test_stripe_s_library_verifies_what_we_sign(cli, tmp_path):
    body = '{"id": "evt_2", "object": "event", "type": "ping", "name": "Zoë"}'
    (tmp_path / "body").write_text(body)
    headers = signed_headers(cli, "stripe", tmp_path / "body")
    stripe.WebhookSignature.verify_header(
        body, headers["stripe-signature"], SECRETS["stripe"], tolerance=300
    )
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(
            body + " ", headers["stripe-signature"], SECRETS["stripe"]
        )


def test_standard_webhooks_library_signs_what_we_receive(sidecar):
    from datetime import datetime, timezone

    body, now = '{"type": "invoice.paid"}', datetime.now(timezone.utc)
    hook = standardwebhooks.Webhook(SECRETS["standard-webhooks"])
    sidecar.post(
        "/in/standard-webhooks", body.encode(),
        [("webhook-id", "msg_1"), ("webhook-timestamp", str(int(now.timestamp()))),
         ("webhook-signature", hook.sign("msg_1", now, body))], expect=200,
    )
    event = only_event(sidecar)
    assert event["event_id"] == "msg_1"
    assert_bytes(sidecar, event, body.encode())


@pytest.mark.parametrize("profile", ["standard-webhooks"])
def test_standard_webhooks_library_verifies_what_we_sign(cli, tmp_path, profile):
    body = '{"type": "invoice.paid", "name": "Zoë"}'
    (tmp_path / "body").write_text(body)
    headers = signed_headers(cli, profile, tmp_path / "body")
    hook = standardwebhooks.Webhook(SECRETS[profile])
    assert hook.verify(body, headers)["type"] == "invoice.paid"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        hook.verify(body + " ", headers)


def signed_headers(cli, profile, path):
    variable = profile.upper().replace("-", "_") + "_SECRET"
    signed = cli("sign", "--profile", profile, "--secret", f"env:{variable}", "--body", path)
    assert signed.returncode == 0, signed.stderr
    lines = signed.stdout.decode().splitlines()
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


@pytest.mark.parametrize("profile", sorted(SECRETS))
def test_every_profile_takes_what_an_independent_signer_made(shared, profile):
    body = json.dumps({"id": new_id(), "event_id": new_id(), "type": "t"}).encode()
    reply = shared.deliver(profile, body)
    event = shared.api.get(f"/v1/events/{reply.header('Webhook-Receiver-Event')}").json
    assert_bytes(shared, event, body)
    # The same body once more under a signature for another one.
    headers = sign(profile, body)
    refused = shared.post(f"/in/{profile}", body + b" ", headers)
    assert (refused.status, refused.json["reason"]) == (401, "signature_mismatch")
