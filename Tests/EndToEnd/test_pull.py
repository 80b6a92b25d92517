"""Reading events: pages, cursors, filters, long poll, single events."""

import base64
import threading
import time

import pytest

from harness.sidecar import source
from harness.signing import new_id
from harness.wire import Wire, request, wait_until


@pytest.fixture(scope="module")
def full(binary, description, tmp_path_factory):
    """A sidecar with 60 events of two sources and three types."""
    from harness.sidecar import Sidecar

    sidecar = Sidecar(binary, tmp_path_factory.mktemp("full"), description, sources={
        "a": source("github", "/in/a"), "b": source("github", "/in/b"),
    }).start()
    for number in range(60):
        sidecar.deliver("github", b'{"n": %d}' % number, f"/in/{'ab'[number % 2]}",
                        event_id=f"delivery-{number}", event_type=f"t{number % 3}")
    yield sidecar
    sidecar.discard()


def sequences(entries):
    return [event["sequence"] for event in entries]


def numbers(entries):
    return [int(event["event_id"].split("-")[1]) for event in entries]


def test_pages_of_every_size_hold_every_event_once_and_in_order(full):
    for limit in (1, 7, 59, 60, 61, 1000):
        events = full.api.events(limit=limit)
        assert numbers(events) == list(range(60))
        assert sequences(events) == sorted(sequences(events))
    assert numbers(full.api.events(order="desc", limit=7)) == list(range(59, -1, -1))


def test_the_default_limit_and_the_first_sequence(full):
    page = full.api.get("/v1/events").json
    assert len(page["data"]) == 60 and page["has_more"] is False
    assert page["data"][0]["sequence"] == 1


def test_next_stays_put_at_the_end_and_goes_on_from_there(sidecar):
    sidecar.deliver("github", b"1")
    end = sidecar.api.get("/v1/events").json["next"]
    for _ in range(3):
        page = sidecar.api.get("/v1/events", after=end).json
        assert (page["data"], page["has_more"]) == ([], False)
        end = page["next"]
    sidecar.deliver("github", b"2")
    page = sidecar.api.get("/v1/events", after=end).json
    assert [base64.b64decode(event["body"]) for event in page["data"]] == [b"2"]


def test_next_passes_what_the_filter_left_out(full):
    page = full.api.get("/v1/events", type="never").json
    assert page["data"] == [] and page["has_more"] is False
    again = full.api.get("/v1/events", type="never", after=page["next"]).json
    assert again["data"] == []


@pytest.mark.parametrize("query, wanted", [
    ({"source": "a"}, lambda n: n % 2 == 0),
    ({"source": ["a", "b"]}, lambda n: True),
    ({"type": "t1"}, lambda n: n % 3 == 1),
    ({"type": ["t1", "t2"]}, lambda n: n % 3 > 0),
    ({"source": "b", "type": "t0"}, lambda n: n % 2 == 1 and n % 3 == 0),
    ({"origin": "push"}, lambda n: True),
    ({"origin": "poll"}, lambda n: False),
    ({"event_id": "delivery-17"}, lambda n: n == 17),
    ({"event_id": "DELIVERY-17"}, lambda n: False),
    ({"from": "2000-01-01T00:00:00Z"}, lambda n: True),
    ({"to": "2000-01-01T00:00:00Z"}, lambda n: False),
    ({"from": "2999-01-01T00:00:00Z"}, lambda n: False),
])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_filters(full, query, wanted, order):
    expected = [n for n in range(60) if wanted(n)]
    found = numbers(full.api.events(limit=7, order=order, **query))
    assert found == (expected if order == "asc" else expected[::-1])


def test_from_is_inclusive_and_to_is_not(full):
    event = full.api.events()[30]
    time_of = event["received_at"]
    assert event["sequence"] in sequences(full.api.events(**{"from": time_of}))
    assert event["sequence"] not in sequences(full.api.events(to=time_of))
    both = full.api.events(**{"from": full.api.events()[10]["received_at"], "to": time_of})
    assert numbers(both) == list(range(10, 30))


def test_by_idempotency_key(full):
    key = full.api.events()[5]["idempotency_key"]
    assert numbers(full.api.events(idempotency_key=key)) == [5]


