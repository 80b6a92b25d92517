"""The API and sidecar/openapi.yaml say the same."""

import json
import time

import pytest
from openapi_spec_validator import validate

from harness.description import DOCUMENT, Description
from harness.polling import stripe_source
from harness.reloading import Reloading, setting
from harness.service import Service
from harness.sidecar import Sidecar, all_sources
from harness.wire import wait_until

# A token shorter than 16 characters is refused.
ALL, NONE = "may-everything-0123456789", "may-nothing-0123456789"
# What cannot be brought about from outside, and where it is tried instead.
OUT_OF_REACH = {
    500: "the disk has to refuse a read: RelayServerTests",
    503: "the disk has to be full or failing: test_statuses.py, test_crash.py",
    410: "retention has to have removed something: test_retention.py",
}


def test_the_document_is_valid():
    validate(Description().document)


def test_it_is_served_byte_for_byte(shared):
    reply = shared.api.get("/openapi.yaml")
    assert reply.body == DOCUMENT.read_bytes()


@pytest.fixture(scope="module")
def walked(binary, tmp_path_factory):
    """Tries every operation in every way, and returns what was seen."""
    description = Description()
    service = Service(lambda delivery: 422 if delivery.target == "/refuses" else 204)
    sources = all_sources()
    sources["shopify"]["verify"]["on_failure"] = "quarantine"
    sources["kept"] = {**sources["shopify"], "path": "/in/kept"}
    sources["github"]["destinations"] = ["app", "gone", "mute"]
    # Nobody listens where it polls.
    sources["polled"] = {**stripe_source("http://127.0.0.1:9"), "path": "/in/polled"}
    urls = ["http://%s:%d/" % service.address]
    sidecar = Sidecar(
        binary, tmp_path_factory.mktemp("walked"), description, sources,
        destinations={
            "app": {"urls": [urls[0] + "refuses"]},
            "gone": {"urls": urls, "on_remove": "dead-letter"},
            "mute": {"urls": urls, "secrets": ["literal:whsec_" + "QUJD" * 8]},
        },
        api={"tokens": [{"name": "all", "token": "literal:" + ALL, "scopes":
                         ["read", "pull:c", "pull:q", "pull:gone", "operate", "metrics"]},
                        {"name": "none", "token": "literal:" + NONE, "scopes": ["pull:nobody"]}]},
    ).start()
    try:
        walk(sidecar)
        walk_quarantine(sidecar)
        walk_relay(sidecar)
    finally:
        sidecar.discard()
        service.stop()
    return description


def walk(sidecar):
    api = sidecar.api.with_token(ALL)
    event = sidecar.deliver("github", b"1").header("Webhook-Receiver-Event")
    api.put("/v1/consumers/c", {}, expect=201)
    api.put("/v1/consumers/c", {}, expect=200)
    page = api.get("/v1/consumers/c/events").json
    foreign = api.get("/v1/events").json["next"]
    reads = ["/v1/events", f"/v1/events/{event}", f"/v1/events/{event}/body", "/v1/consumers/c",
             "/v1/consumers/c/events", "/v1/sources", "/v1/sources/polled", "/v1/status",
             "/metrics", f"/v1/events/{event}/attempts",
             "/v1/destinations", "/v1/destinations/app", "/v1/dead-letters", "/v1/replays"]
    for path in [*reads, "/livez", "/readyz", "/openapi.yaml"]:
        api.get(path)
        assert api.call("HEAD", path, expect=200).body == b""
        api.get(path, headers=[("Origin", "https://evil.example")], expect=403)
    for path in reads:
        sidecar.api.get(path, expect=401)
        sidecar.api.with_token(NONE).get(path, expect=403)
    for path in ("/v1/events", f"/v1/events/{event}", f"/v1/events/{event}/body",
                 "/v1/consumers/c/events", "/v1/dead-letters"):
        api.get(path, nonsense="1", expect=400)
    api.get("/v1/events", source="github", after=foreign, expect=409)
    for path in (f"/v1/events/{event}", f"/v1/events/{event}/body"):
        tag = api.get(path).header("ETag")
        api.get(path, headers=[("If-None-Match", tag)], expect=304)
    for path in ("/v1/events/none", "/v1/events/none/body", "/v1/consumers/gone",
                 "/v1/consumers/gone/events", "/v1/events/none/attempts",
                 "/v1/sources/gone", "/v1/destinations/none", "/v1/replays/none"):
        api.get(path, expect=404)
    operate(sidecar, api)
    writes = [
        ("PUT", "/v1/consumers/c", {}),
        ("POST", "/v1/consumers/c/commit", {"cursor": page["next"]}),
        ("POST", "/v1/consumers/c/seek", {"to": "earliest"}),
    ]
    for method, path, body in writes:
        api.call(method, path, body, expect=200)
        sidecar.api.call(method, path, body, expect=401)
        sidecar.api.with_token(NONE).call(method, path, body, expect=403)
        api.call(method, path, {"nonsense": 1}, expect=400)
        api.call(method, path, b"{}", [("Content-Type", "text/plain")], expect=415)
        api.call(method, path, b" " * (65 << 10), expect=413)
        if method == "POST":
            api.call(method, path.replace("/c/", "/gone/"), body, expect=404)
    api.put("/v1/consumers/c", {"mode": "lease"}, expect=409)
    api.put("/v1/consumers/c", {"sources": ["github"]}, expect=409)
    api.post("/v1/consumers/c/commit", {"cursor": foreign}, expect=409)
    api.post("/v1/consumers/c/seek", {"to": {"cursor": other_kind(api)}}, expect=409)
    walk_leases(sidecar, api)
    walk_manual_events(sidecar, api)
    sidecar.api.call("DELETE", "/v1/consumers/c", expect=401)
    sidecar.api.with_token(NONE).call("DELETE", "/v1/consumers/c", expect=403)
    api.delete("/v1/consumers/c")
    api.delete("/v1/consumers/c", expect=404)


