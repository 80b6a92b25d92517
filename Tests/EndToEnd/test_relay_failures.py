"""Local services that misbehave, one at a time and together; failures 35 to 50 by their number."""

import time
from datetime import datetime, timezone

import pytest

from harness import service as how
from harness.service import answer
from harness.signing import new_id, sign
from test_relay import FAST, deliver, destination, relay, services  # noqa: F401

QUICK = {"failures": 1000, "window": "1s", "cooldown": "1s"}


def state_of(sidecar, event, name="app"):
    deliveries = sidecar.api.get(f"/v1/events/{event}/attempts").json["deliveries"]
    return next(each for each in deliveries if each["destination"] == name)


def wait_for(condition, seconds=20, what="it"):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come about")


def attempts_of(sidecar, event, count=1, name="app"):
    def look():
        found = state_of(sidecar, event, name)
        return found if len(found["attempts"]) >= count else None

    return wait_for(look, what=f"{count} attempts")


@pytest.mark.parametrize("behave, failure", [
    (how.close, "connection_closed"), (how.reset, "connection_closed"), (how.hang, "timeout"),
    (how.garbage, "malformed_answer"), (how.drip, "timeout"), (how.cut, "connection_closed"),
    (how.wrong_framing, "malformed_answer"), (how.wrong_chunk, "malformed_answer"),
    (how.huge_head, "answer_too_large"),
])
def test_36_42_what_is_no_answer_is_bounded_named_and_tried_again(
    relay, services, behave, failure  # noqa: F811
):
    bad, good = services(lambda _: behave), services()
    sidecar = relay({"app": destination(bad, timeout="1s"), "good": destination(good)})
    (event,) = deliver(sidecar, 1)
    found = attempts_of(sidecar, event)
    assert found["attempts"][0]["failure"] == failure
    assert found["attempts"][0]["status"] is None
    assert found["attempts"][0]["milliseconds"] < 3000
    assert found["state"] in ("waiting", "queued", "in_flight")
    good.wait_taken([event])
    bad.behave = lambda _: 204
    bad.wait_taken([event])


def test_42_an_endless_body_is_cut_off(relay, services):  # noqa: F811
    bad, good = services(lambda _: how.endless), services()
    sidecar = relay({"app": destination(bad, timeout="5s"), "good": destination(good)})
    (event,) = deliver(sidecar, 1)
    found = attempts_of(sidecar, event)
    assert found["attempts"][0]["status"] == 500
    assert found["attempts"][0]["milliseconds"] < 4000
    assert sidecar.api.status["process"]["resident_bytes"] < 512 << 20
    good.wait_taken([event])


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 409, 408, 425, 429,
                                    500, 501, 502, 503, 504, 599])
def test_43_what_is_not_2xx_is_tried_again(relay, services, status):  # noqa: F811
    elsewhere = services()
    bad = services(lambda _: answer(status, [("Location", elsewhere.url)]))
    sidecar = relay({"app": destination(bad, breaker=QUICK)})
    (event,) = deliver(sidecar, 1)
    found = attempts_of(sidecar, event, 2)
    assert [each["status"] for each in found["attempts"][:2]] == [status, status]
    bad.behave = lambda _: 202
    bad.wait_taken([event])
    assert not elsewhere.deliveries, "a redirect is never followed"


@pytest.mark.parametrize("status", [400, 410, 413, 415, 422])
def test_40_what_will_never_be_taken_is_a_dead_letter_at_once(
    relay, services, status  # noqa: F811
):
    bad, good = services(lambda _: status), services()
    sidecar = relay({"app": destination(bad), "good": destination(good)})
    (event,) = deliver(sidecar, 1)
    good.wait_taken([event])
    (letter,) = wait_for(lambda: sidecar.api.get("/v1/dead-letters").json["data"])
    assert letter["event"] == event and letter["destination"] == "app"
    assert letter["reason"] == "refused"
    assert [each["status"] for each in letter["attempts"]] == [status]
    assert state_of(sidecar, event)["state"] == "dead"
    assert state_of(sidecar, event, "good")["state"] == "delivered"
    assert len(bad.deliveries) == 1


