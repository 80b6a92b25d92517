"""Events that an operator makes by hand."""

import base64
import json

import pytest

from harness.signing import new_id


def make(sidecar, source="github", expect=201, **event):
    return sidecar.api.post(f"/v1/sources/{source}/events", event, expect=expect).json


def stored(sidecar, answer):
    return sidecar.api.get(f"/v1/events/{answer['id']}").json


def test_an_event_by_hand_is_stored_like_a_delivery_and_says_what_it_is(sidecar):
    answer = make(sidecar, event_id="h1", event_type="push", json={"a": [1, "é"]})
    assert answer["duplicate"] is False
    event = stored(sidecar, answer)
    assert (event["origin"], event["source"], event["flags"]) == ("manual", "github", [])
    assert (event["event_id"], event["event_type"]) == ("h1", "push")
    assert event["headers"] == [["Content-Type", "application/json"]]
    assert base64.b64decode(event["body"]) == '{"a":[1,"é"]}'.encode()
    sidecar.restart()
    assert stored(sidecar, answer) == event
    assert sidecar.api.events(origin="manual") == [event]


def test_bytes_text_and_headers_come_back_as_given(sidecar):
    raw = bytes(range(256))
    event = stored(sidecar, make(
        sidecar, body=base64.b64encode(raw).decode(),
        headers=[["X-A", "1"], ["x-a", "2"], ["Content-Type", "image/png"]]))
    assert base64.b64decode(event["body"]) == raw
    assert event["headers"] == [["X-A", "1"], ["x-a", "2"], ["Content-Type", "image/png"]]
    assert event["event_id"] is None and event["event_type"] is None
    text = stored(sidecar, make(sidecar, text="grüß"))
    assert base64.b64decode(text["body"]).decode() == "grüß"
    assert text["headers"] == [["Content-Type", "text/plain; charset=utf-8"]]
    assert base64.b64decode(stored(sidecar, make(sidecar, text=""))["body"]) == b""


def test_a_secret_header_is_not_stored(make_sidecar):
    sidecar = make_sidecar(sources={"gitlab": {
        "path": "/in/gitlab",
        "verify": {"profile": "gitlab-token", "secrets": ["literal:a-token-of-gitlab"]}}})
    event = stored(sidecar, make(
        sidecar, "gitlab", text="1", headers=[["X-Gitlab-Token", "very-secret-token"]]))
    assert ["X-Gitlab-Token", "[redacted]"] in event["headers"]


def test_the_same_event_is_one_however_it_comes(sidecar):
    """An unbound id: same id and bytes are the same event, other bytes a conflict."""
    delivery = new_id()
    pushed = sidecar.deliver("github", b"same", event_id=delivery)
    first = pushed.header("Webhook-Receiver-Event")
    again = make(sidecar, event_id=delivery, text="same", expect=200)
    assert again == {"id": first, "sequence": 1, "duplicate": True}
    other = stored(sidecar, make(sidecar, event_id=delivery, text="other"))
    assert other["flags"] == ["conflict"]
    replayed = stored(sidecar, make(sidecar, event_id="another", text="same"))
    assert replayed["flags"] == ["replayed_body"]
    by_hand = make(sidecar, event_id="hand-first", text="by hand")
    reply = sidecar.deliver("github", b"by hand", event_id="hand-first")
    assert reply.header("Webhook-Receiver-Duplicate") == "true"
    assert reply.header("Webhook-Receiver-Event") == by_hand["id"]


def test_a_bound_id_alone_is_the_event(sidecar):
    first = make(sidecar, "stripe", event_id="evt_1", json={"id": "evt_1"})
    again = make(sidecar, "stripe", event_id="evt_1", json={"id": "evt_1", "a": 1}, expect=200)
    assert again == {**first, "duplicate": True}
    reply = sidecar.deliver("stripe", b'{"id": "evt_1"}')
    assert reply.header("Webhook-Receiver-Event") == first["id"]
    # Without an id the bytes are the event, and no key is shared.
    for text, expect in (("a", 201), ("b", 201), ("a", 200)):
        make(sidecar, "stripe", text=text, expect=expect)


def test_it_wakes_who_waits(sidecar):
    import threading

    answers, end = [], sidecar.api.get("/v1/events").json["next"]
    waiting = threading.Thread(
        target=lambda: answers.append(sidecar.api.get("/v1/events", wait="30s", after=end).json))
    waiting.start()
    make(sidecar, text="awaited")
    waiting.join()
    assert [base64.b64decode(event["body"]) for event in answers[0]["data"]] == [b"awaited"]


@pytest.mark.parametrize("body", [
    {}, {"text": "1", "json": 1}, {"text": 1}, {"body": "not base64!"}, {"body": 1},
    {"text": "1", "extra": 1}, {"text": "1", "event_id": ""}, {"text": "1", "event_id": "a\nb"},
    {"text": "1", "event_id": "x" * 257}, {"text": "1", "event_id": 1},
    {"text": "1", "event_type": "\u0085"}, {"text": "1", "headers": {"A": "1"}},
    {"text": "1", "headers": [["A"]]}, {"text": "1", "headers": [["A", 1]]},
    {"text": "1", "headers": [["A B", "1"]]}, {"text": "1", "headers": [["A", "1\r\nB: 2"]]},
    {"text": "1", "headers": [["", "1"]]}, {"text": "1", "headers": [["A", "\u0000"]]},
    {"text": "1", "headers": [["A", "1"]] * 101}, {"text": "1", "headers": [["A", "x" * 32769]]},
    [], b"{", b'{"text": "1", "text": "2"}',
])
def test_a_wrong_event_is_400_and_nothing_is_stored(shared, body):
    before = shared.api.status["journal"]["durable_sequence"]
    reply = shared.api.post("/v1/sources/github/events", body, expect=400)
    assert reply.json["type"] == "/problems/bad-request"
    assert shared.api.status["journal"]["durable_sequence"] == before


def test_it_may_be_as_large_as_a_delivery_and_no_larger(shared):
    limit = 1 << 20
    largest = base64.b64encode(b"x" * limit).decode()
    event = make(shared, body=largest)
    assert shared.api.get(f"/v1/events/{event['id']}", body="none").json["size"] == limit
    more = json.dumps({"body": base64.b64encode(b"x" * (limit + 1)).decode()}).encode()
    shared.api.call("POST", "/v1/sources/github/events", more, expect=413)