def operate(sidecar, api):
    for verb, status in [("poll", 202), ("pause", 200), ("resume", 200)]:
        path = f"/v1/sources/polled/{verb}"
        api.post(path, {}, expect=status)
        sidecar.api.post(path, {}, expect=401)
        sidecar.api.with_token(NONE).post(path, {}, expect=403)
        api.post(path, {"nonsense": 1}, expect=400)
        api.call("POST", path, b"{}", [("Content-Type", "text/plain")], expect=415)
        api.call("POST", path, b" " * (65 << 10), expect=413)
        api.post(path.replace("polled", "gone"), {}, expect=404)
    api.post("/v1/sources/github/poll", {}, expect=409)


def walk_relay(sidecar):
    api, nobody = sidecar.api.with_token(ALL), sidecar.api.with_token(NONE)
    event = api.get("/v1/events").json["data"][0]["id"]
    letter = wait_for_letter(api)
    replay = api.post("/v1/replays", {"source": "github"}, expect=202).json["id"]
    api.post("/v1/replays", {"dry_run": True}, expect=200)
    api.post("/v1/replays", {"destination": "none"}, expect=404)
    api.post("/v1/replays", {"from": "2099-01-01T00:00:00Z"}, expect=409)
    api.get(f"/v1/replays/{replay}")
    other = sidecar.deliver("stripe", b"{}").header("Webhook-Receiver-Event")
    api.post(f"/v1/events/{other}/replay", {}, expect=409)
    api.post("/v1/events/none/replay", {}, expect=404)
    api.post("/v1/dead-letters/none/replay", {}, expect=404)
    writes = [
        (f"/v1/events/{event}/replay", 202, True), ("/v1/replays", 202, True),
        ("/v1/destinations/app/pause", 200, False), ("/v1/destinations/app/resume", 200, False),
        (f"/v1/dead-letters/{letter}/replay", 202, True),
    ]
    for path, status, reads_body in writes:
        sidecar.api.call("POST", path, {}, expect=401)
        nobody.call("POST", path, {}, expect=403)
        if reads_body:
            api.post(path, {"nonsense": 1}, expect=400)
        api.call("POST", path, b"{}", [("Content-Type", "text/plain")], expect=415)
        api.call("POST", path, b" " * (65 << 10), expect=413)
        api.post(path, {}, expect=status)
    for verb in ("pause", "resume"):
        api.post(f"/v1/destinations/none/{verb}", {}, expect=404)
    walk_erasing(sidecar, api, nobody, other)
    for path in ("/v1/replays/x", "/v1/destinations/app", f"/v1/replays/{replay}"):
        sidecar.api.get(path, expect=401)
        nobody.get(path, expect=403)
    letter = wait_for_letter(api)
    sidecar.api.call("DELETE", f"/v1/dead-letters/{letter}", expect=401)
    nobody.call("DELETE", f"/v1/dead-letters/{letter}", expect=403)
    api.delete(f"/v1/dead-letters/{letter}")
    api.delete(f"/v1/dead-letters/{letter}", expect=404)
    walk_removed(sidecar, api)