def test_the_link_leads_to_the_next_page_with_the_same_filter(full):
    found, target = [], "/v1/events?source=a&limit=7&body=none"
    while True:
        reply = full.api.call("GET", target, expect=200)
        found += numbers(reply.json["data"])
        if not reply.json["has_more"]:
            break
        link = reply.header("Link")
        assert link.startswith("<") and link.endswith('>; rel="next"')
        target = link[1:link.index(">")]
        assert "source=a" in target and "limit=7" in target and "body=none" in target
    assert found == list(range(0, 60, 2))


@pytest.mark.parametrize("query", [
    {"limit": "0"}, {"limit": "1001"}, {"limit": "-1"}, {"limit": "+5"}, {"limit": "5.0"},
    {"limit": "x"}, {"limit": ""}, {"order": "up"}, {"body": "hex"}, {"origin": "pull"},
    {"from": "yesterday"}, {"from": "2026-01-02"}, {"to": "1700000000"}, {"wait": "61s"},
    {"wait": "-1s"}, {"wait": "2h"}, {"wait": "x"}, {"source": "nobody"}, {"unknown": "1"},
    {"order": "desc", "wait": "1s"}, {"limit": ["1", "2"]}, {"after": ""}, {"after": "x"},
    {"after": "not a cursor"}, {"after": "A" * 2000}, {"after": "AAAA"},
])
def test_a_wrong_parameter_is_400(full, query):
    reply = full.api.get("/v1/events", expect=400, **query)
    wanted = "bad-cursor" if "after" in query else "bad-request"
    assert reply.json["type"] == "/problems/" + wanted


@pytest.mark.parametrize("target", ["/v1/events?limit=%zz", "/v1/events?source=%ff",
                                    "/v1/events?limit=5%", "/v1/events?limit"])
def test_a_query_that_cannot_be_read_is_400(full, target):
    full.api.call("GET", target, expect=400)


def test_a_cursor_belongs_to_its_filter_its_order_and_its_journal(full, sidecar):
    cursor = full.api.get("/v1/events", limit=5, source="a").json["next"]
    for other in ({"source": "b"}, {}, {"source": "a", "type": "t1"},
                  {"source": "a", "order": "desc"}):
        reply = full.api.get("/v1/events", after=cursor, expect=409, **other)
        assert reply.json["type"] == "/problems/cursor-mismatch"
    # The size of the page and the form of the bodies are no part of the filter.
    full.api.get("/v1/events", after=cursor, source="a", limit=9, body="none")
    reply = sidecar.api.get("/v1/events", after=cursor, expect=409)
    assert reply.json["type"] == "/problems/cursor-mismatch"


