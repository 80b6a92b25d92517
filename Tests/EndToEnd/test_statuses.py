"""Each line of the answers that a provider sees, from a plain socket."""

import os
import shutil
import subprocess
import time

import pytest

from harness.sidecar import source
from harness.signing import new_id, sign
from harness.wire import Wire, chunked, refuses, request, wait_until

BODY = b'{"zen": "Keep it logically awesome."}'


def github(body=BODY, **how):
    return sign("github", body, **how)


def assert_problem(reply, status, kind=None):
    assert reply.status == status, (reply.status, reply.body)
    assert reply.header("Content-Type") == "application/problem+json"
    problem = reply.json
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/") and problem["title"] and problem["detail"]
    if kind:
        assert problem["type"] == "/problems/" + kind
    for word in (b".swift", b"/root", b"Sources"):
        assert word not in reply.body, "an answer must not speak of internals"


def assert_stored_nothing(sidecar):
    assert sidecar.api.events() == []
    # The process is well: the next event is taken.
    sidecar.deliver("github", BODY)
    assert len(sidecar.api.events()) == 1


def test_accepted_is_200_with_the_id_of_the_event(shared):
    reply = shared.deliver("github", BODY)
    event = shared.api.get("/v1/events/" + reply.header("Webhook-Receiver-Event")).json
    assert event["headers"][0][0] == "Host"
    assert (event["method"], event["target"]) == ("POST", "/in/github")


def test_over_the_rate_is_429_and_forgeries_use_up_nothing_of_it(make_sidecar):
    """Failures 26 and 29: told to wait, not that the signature is wrong; by source, not for all."""
    limited = source("github", rate_limit={"requests_per_second": 1, "burst": 3})
    sidecar = make_sidecar(sources={"limited": limited, "other": source("github", "/in/other")})
    for _ in range(20):
        assert_problem(sidecar.post("/in/github", BODY, github(secret="wrong")), 401)
    for number in range(3):
        sidecar.deliver("github", b'{"n": %d}' % number)
    refused = sidecar.post("/in/github", b'{"n": 3}', github(b'{"n": 3}'))
    assert_problem(refused, 429, "over-the-rate")
    assert refused.header("Retry-After") == "1"
    sidecar.deliver("github", BODY, path="/in/other")
    wait_until(lambda: sidecar.post("/in/github", BODY, github()).status == 200)
    # A refusal used up no key: the same delivery is taken later.
    assert len(sidecar.api.events(source="limited")) == 4


def test_the_query_of_a_delivery_is_kept(shared):
    reply = shared.post("/in/github?a=1&b=%2F", BODY, github(), expect=200)
    event = shared.api.get("/v1/events/" + reply.header("Webhook-Receiver-Event")).json
    assert event["target"] == "/in/github?a=1&b=%2F"