def walk_erasing(sidecar, api, nobody, event):
    """Of an event that nobody waits for, and of one that a paused destination does."""
    body = f"/v1/events/{event}/body"
    sidecar.api.call("DELETE", body, expect=401)
    nobody.call("DELETE", body, expect=403)
    api.delete(body + "?nonsense=1", expect=400)
    api.delete("/v1/events/none/body", expect=404)
    api.post("/v1/destinations/mute/pause", {})
    waiting = sidecar.deliver("github", b"waits").header("Webhook-Receiver-Event")
    api.delete(f"/v1/events/{waiting}/body", expect=409)
    api.post("/v1/destinations/mute/resume", {})
    for _ in range(2):
        api.delete(body)
    api.get(body, expect=410)
    api.call("HEAD", body, expect=410)
    assert api.get(f"/v1/events/{event}").json["flags"] == ["erased"]
    assert api.post(f"/v1/events/{event}/replay", {}, expect=409).json["type"].endswith("erased")


def walk_removed(sidecar, api):
    """Destinations that are gone: one leaves dead letters, one lacks its secret now."""
    for name in ("gone", "mute"):
        api.post(f"/v1/destinations/{name}/pause", {})
    sidecar.deliver("github", b"last")
    assert sidecar.stop() == 0
    settings = dict(sidecar.configuration)
    settings["sources"]["github"]["destinations"] = []
    del settings["destinations"]["gone"], settings["destinations"]["mute"]
    sidecar.config_path.write_text(json.dumps(settings))
    sidecar.start()
    api.post("/v1/destinations/mute/resume", {}, expect=409)
    api.post("/v1/destinations/gone/resume", {})
    letter = wait_for_letter(api, destination="gone")
    api.post(f"/v1/dead-letters/{letter}/replay", {}, expect=409)


def wait_for_letter(api, **query):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = api.get("/v1/dead-letters", **query).json["data"]
        if found:
            return found[0]["id"]
        time.sleep(0.05)
    raise AssertionError("no dead letter came")


def walk_leases(sidecar, api):
    """The routes of a lease consumer, while a cursor consumer `c` is there, too."""
    api.put("/v1/consumers/q", {"mode": "lease", "max_attempts": 1}, expect=201)
    lease = api.post("/v1/consumers/q/lease", {}).json["data"][0]
    ids = {"lease_ids": [lease["lease_id"]]}
    letters = f"/v1/consumers/q/dead-letters/{lease['event']['id']}"
    writes = [("POST", "/v1/consumers/q/lease", {}), ("POST", "/v1/consumers/q/extend", ids),
              ("POST", "/v1/consumers/q/nack", ids), ("POST", letters + "/replay", {}),
              ("POST", "/v1/consumers/q/ack", ids), ("DELETE", letters, None)]
    for method, path, body in writes:
        sidecar.api.call(method, path, body, expect=401)
        sidecar.api.with_token(NONE).call(method, path, body, expect=403)
        api.call(method, path.replace("/q/", "/gone/"), body, expect=404)
        api.call(method, path.replace("/q/", "/c/"), body, expect=409)
        if method == "POST":
            api.call(method, path, {"nonsense": 1}, expect=400)
            api.call(method, path, b"{}", [("Content-Type", "text/plain")], expect=415)
            api.call(method, path, b" " * (65 << 10), expect=413)
        else:
            api.call(method, path + "?nonsense=1", expect=400)
    for path in ("ack", "nack", "extend"):
        api.post(f"/v1/consumers/q/{path}", {"lease_ids": ["none"]}, expect=409)
    page = "/v1/consumers/q/dead-letters"
    api.post("/v1/consumers/q/extend", ids)
    api.post("/v1/consumers/q/nack", ids)
    cursor = api.get(page).json["next"]
    assert api.call("HEAD", page, expect=200).body == b""
    api.get(page, nonsense=1, expect=400)
    api.get("/v1/consumers/gone/dead-letters", expect=404)
    api.get("/v1/consumers/c/dead-letters", expect=409)
    api.get(page, after=cursor)
    sidecar.api.get(page, expect=401)
    sidecar.api.with_token(NONE).get(page, expect=403)
    api.call("POST", letters + "/replay", {}, expect=204)
    ids = {"lease_ids": [api.post("/v1/consumers/q/lease", {}).json["data"][0]["lease_id"]]}
    api.post("/v1/consumers/q/nack", ids)
    api.call("DELETE", letters, expect=204)
    api.post("/v1/consumers/q/ack", ids)
    api.get("/v1/consumers/q/events", expect=409)
    api.delete("/v1/consumers/q")


