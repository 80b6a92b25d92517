"""What counts as the same event."""

import json

import pytest

from harness.sidecar import source
from harness.signing import new_id, sign


def is_duplicate(reply):
    return reply.header("Webhook-Receiver-Duplicate") == "true"


def flags(sidecar):
    return [event["flags"] for event in sidecar.api.events(body="none")]


# unbound_id: the id is a header outside the signature


def test_the_same_id_with_other_bytes_is_an_event_of_its_own_and_a_conflict(sidecar):
    delivery = new_id()
    first = sidecar.deliver("github", b'{"n": 1}', event_id=delivery)
    second = sidecar.deliver("github", b'{"n": 2}', event_id=delivery)
    assert not is_duplicate(second)
    assert first.header("Webhook-Receiver-Event") != second.header("Webhook-Receiver-Event")
    assert flags(sidecar) == [[], ["conflict"]]
    keys = [event["idempotency_key"] for event in sidecar.api.events()]
    assert keys[0] != keys[1], "a consumer that keys its work must handle both"
    # Each of them again is a duplicate of itself.
    for body, reply in [(b'{"n": 1}', first), (b'{"n": 2}', second)]:
        again = sidecar.deliver("github", body, event_id=delivery)
        assert is_duplicate(again)
        assert again.header("Webhook-Receiver-Event") == reply.header("Webhook-Receiver-Event")
    assert sidecar.api.status["sources"]["github"]["conflicts"] == 1


@pytest.mark.parametrize("guard, stored, marks, second_is_duplicate", [
    (None, 2, [[], ["replayed_body"]], False),
    ("flag", 2, [[], ["replayed_body"]], False),
    ("drop", 1, [[]], True),
    ("off", 2, [[], []], False),
])
def test_the_same_bytes_under_another_id_go_by_the_replay_guard(
    make_sidecar, guard, stored, marks, second_is_duplicate
):
    more = {"idempotency": {"replay_guard": guard}} if guard else {}
    sidecar = make_sidecar(sources={"github": source("github", **more)})
    first = sidecar.deliver("github", b'{"n": 1}')
    second = sidecar.deliver("github", b'{"n": 1}')
    assert is_duplicate(second) == second_is_duplicate
    if second_is_duplicate:
        assert second.header("Webhook-Receiver-Event") == first.header("Webhook-Receiver-Event")
    assert flags(sidecar) == marks
    assert len(sidecar.api.events()) == stored


def test_an_absent_id_is_no_shared_key(sidecar):
    for number in range(3):
        reply = sidecar.deliver("github", b'{"n": %d}' % number, event_id="")
        assert not is_duplicate(reply)
    events = sidecar.api.events()
    assert [event["event_id"] for event in events] == [None] * 3
    assert len({event["idempotency_key"] for event in events}) == 3


def test_the_same_id_at_two_sources_is_two_events(make_sidecar):
    sidecar = make_sidecar(
        sources={"a": source("github", "/in/a"), "b": source("github", "/in/b")}
    )
    delivery = new_id()
    for path in ("/in/a", "/in/b"):
        assert not is_duplicate(sidecar.deliver("github", b"{}", path, event_id=delivery))
    events = sidecar.api.events()
    assert len({event["idempotency_key"] for event in events}) == 2
    assert flags(sidecar) == [[], []]


def test_an_alias_is_the_same_source(make_sidecar):
    sidecar = make_sidecar(sources={"a": source("github", "/in/a", aliases=["/old/a"])})
    delivery = new_id()
    assert not is_duplicate(sidecar.deliver("github", b"{}", "/in/a", event_id=delivery))
    assert is_duplicate(sidecar.deliver("github", b"{}", "/old/a", event_id=delivery))


# bound_id: the id is under the signature


def test_a_retry_signed_anew_is_a_duplicate(sidecar):
    import time

    body = json.dumps({"id": "evt_1", "type": "t"}).encode()
    for shift in (0, 1, 2):
        sidecar.deliver("stripe", body, now=time.time() - shift)
    for shift in (0, 1, 2):
        sidecar.deliver("standard-webhooks", b"{}", event_id="msg_1", now=time.time() - shift)
    assert [event["event_id"] for event in sidecar.api.events()] == ["evt_1", "msg_1"]