@pytest.mark.parametrize(
    "path", ["/", "/in", "/in/githu", "/in/github/", "/in//github", "/in/%67ithub", "/IN/github",
             "/in/./github", "/v1/events", "/livez"],
)
def test_another_path_is_404(shared, path):
    assert_problem(shared.post(path, BODY, github()), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_another_method_is_405_and_says_post(shared, method):
    reply = shared.post("/in/github", b"", [], method=method)
    assert_problem(reply, 405)
    assert reply.header("Allow") == "POST"


def test_head_is_405_without_a_body(shared):
    with Wire(shared.ingress_address) as wire:
        assert wire.exchange(request("HEAD", "/in/github"), "HEAD").status == 405


def test_a_refused_address_is_403(make_sidecar):
    sidecar = make_sidecar(sources={
        "github": source("github"),
        "elsewhere": source("github", "/in/elsewhere", allow=["192.0.2.0/24", "2001:db8::/32"]),
        "denied": source("github", "/in/denied", deny=["127.0.0.0/8"]),
        "here": source("github", "/in/here", allow=["127.0.0.0/8"]),
        "both": source("github", "/in/both", allow=["127.0.0.0/8"], deny=["127.0.0.1/32"]),
    })
    for path in ("/in/elsewhere", "/in/denied", "/in/both"):
        assert_problem(sidecar.post(path, BODY, github()), 403)
    assert sidecar.post("/in/here", BODY, github()).status == 200
    assert len(sidecar.api.events()) == 1


@pytest.mark.parametrize("headers, reason", [
    ([], "missing_header"),
    ([("X-Hub-Signature-256", "")], None),
    ([("X-Hub-Signature-256", "sha256=")], "malformed_header"),
    ([("X-Hub-Signature-256", "sha256=" + "0" * 64)], "signature_mismatch"),
    ([("X-Hub-Signature-256", "sha256=" + "0" * 63)], "malformed_header"),
    ([("X-Hub-Signature-256", "sha256=" + "g" * 64)], "malformed_header"),
    ([("X-Hub-Signature-256", "md5=" + "0" * 32)], "malformed_header"),
    ([("X-Hub-Signature", "sha1=" + "0" * 40)], "missing_header"),
])
def test_a_refused_signature_is_401_with_its_reason(shared, headers, reason):
    before = len(shared.api.events(body="none"))
    reply = shared.post("/in/github", BODY, headers)
    assert_problem(reply, 401, "verification-failed")
    if reason:
        assert reply.json["reason"] == reason
    assert len(shared.api.events(body="none")) == before


def test_upper_case_hexadecimal_and_a_second_signature_header_are_refused(shared):
    (name, value), *rest = github()
    upper = "sha256=" + value.removeprefix("sha256=").upper()
    assert_problem(shared.post("/in/github", BODY, [(name, upper), *rest]), 401)
    twice = [(name, value), (name, value), *rest]
    assert_problem(shared.post("/in/github", BODY, twice), 401)


@pytest.mark.parametrize("shift, reason", [(-3600, "timestamp_too_old"),
                                           (3600, "timestamp_in_future")])
@pytest.mark.parametrize("profile", ["slack", "standard-webhooks", "svix"])
def test_a_timestamp_outside_the_window_is_401(make_sidecar, profile, shift, reason):
    sidecar = make_sidecar(
        sources={"s": source(profile, "/in/s", verify={"tolerance": "5m"})}
    )
    late = sidecar.deliver(profile, BODY, "/in/s", now=time.time() + shift, expect=401)
    assert late.json["reason"] == reason
    assert sidecar.api.events() == []


def test_a_body_above_the_limit_is_413_before_it_is_read(make_sidecar):
    sidecar = make_sidecar(ingress={"limits": {"body_bytes": "64KiB"}})
    with Wire(sidecar.ingress_address) as wire:
        head = request("POST", "/in/github", [*github(), ("Content-Length", str(20 << 20))])
        reply = wire.exchange(head)
        assert_problem(reply, 413)
        assert reply.closed and wire.is_closed()
    fits, above = b"x" * (64 << 10), b"x" * ((64 << 10) + 1)
    assert sidecar.deliver("github", fits).status == 200
    assert_problem(sidecar.deliver("github", above, expect=413), 413)
    assert len(sidecar.api.events()) == 1


def test_a_chunked_body_is_not_cut_at_the_limit_but_refused(make_sidecar):
    sidecar = make_sidecar(ingress={"limits": {"body_bytes": "64KiB"}})
    body = b"x" * ((64 << 10) + 1)
    data = chunked("POST", "/in/github", github(body), [body[:40000], body[40000:]])
    assert_problem(sidecar.raw(data), 413)
    fits = b"x" * (64 << 10)
    data = chunked("POST", "/in/github", github(fits), [fits[:40000], fits[40000:]])
    assert sidecar.raw(data).status == 200
    assert len(sidecar.api.events()) == 1


def test_an_early_refusal_is_read_by_a_client_that_sends_everything_first(shared):
    body = b"x" * (512 << 10)
    with Wire(shared.ingress_address) as wire:
        wire.send(request("POST", "/in/nowhere", [], body))
        assert wire.reply().status == 404


def test_without_a_length_it_is_411(shared):
    with Wire(shared.ingress_address) as wire:
        data = b"POST /in/github HTTP/1.1\r\nHost: x\r\n\r\n"
        assert_problem(wire.exchange(data), 411)


def test_a_head_above_the_limit_is_431_and_the_end(shared):
    for padding in ([("X-Long", "x" * (33 << 10))], [("X", "y" * 10)] * 3000):
        with Wire(shared.ingress_address) as wire:
            reply = wire.exchange(request("POST", "/in/github", [*github(), *padding], BODY))
            assert_problem(reply, 431)
            assert wire.is_closed()


def test_a_slow_head_and_a_slow_body_are_408_and_the_end(make_sidecar):
    limits = {"header_timeout": "1s", "body_timeout": "1s", "idle_timeout": "30s"}
    sidecar = make_sidecar(ingress={"limits": limits})
    whole = request("POST", "/in/github", github(), BODY)
    for part in (whole[:20], whole[:-5]):
        with Wire(sidecar.ingress_address) as wire:
            assert_problem(wire.exchange(part), 408)
            assert wire.is_closed()
    assert_stored_nothing(sidecar)


def test_a_connection_without_a_request_is_closed_in_silence(make_sidecar):
    sidecar = make_sidecar(ingress={"limits": {"header_timeout": "1s", "idle_timeout": "1s"}})
    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(request("POST", "/in/github", github(), BODY)).status == 200
        wire.socket.settimeout(20)
        assert wire.socket.recv(100) == b""


def test_expect_100_continue_is_answered_and_not_for_a_refusal(shared):
    expect = ("Expect", "100-continue")
    length = ("Content-Length", str(len(BODY)))
    with Wire(shared.ingress_address) as wire:
        wire.send(request("POST", "/in/github", [*github(), expect, length]))
        assert wire.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        assert wire.exchange(BODY).status == 200
    with Wire(shared.ingress_address) as wire:
        reply = wire.exchange(request("POST", "/in/nowhere", [expect, length]))
        assert (reply.status, reply.extra["interim"]) == (404, [])


def test_keep_alive_and_pipelining_answer_in_order(shared):
    ids = [new_id() for _ in range(30)]
    data = [request("POST", "/in/github", github(event_id=i, body=b"{}%d" % n), b"{}%d" % n)
            for n, i in enumerate(ids)]
    data.insert(10, request("POST", "/in/github", [("X-Hub-Signature-256", "sha256=" + "0" * 64)],
                            b"forged"))
    with Wire(shared.ingress_address) as wire:
        wire.send(b"".join(data))
        replies = [wire.reply() for _ in data]
    assert [reply.status for reply in replies] == [200] * 10 + [401] + [200] * 20
    del replies[10]
    for delivery, reply in zip(ids, replies):
        event = shared.api.get("/v1/events/" + reply.header("Webhook-Receiver-Event")).json
        assert event["event_id"] == delivery


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs root to mount")
def test_a_full_disk_is_503_and_the_id_stays_free(make_sidecar, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", small]).returncode:
        pytest.skip("cannot mount a tmpfs here")
    try:
        sidecar = make_sidecar(start=False)
        sidecar.data = small / "data"
        sidecar.make({"github": source("github")},
                     {"journal": {"segment_bytes": "4MiB", "reserve_bytes": "4MiB"},
                      "ingress": {"limits": {"body_bytes": "512KiB"}}})
        sidecar.start()
        stored = 0
        for _ in range(400):
            delivery = new_id()
            reply = sidecar.deliver("github", b"x" * (256 << 10), expect=None, event_id=delivery)
            if reply.status != 200:
                break
            stored += 1
        assert_problem(reply, 503)
        assert reply.header("Retry-After").isdigit()
        assert stored > 8
        # Reading goes on, and positions can still be kept.
        assert len(sidecar.api.events(body="none")) == stored
        sidecar.api.put("/v1/consumers/late", {"start": "latest"}, expect=201)
        # A start on a full disk serves what is there.
        sidecar.stop()
        sidecar.start(wait=False)
        wait_until(lambda: not refuses(sidecar.api_address))
        assert len(sidecar.api.events(body="none")) == stored
        assert sidecar.api.get("/v1/consumers/late").json["position"] == stored
        subprocess.run(["mount", "-o", "remount,size=160m", small], check=True)
        for _ in range(100):
            reply = sidecar.deliver("github", b"x" * (256 << 10), expect=None, event_id=delivery)
            if reply.status == 200:
                break
            time.sleep(0.1)
        assert reply.status == 200
        assert reply.header("Webhook-Receiver-Duplicate") is None
        assert len(sidecar.api.events(body="none")) == stored + 1
        assert sidecar.stop() == 0
    finally:
        sidecar.kill()
        subprocess.run(["umount", "-l", small])