def walk_manual_events(sidecar, api):
    path, event = "/v1/sources/github/events", {"event_id": "by-hand", "text": "1"}
    api.post(path, event, expect=201)
    api.post(path, event, expect=200)
    sidecar.api.post(path, event, expect=401)
    sidecar.api.with_token(NONE).post(path, event, expect=403)
    api.post(path, {"nonsense": 1}, expect=400)
    api.call("POST", path, b"{}", [("Content-Type", "text/plain")], expect=415)
    api.call("POST", path, b" " * (2 << 20), expect=413)
    api.post("/v1/sources/nobody/events", event, expect=404)


def walk_quarantine(sidecar):
    """One delivery that verifies later, one that never does, and one whose source is gone."""
    api, nobody = sidecar.api.with_token(ALL), sidecar.api.with_token(NONE)
    sidecar.deliver("shopify", b"1", secret="that of later", expect=401)
    sidecar.deliver("shopify", b"2", secret="nobody's", expect=401)
    sidecar.deliver("shopify", b"3", path="/in/kept", secret="nobody's", expect=401)
    wait_until(lambda: len(api.get("/v1/quarantine").json["data"]) == 3)
    later, never, lost = (f"/v1/quarantine/{one['id']}"
                          for one in api.get("/v1/quarantine").json["data"])
    api.get("/v1/quarantine", source="shopify", reason="signature_mismatch", limit=1)
    reads = ["/v1/quarantine", later, later + "/body"]
    for path in reads:
        api.get(path)
        assert api.call("HEAD", path, expect=200).body == b""
        api.get(path, nonsense=1, expect=400)
    for method, path in [*(("GET", path) for path in reads), ("DELETE", later),
                         ("POST", later + "/verify")]:
        body = {} if method == "POST" else None
        sidecar.api.call(method, path, body, expect=401)
        nobody.call(method, path, body, expect=403)
        if path != "/v1/quarantine":
            api.call(method, "/v1/quarantine/none" + path[len(later):], body, expect=404)
    api.call("DELETE", later + "?nonsense=1", expect=400)
    verify = later + "/verify"
    api.post(verify, {"nonsense": 1}, expect=400)
    api.call("POST", verify, b"{}", [("Content-Type", "text/plain")], expect=415)
    api.call("POST", verify, b" " * (65 << 10), expect=413)
    api.post(verify, {}, expect=422)
    running = Reloading(sidecar, api)
    new = setting("sources", "shopify", "verify", "secrets", value=["literal:that of later"])
    running.reload(lambda c: (new(c), c["sources"].pop("kept")))
    api.post(lost + "/verify", {}, expect=409)
    api.post(verify, {}, expect=201)
    sidecar.deliver("shopify", b"4", secret="another", event_id="known", expect=401)
    wait_until(lambda: len(api.get("/v1/quarantine").json["data"]) == 3)
    again = api.get("/v1/quarantine").json["data"][-1]["id"]
    new = setting("sources", "shopify", "verify", "secrets", value=["literal:another"])
    running.reload(new)
    sidecar.deliver("shopify", b"4", secret="another", event_id="known")
    api.post(f"/v1/quarantine/{again}/verify", {}, expect=200)
    api.delete(never)


def other_kind(api):
    """A cursor that a seek cannot take: one that reads backwards."""
    return api.get("/v1/events", order="desc", limit=1).json["next"]


