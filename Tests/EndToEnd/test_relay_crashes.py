"""What was admitted reaches each of its destinations, whatever is killed or configured meanwhile."""

import json
import random
import threading
import time
from collections import defaultdict
from datetime import datetime

from harness.signing import new_id
from harness.sidecar import source
from test_relay import deliver, destination, relay, services  # noqa: F401
from test_relay_failures import QUICK, state_of, wait_for

ROUNDS = {"fast": 3, "whole": 10, "campaign": 60}


def reconfigure(sidecar, sources, destinations, **settings):
    """Another configuration for the next start."""
    sidecar.configuration = sidecar.make(sources, {"destinations": destinations, **settings})


def keyed_order_holds(service, keys):
    """First arrivals of each key came in the order of admission.

    Events that were stored and whose answer a kill took are not among those that are known.
    """
    first = defaultdict(dict)
    for delivery in service.deliveries:
        first[json.loads(delivery.body)["key"]].setdefault(delivery.event)
    return all([event for event in first[key] if event in events] == events
               for key, events in keys.items())


def test_one_dead_one_slow_one_good_and_kill_9_meanwhile(
    relay, services, effort  # noqa: F811
):
    good, dead = services(), services()
    slow = services(lambda _: time.sleep(0.02) or 204)
    dead.stop()
    sidecar = relay({
        "good": destination(good), "slow": destination(slow, concurrency=2),
        "dead": destination(dead, ordering="key:/key", timeout="1s",
                            breaker={"failures": 5, "window": "10s", "cooldown": "500ms"}),
    }, sources={"github": source("github", destinations=["good", "slow", "dead"])})
    acknowledged, keys = [], defaultdict(list)
    stop, lock = threading.Event(), threading.Lock()

    def load():
        number = 0
        while not stop.is_set():
            key = random.choice("abcde")
            body = json.dumps({"key": key, "n": number}).encode()
            number += 1
            try:
                with lock:  # One after the other, so that the order of admission is known.
                    reply = sidecar.deliver("github", body, event_id=new_id(), expect=None)
                    if reply.status != 200:
                        continue
                    event = reply.header("Webhook-Receiver-Event")
                    acknowledged.append(event)
                    keys[key].append(event)
            except (OSError, AssertionError):
                time.sleep(0.02)
            time.sleep(0.004)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        for round in range(ROUNDS[effort]):
            time.sleep(random.uniform(0.3, 1.2))
            sidecar.kill()
            if round == ROUNDS[effort] // 2:
                dead.start()
            sidecar.start()
    finally:
        stop.set()
        thread.join()
    for service in (good, slow, dead):
        service.wait_taken(acknowledged, 60)
    # At least once: what was in hand or unsaved at a kill may come again, and no more than that.
    assert len(good.deliveries) <= len(acknowledged) + ROUNDS[effort] * 300
    assert keyed_order_holds(dead, keys)
    assert sidecar.api.get("/v1/dead-letters").json["data"] == []


def test_a_clean_stop_repeats_nothing(relay, services):  # noqa: F811
    service = services()
    sidecar = relay({"app": destination(service)})
    events = []
    for _ in range(3):
        events += deliver(sidecar, 30)
        service.wait_taken(events)
        sidecar.restart()
    time.sleep(0.3)
    assert len(service.deliveries) == len(events)


def test_a_stop_waits_for_what_is_out(relay, services):  # noqa: F811
    service = services(lambda _: time.sleep(1) or 204)
    sidecar = relay({"app": destination(service, concurrency=4)})
    events = deliver(sidecar, 4)
    service.wait(lambda s: len(s.deliveries) == 4)
    assert sidecar.stop() == 0
    assert set(service.taken) == set(events)
    sidecar.start()
    time.sleep(0.5)
    assert len(service.deliveries) == 4, "their acknowledgements were kept"


