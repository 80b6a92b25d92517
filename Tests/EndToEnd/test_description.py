"""The API and sidecar/openapi.yaml say the same."""

import pytest
from openapi_spec_validator import validate

from harness.description import DOCUMENT, Description
from harness.sidecar import Sidecar

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
    sidecar = Sidecar(
        binary, tmp_path_factory.mktemp("walked"), description,
        api={"tokens": [{"name": "all", "token": "literal:" + ALL, "scopes":
                         ["read", "pull:c", "pull:gone", "operate", "metrics"]},
                        {"name": "none", "token": "literal:" + NONE, "scopes": ["pull:nobody"]}]},
    ).start()
    try:
        walk(sidecar)
    finally:
        sidecar.kill()
    return description


def walk(sidecar):
    api = sidecar.api.with_token(ALL)
    event = sidecar.deliver("github", b"1").header("Webhook-Receiver-Event")
    api.put("/v1/consumers/c", {}, expect=201)
    api.put("/v1/consumers/c", {}, expect=200)
    page = api.get("/v1/consumers/c/events").json
    foreign = api.get("/v1/events").json["next"]
    reads = ["/v1/events", f"/v1/events/{event}", f"/v1/events/{event}/body", "/v1/consumers/c",
             "/v1/consumers/c/events", "/v1/status", "/metrics"]
    for path in [*reads, "/livez", "/readyz", "/openapi.yaml"]:
        api.get(path)
        assert api.call("HEAD", path, expect=200).body == b""
        api.get(path, headers=[("Origin", "https://evil.example")], expect=403)
    for path in reads:
        sidecar.api.get(path, expect=401)
        sidecar.api.with_token(NONE).get(path, expect=403)
    for path in ("/v1/events", f"/v1/events/{event}", f"/v1/events/{event}/body",
                 "/v1/consumers/c/events"):
        api.get(path, nonsense="1", expect=400)
    api.get("/v1/events", source="github", after=foreign, expect=409)
    for path in (f"/v1/events/{event}", f"/v1/events/{event}/body"):
        tag = api.get(path).header("ETag")
        api.get(path, headers=[("If-None-Match", tag)], expect=304)
    for path in ("/v1/events/none", "/v1/events/none/body", "/v1/consumers/gone",
                 "/v1/consumers/gone/events"):
        api.get(path, expect=404)
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
    api.put("/v1/consumers/c", {"mode": "lease"}, expect=422)
    api.put("/v1/consumers/c", {"sources": ["github"]}, expect=409)
    api.post("/v1/consumers/c/commit", {"cursor": foreign}, expect=409)
    api.post("/v1/consumers/c/seek", {"to": {"cursor": other_kind(api)}}, expect=409)
    sidecar.api.call("DELETE", "/v1/consumers/c", expect=401)
    sidecar.api.with_token(NONE).call("DELETE", "/v1/consumers/c", expect=403)
    api.delete("/v1/consumers/c")
    api.delete("/v1/consumers/c", expect=404)


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
    "/", "/v1", "/v1/", "/v1/events/", "/v1/sources", "/v1/sources/github", "/v1/destinations",
    "/v1/dead-letters", "/v1/quarantine", "/v1/replays", "/v1/consumers", "/v1/consumers/c/lease",
    "/v1/consumers/c/ack", "/v1/consumers/c/nack", "/v1/consumers/c/extend", "/v2/events",
    "/v1/events/x/attempts", "/v1/events/x/replay", "/v1//events", "/V1/events", "/livez/",
    "/v1/events/../status", "/openapi.json", "/favicon.ico", "/in/github",
])
def test_a_route_that_is_not_described_is_404(shared, path):
    for method, body in [("GET", None), ("POST", {}), ("PUT", {}), ("DELETE", None)]:
        reply = shared.api.call(method, path, body, expect=404)
        assert reply.json["type"] == "/problems/no-such-route"


@pytest.mark.parametrize("path, allow", [
    ("/v1/events", "GET, HEAD"), ("/v1/events/x", "GET, HEAD"), ("/v1/events/x/body", "GET, HEAD"),
    ("/v1/consumers/c", "DELETE, GET, HEAD, PUT"), ("/v1/consumers/c/events", "GET, HEAD"),
    ("/v1/consumers/c/commit", "POST"), ("/v1/consumers/c/seek", "POST"),
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