def test_every_operation_was_seen_with_every_status_that_can_be(walked):
    missing = {
        (method, path, status)
        for method, path, status in walked.declared() - walked.seen
        if status not in OUT_OF_REACH
    }
    assert not missing


def test_nothing_was_seen_that_is_not_described(walked):
    undescribed = {way for way in walked.seen if way[0] != "HEAD"} - walked.declared()
    assert not undescribed


@pytest.mark.parametrize("path", [
    "/", "/v1", "/v1/", "/v1/events/", "/v1/sources/", "/v1/sources/github/",
    "/v1/dead-letters/x/y", "/v1/quarantine/", "/v1/destinations/", "/v1/consumers", "/v2/events",
    "/v1/events/x/retry", "/v1/destinations/x/stop", "/v1//events", "/V1/events", "/livez/",
    "/v1/events/../status", "/openapi.json", "/favicon.ico", "/in/github",
])
def test_a_route_that_is_not_described_is_404(shared, path):
    for method, body in [("GET", None), ("POST", {}), ("PUT", {}), ("DELETE", None)]:
        reply = shared.api.call(method, path, body, expect=404)
        assert reply.json["type"] == "/problems/no-such-route"


@pytest.mark.parametrize("path, allow", [
    ("/v1/events", "GET, HEAD"), ("/v1/events/x", "GET, HEAD"), ("/v1/events/x/body", "DELETE, GET, HEAD"),
    ("/v1/consumers/c", "DELETE, GET, HEAD, PUT"), ("/v1/consumers/c/events", "GET, HEAD"),
    ("/v1/destinations", "GET, HEAD"), ("/v1/destinations/x/pause", "POST"),
    ("/v1/dead-letters/x", "DELETE"), ("/v1/replays", "GET, HEAD, POST"),
    ("/v1/events/x/attempts", "GET, HEAD"), ("/v1/events/x/replay", "POST"),
    ("/v1/consumers/c/commit", "POST"), ("/v1/consumers/c/seek", "POST"),
    ("/v1/sources", "GET, HEAD"), ("/v1/sources/x", "GET, HEAD"), ("/v1/sources/x/poll", "POST"),
    ("/v1/sources/x/pause", "POST"), ("/v1/sources/x/resume", "POST"),
    ("/v1/sources/github/events", "POST"),
    ("/v1/consumers/c/lease", "POST"), ("/v1/consumers/c/ack", "POST"),
    ("/v1/consumers/c/nack", "POST"), ("/v1/consumers/c/extend", "POST"),
    ("/v1/consumers/c/dead-letters", "GET, HEAD"), ("/v1/consumers/c/dead-letters/x", "DELETE"),
    ("/v1/consumers/c/dead-letters/x/replay", "POST"),
    ("/v1/status", "GET, HEAD"), ("/livez", "GET, HEAD"), ("/metrics", "GET, HEAD"),
])
def test_another_method_is_405_with_allow(shared, path, allow):
    allowed = {word.strip() for word in allow.split(",")}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - allowed:
        reply = shared.api.call(method, path, {} if method != "GET" else None, expect=405)
        assert {word.strip() for word in reply.header("Allow").split(",")} == allowed


def test_metrics_are_prometheus_text_of_our_names(shared):
    shared.deliver("github", b"1")
    shared.post("/in/github", b"1", [], expect=401)
    text = shared.api.get("/metrics").body.decode()
    assert text.endswith("\n")
    typed = {line.split()[2]: line.split()[3] for line in text.splitlines()
             if line.startswith("# TYPE")}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, value = line.split("{")[0].split()[0], line.rsplit(" ", 1)[1]
        assert name.startswith("webhook_receiver_")
        float(value)
        base = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        assert name in typed or base in typed, name
    assert 'webhook_receiver_events_accepted_total{source="github"}' in text
    assert 'reason="missing_header"' in text


def test_no_sender_can_add_a_series(shared):
    before = series(shared)
    for number in range(50):
        shared.post(f"/in/none-{number}", b"1", [])
        shared.deliver("github", b"1", event_type=f"type-{number}", event_id=f"id-{number}")
        shared.api.get(f"/v1/events/none-{number}", expect=404)
    assert len(series(shared) - before) <= 4, "only statuses that had not occurred yet"


def series(sidecar):
    text = sidecar.api.get("/metrics").body.decode()
    return {line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")}