def test_a_bound_id_with_another_body_is_the_same_event(sidecar):
    first = sidecar.deliver("standard-webhooks", b'{"n": 1}', event_id="msg_1")
    second = sidecar.deliver("standard-webhooks", b'{"n": 2}', event_id="msg_1")
    assert is_duplicate(second)
    assert sidecar.api.body(sidecar.api.events()[0]) == b'{"n": 1}'
    assert first.header("Webhook-Receiver-Event") == second.header("Webhook-Receiver-Event")


def test_bodies_without_an_id_are_not_one_event(sidecar):
    for number in range(3):
        sidecar.deliver("stripe", b'{"type": "t", "n": %d}' % number)
        sidecar.deliver("slack", b"token=a&n=%d" % number)
    assert len(sidecar.api.events()) == 6


@pytest.mark.parametrize("body", [
    b'{"id": 12345678901234567890123, "type": "t"}',
    b'{"id": "a\\u0062c", "type": "t"}',
    b'{"id": {"x": 1}, "type": ["t"]}',
    b'{"id": "evt_1", "id": "evt_2"}',
    b'{"id": "evt_1", broken',
])
def test_strange_json_is_kept_and_never_shares_a_key_by_accident(sidecar, body):
    sidecar.deliver("stripe", body)
    sidecar.deliver("stripe", b'{"id": "other"}')
    events = sidecar.api.events()
    assert len(events) == 2
    assert sidecar.api.body(events[0]) == body


# What a source says about it


def test_identity_digest_and_none_can_be_chosen(make_sidecar):
    sidecar = make_sidecar(sources={
        "digest": source("github", "/in/digest", idempotency={"identity": "digest"}),
        "none": source("github", "/in/none", idempotency={"identity": "none"}),
    })
    assert [is_duplicate(sidecar.deliver("github", b"{}", "/in/digest")) for _ in range(3)] == [
        False, True, True
    ]
    delivery = new_id()
    assert [is_duplicate(sidecar.deliver("github", b"{}", "/in/none", event_id=delivery))
            for _ in range(3)] == [False, False, False]
    assert len(sidecar.api.events(source="digest")) == 1
    assert len(sidecar.api.events(source="none")) == 3


def test_the_place_of_the_id_can_be_chosen_and_the_first_present_wins(make_sidecar):
    places = ["header:X-First", "json:/delivery/id"]
    sidecar = make_sidecar(sources={"s": source("github", "/in/s", idempotency={"id": places})})
    body = b'{"delivery": {"id": "from-body"}}'
    sidecar.deliver("github", body, "/in/s")
    sidecar.post("/in/s", body + b" ", [*sign("github", body + b" "), ("X-First", "from-header")],
                 expect=200)
    assert [event["event_id"] for event in sidecar.api.events()] == ["from-body", "from-header"]


def test_keys_outlive_a_restart_and_a_kill(sidecar):
    deliveries = [(new_id(), b'{"n": %d}' % n) for n in range(20)]
    ids = [sidecar.deliver("github", body, event_id=i).header("Webhook-Receiver-Event")
           for i, body in deliveries]
    sidecar.restart()
    sidecar.kill()
    sidecar.start()
    for (delivery, body), known in zip(deliveries, ids):
        again = sidecar.deliver("github", body, event_id=delivery)
        assert is_duplicate(again)
        assert again.header("Webhook-Receiver-Event") == known
    assert len(sidecar.api.events()) == 20


def test_a_hundred_copies_at_once_are_one_event(sidecar):
    from concurrent.futures import ThreadPoolExecutor

    for _ in range(5):
        delivery, body = new_id(), new_id().encode()
        with ThreadPoolExecutor(50) as pool:
            replies = list(pool.map(
                lambda _: sidecar.deliver("github", body, event_id=delivery), range(100)
            ))
        assert len({reply.header("Webhook-Receiver-Event") for reply in replies}) == 1
        assert sum(not is_duplicate(reply) for reply in replies) == 1
        assert len(sidecar.api.events(event_id=delivery)) == 1