def test_a_cursor_altered_anywhere_is_refused(full):
    cursor = full.api.get("/v1/events", limit=5).json["next"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at in range(len(cursor)):
        other = alphabet[(alphabet.index(cursor[at]) + 1) % 64]
        altered = cursor[:at] + other + cursor[at + 1:]
        reply = full.api.get("/v1/events", after=altered, expect=None)
        assert reply.status in (400, 409), f"altered at {at}"


def test_a_cursor_ahead_of_the_end_is_409_as_after_a_restored_backup(make_sidecar, tmp_path):
    import shutil

    sidecar = make_sidecar()
    sidecar.deliver("github", b"1")
    assert sidecar.stop() == 0
    shutil.copytree(sidecar.data, tmp_path / "backup")
    sidecar.start()
    sidecar.deliver("github", b"2")
    ahead = sidecar.api.get("/v1/events").json["next"]
    assert sidecar.stop() == 0
    shutil.rmtree(sidecar.data)
    shutil.copytree(tmp_path / "backup", sidecar.data)
    sidecar.start()
    reply = sidecar.api.get("/v1/events", after=ahead, expect=409)
    assert reply.json["type"] == "/problems/cursor-mismatch"


# Bodies


def test_the_forms_of_a_body(sidecar):
    text, binary = "Zoë\n".encode(), b"\xff\x00\xfe"
    ids = [sidecar.deliver("github", body).header("Webhook-Receiver-Event")
           for body in (text, binary)]
    for number, body in enumerate((text, binary)):
        event = sidecar.api.get("/v1/events/" + ids[number]).json
        assert (event["body_encoding"], base64.b64decode(event["body"])) == ("base64", body)
        event = sidecar.api.get("/v1/events/" + ids[number], body="none").json
        assert "body" not in event and event["size"] == len(body)
        assert sidecar.api.body(event) == body
    event = sidecar.api.get("/v1/events/" + ids[0], body="text").json
    assert (event["body_encoding"], event["body"]) == ("text", "Zoë\n")
    event = sidecar.api.get("/v1/events/" + ids[1], body="text").json
    assert (event["body_encoding"], base64.b64decode(event["body"])) == ("base64", binary)


def test_entity_tags(full):
    event = full.api.events(limit=1)[0]
    for path in (f"/v1/events/{event['id']}", f"/v1/events/{event['id']}/body"):
        tag = full.api.get(path).header("ETag")
        for fresh in (tag, f'"x", {tag}', "*", "W/" + tag):
            reply = full.api.get(path, headers=[("If-None-Match", fresh)], expect=304)
            assert reply.header("ETag") == tag
        full.api.get(path, headers=[("If-None-Match", '"x"')])
    texts = {full.api.get(f"/v1/events/{event['id']}", body=form).header("ETag")
             for form in ("base64", "text", "none")}
    assert len(texts) == 3, "a strong tag tells the forms apart"


@pytest.mark.parametrize("event_id", ["x", "A" * 22, "%00", "..%2f", "1", "A" * 4000])
def test_an_id_that_is_none_is_404(full, event_id):
    for path in (f"/v1/events/{event_id}", f"/v1/events/{event_id}/body"):
        assert full.api.get(path, expect=404).json["type"] == "/problems/no-such-event"


def test_the_id_of_another_journal_is_404(full, sidecar):
    event = full.api.events(limit=1)[0]
    sidecar.deliver("github", b"1")
    sidecar.api.get("/v1/events/" + event["id"], expect=404)


# Long poll


def test_a_wait_ends_with_the_event_that_comes(sidecar):
    end = sidecar.api.get("/v1/events").json["next"]
    answers = []

    def read(kind):
        began = time.monotonic()
        page = sidecar.api.get("/v1/events", after=end, wait="30s").json
        answers.append((kind, page, time.monotonic() - began))

    readers = [threading.Thread(target=read, args=(n,)) for n in range(20)]
    for reader in readers:
        reader.start()
    wait_until(lambda: sidecar.api.status["process"]["connections"] >= 20)
    sidecar.deliver("github", b"1", event_id="awaited")
    for reader in readers:
        reader.join()
    assert len(answers) == 20
    for _, page, seconds in answers:
        assert [event["event_id"] for event in page["data"]] == ["awaited"]
        assert seconds < 20


def test_a_wait_with_a_filter_is_not_ended_by_another_event(sidecar):
    answers = []
    end = sidecar.api.get("/v1/events", source="stripe").json["next"]
    reader = threading.Thread(target=lambda: answers.append(
        sidecar.api.get("/v1/events", source="stripe", after=end, wait="30s").json))
    reader.start()
    for _ in range(5):
        sidecar.deliver("github", b"1")
    assert not answers
    sidecar.deliver("stripe", b'{"id": "evt_1"}')
    reader.join()
    assert [event["event_id"] for event in answers[0]["data"]] == ["evt_1"]


def test_a_wait_that_nothing_ends_is_an_empty_page(sidecar):
    began = time.monotonic()
    page = sidecar.api.get("/v1/events", wait="1s").json
    assert page["data"] == [] and page["next"]
    assert time.monotonic() - began >= 0.9


def test_a_reader_that_goes_away_loses_nothing(sidecar):
    for _ in range(50):
        with Wire(sidecar.api_address) as wire:
            wire.send(request("GET", "/v1/events?wait=30s"))
    sidecar.deliver("github", b"1")
    assert len(sidecar.api.events()) == 1
    wait_until(lambda: sidecar.api.status["process"]["connections"] <= 2)


def test_what_was_answered_2xx_is_in_the_next_page(sidecar):
    """No reader sees a hole: what is durable is visible, in order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(sidecar.deliver, "github", new_id().encode()) for _ in range(400)]
        seen, after = [], {}
        while len(seen) < 400:
            page = sidecar.api.get("/v1/events", wait="10s", body="none", **after).json
            seen += sequences(page["data"])
            after = {"after": page["next"]}
    assert {future.result().status for future in sent} == {200}
    assert seen == list(range(1, 401))