@pytest.mark.parametrize("value", ["0", "99999999999999999999", "-5", "soon", "1e9", "",
                                   "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_41_an_absurd_retry_after_does_no_harm(relay, services, value):  # noqa: F811
    bad = services(lambda _: answer(503, [("Retry-After", value)]))
    sidecar = relay({"app": destination(bad, breaker=QUICK)})
    (event,) = deliver(sidecar, 1)
    attempts_of(sidecar, event, 2)
    bad.behave = lambda _: 204
    bad.wait_taken([event])


def test_41_retry_after_is_honoured_up_to_an_hour(relay, services):  # noqa: F811
    bad = services(lambda _: answer(429, [("Retry-After", "86400")]))
    sidecar = relay({"app": {"urls": [bad.url], "breaker": QUICK}})
    (event,) = deliver(sidecar, 1)
    found = attempts_of(sidecar, event)
    assert found["state"] == "waiting"
    next_at = datetime.fromisoformat(found["next_attempt_at"].replace("Z", "+00:00"))
    wait = (next_at - datetime.now(timezone.utc)).total_seconds()
    assert 3000 < wait <= 3600


def test_35_retries_that_wait_hold_no_slot(relay, services):  # noqa: F811
    bad = services(lambda delivery: 503 if b"bad" in delivery.body else 204)
    slow = {"schedule": ["1h"], "horizon": "3d"}
    sidecar = relay({"app": destination(bad, concurrency=1, retry=slow, breaker=QUICK)})
    deliver(sidecar, 20, body=None)
    for index in range(20):
        sidecar.deliver("github", b"bad %d" % index)
    good = deliver(sidecar, 5)
    bad.wait_taken(good)


def test_45_a_destination_that_takes_no_connection_holds_up_nobody(
    relay, services  # noqa: F811
):
    good = services()
    dead = {"urls": ["http://192.0.2.1:9/hooks"], "retry": FAST, "timeout": "2s"}
    sidecar = relay({"dead": dead, "good": destination(good)})
    began = time.monotonic()
    events = deliver(sidecar, 20)
    good.wait_taken(events)
    assert time.monotonic() - began < 20


def test_20_37_an_event_with_strange_headers_is_delivered(relay, services):  # noqa: F811
    good = services()
    sidecar = relay({"app": destination(good)})
    body = b'{"type": "x"}'
    headers = sign("github", body) + [
        ("X-Long", "v" * 8000), ("X-Tab", "a\tb"), ("X-Bytes", "\xff\xfe"), ("X-Empty", ""),
    ]
    reply = sidecar.post("/in/github", body, headers, expect=200)
    event = reply.header("Webhook-Receiver-Event")
    good.wait_taken([event])
    assert good.of(event)[0].header("X-Long") == "v" * 8000


def test_44_an_open_breaker_survives_a_restart(relay, services):  # noqa: F811
    bad = services(lambda _: 503)
    breaker = {"failures": 3, "window": "60s", "cooldown": "30m"}
    sidecar = relay({"app": destination(bad, breaker=breaker)})
    deliver(sidecar, 1)
    wait_for(lambda: sidecar.api.get("/v1/destinations/app").json["breaker"]["state"] == "open")
    time.sleep(0.3)
    count = len(bad.deliveries)
    sidecar.kill()
    sidecar.start()
    found = sidecar.api.get("/v1/destinations/app").json
    assert found["breaker"]["state"] == "open"
    time.sleep(0.5)
    assert len(bad.deliveries) == count, "nothing is sent while it is open"


def test_one_probe_finds_the_service_back(relay, services):  # noqa: F811
    bad = services(lambda _: 503)
    breaker = {"failures": 3, "window": "60s", "cooldown": "1s"}
    sidecar = relay({"app": destination(bad, breaker=breaker)})
    events = deliver(sidecar, 30)
    wait_for(lambda: sidecar.api.get("/v1/destinations/app").json["breaker"]["state"] != "closed")
    bad.behave = lambda _: 204
    bad.wait_taken(events)
    wait_for(lambda: sidecar.api.get("/v1/destinations/app").json["breaker"]["state"] == "closed")


def test_50_a_dead_destination_does_not_flood_the_log(relay, services):  # noqa: F811
    bad = services()
    bad.stop()
    storm = {"schedule": ["10ms"], "jitter": 0, "horizon": "1h"}
    sidecar = relay({"app": destination(bad, retry=storm, breaker=QUICK)})
    deliver(sidecar, 50)
    before = len(sidecar.log.splitlines())
    time.sleep(2)
    assert len(sidecar.log.splitlines()) - before < 120


def test_14_attempts_are_bounded_to_the_last_twenty(relay, services):  # noqa: F811
    bad = services(lambda _: 503)
    storm = {"schedule": ["10ms"], "jitter": 0, "horizon": "1h"}
    sidecar = relay({"app": destination(bad, retry=storm, breaker=QUICK)})
    (event,) = deliver(sidecar, 1)
    bad.wait(lambda s: len(s.deliveries) > 30)
    sidecar.restart()
    found = state_of(sidecar, event)
    assert len(found["attempts"]) == 20
    numbers = [each["number"] for each in found["attempts"]]
    assert numbers == list(range(numbers[0], numbers[0] + 20)) and numbers[-1] > 25


def test_the_horizon_makes_a_dead_letter(relay, services):  # noqa: F811
    bad = services(lambda _: 503)
    short = {"schedule": ["200ms"], "jitter": 0, "horizon": "1s"}
    sidecar = relay({"app": destination(bad, retry=short, breaker=QUICK)})
    (event,) = deliver(sidecar, 1)
    (letter,) = wait_for(lambda: sidecar.api.get("/v1/dead-letters").json["data"])
    assert letter["event"] == event and letter["reason"] == "retries_exhausted"
    assert 3 <= letter["attempt_count"] <= 6


def test_46_48_a_dead_letter_is_replayed_with_a_fresh_budget_and_again(
    relay, services  # noqa: F811
):
    bad = services(lambda _: 422)
    sidecar = relay({"app": destination(bad, ordering="source", breaker=QUICK)})
    (event,) = deliver(sidecar, 1)
    (letter,) = wait_for(lambda: sidecar.api.get("/v1/dead-letters").json["data"])
    first = sidecar.api.post(f"/v1/dead-letters/{letter['id']}/replay", {}, expect=202).json
    (again,) = wait_for(lambda: sidecar.api.get("/v1/dead-letters").json["data"])
    assert again["replay"] == first["replay"] and again["attempt_count"] == 1
    bad.behave = lambda delivery: 503 if delivery.attempt < 3 else 204
    second = sidecar.api.post(
        f"/v1/dead-letters/{again['id']}/replay", {"idempotency": "new"}, expect=202
    ).json
    assert second["replay"] != first["replay"]
    bad.wait_taken([event])
    tries = bad.of(event)
    assert [each.header("Webhook-Receiver-Replay") for each in tries[:2]] == [None, first["replay"]]
    assert tries[1].header("Idempotency-Key") == tries[0].header("Idempotency-Key")
    assert [each.attempt for each in tries[2:]] == [1, 2, 3]
    assert {each.header("Webhook-Receiver-Replay") for each in tries[2:]} == {second["replay"]}
    keys = {each.header("Idempotency-Key") for each in tries[2:]}
    assert len(keys) == 1 and keys != {tries[0].header("Idempotency-Key")}
    assert sidecar.api.get("/v1/dead-letters").json["data"] == []
    sidecar.api.post(f"/v1/dead-letters/{letter['id']}/replay", {}, expect=404)


def test_39_progress_is_kept_for_each_destination(relay, services):  # noqa: F811
    good, bad = services(), services(lambda _: 503)
    slow = {"schedule": ["300ms"], "jitter": 0, "horizon": "1h"}
    sidecar = relay({"good": destination(good), "bad": destination(bad, retry=slow, breaker=QUICK)})
    events = deliver(sidecar, 10)
    good.wait_taken(events)
    bad.wait(lambda s: len(s.deliveries) >= 20)
    assert all(len(good.of(event)) == 1 for event in events)


def test_ordering_holds_back_a_key_and_no_other(relay, services):  # noqa: F811
    seen = []

    def behave(delivery):
        number = len(seen)
        seen.append(delivery.body)
        return 503 if b'"a"' in delivery.body and number < 6 else 204

    service = services(behave)
    sidecar = relay({"app": destination(service, ordering="key:/key", breaker=QUICK)})
    bodies = [b'{"key": "%s", "n": %d}' % (key, n) for n in range(6) for key in (b"a", b"b")]
    events = [sidecar.deliver("github", body, event_id=new_id()).header("Webhook-Receiver-Event")
              for body in bodies]
    service.wait_taken(events)
    for key in (b'"a"', b'"b"'):
        first = []
        for delivery in service.deliveries:
            if key in delivery.body and delivery.event not in first:
                first.append(delivery.event)
        assert first == [e for e, body in zip(events, bodies) if key in body]