def test_38_a_destination_that_is_removed_still_gets_what_was_admitted_for_it(
    relay, services  # noqa: F811
):
    gone, stays = services(), services()
    gone.stop()
    both = {"gone": destination(gone, breaker=QUICK), "stays": destination(stays)}
    sidecar = relay(both, sources={"github": source("github", destinations=["gone", "stays"])})
    before = deliver(sidecar, 20)
    stays.wait_taken(before)
    assert sidecar.stop() == 0
    reconfigure(sidecar, {"github": source("github", destinations=["stays"])},
                {"stays": both["stays"]})
    sidecar.start()
    after = deliver(sidecar, 5)
    stays.wait_taken(after)
    found = sidecar.api.get("/v1/destinations/gone").json
    assert found["mode"] == "retiring" and found["sources"] == []
    gone.start()
    gone.wait_taken(before)
    wait_for(lambda: sidecar.api.call("GET", "/v1/destinations/gone").status == 404, 30)
    sidecar.restart()
    assert sidecar.api.call("GET", "/v1/destinations/gone").status == 404
    assert not set(after) & gone.taken.keys()


def test_a_removed_destination_may_leave_dead_letters(relay, services):  # noqa: F811
    gone = services()
    gone.stop()
    both = {"gone": destination(gone, on_remove="dead-letter", breaker=QUICK)}
    sidecar = relay(both, sources={"github": source("github", destinations=["gone"])})
    events = deliver(sidecar, 20)
    assert sidecar.stop() == 0
    reconfigure(sidecar, {"github": source("github")}, {})
    sidecar.start()
    wait_for(lambda: len(sidecar.api.get("/v1/dead-letters").json["data"]) == 20)
    letters = sidecar.api.get("/v1/dead-letters").json["data"]
    assert {each["event"] for each in letters} == set(events)
    assert {each["reason"] for each in letters} == {"destination_removed"}
    sidecar.api.post(f"/v1/dead-letters/{letters[0]['id']}/replay", {}, expect=409)
    # Configured again, they can be replayed.
    gone.start()
    assert sidecar.stop() == 0
    reconfigure(sidecar, {"github": source("github", destinations=["gone"])}, both)
    sidecar.start()
    for letter in letters:
        sidecar.api.post(f"/v1/dead-letters/{letter['id']}/replay", {}, expect=202)
    gone.wait_taken(events)


def test_a_new_destination_begins_with_new_events(relay, services):  # noqa: F811
    old, new = services(), services()
    sidecar = relay({"old": destination(old)},
                    sources={"github": source("github", destinations=["old"])})
    before = deliver(sidecar, 5)
    old.wait_taken(before)
    assert sidecar.stop() == 0
    reconfigure(sidecar, {"github": source("github", destinations=["old", "new"])},
                {"old": destination(old), "new": destination(new)})
    sidecar.start()
    after = deliver(sidecar, 5)
    new.wait_taken(after)
    old.wait_taken(after)
    assert set(new.taken) == set(after)


def test_a_removed_destination_whose_secret_is_gone_waits(relay, services):  # noqa: F811
    gone = services()
    gone.stop()
    secret = "literal:whsec_dGhlIGhvcCBoYXMgYSBzZWNyZXQgb2YgMzIgYnl0ZXM="
    sidecar = relay({"gone": destination(gone, secrets=[secret], breaker=QUICK)},
                    sources={"github": source("github", destinations=["gone"])})
    events = deliver(sidecar, 3)
    assert sidecar.stop() == 0
    assert b"dGhlIGhvcCBoYXM" not in b"".join(
        path.read_bytes() for path in sidecar.data.rglob("*") if path.is_file()
    ), "the secret itself is nowhere on the disk"
    reconfigure(sidecar, {"github": source("github")}, {})
    gone.start()
    sidecar.start()
    assert sidecar.api.get("/v1/destinations/gone").json["paused"] == "secrets_missing"
    sidecar.api.post("/v1/destinations/gone/resume", {}, expect=409)
    time.sleep(0.3)
    assert not gone.deliveries, "a hop that was signed does not go on unsigned"
    assert state_of(sidecar, events[0], "gone")["state"] in ("waiting", "queued")


def test_a_restart_moves_no_retry(relay, services):  # noqa: F811
    service = services(lambda _: 503)
    later = {"schedule": ["1h"], "jitter": 0, "horizon": "3d"}
    sidecar = relay({"app": {"urls": [service.url], "retry": later, "breaker": QUICK}})
    (event,) = deliver(sidecar, 1)
    wait_for(lambda: state_of(sidecar, event)["state"] == "waiting")
    first = state_of(sidecar, event)["next_attempt_at"]
    sidecar.restart()
    found = state_of(sidecar, event)
    assert found["state"] == "waiting"
    assert abs(seconds(found["next_attempt_at"]) - seconds(first)) < 5


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
