"""Work queues: each event to one worker at a time."""

import base64
import json
import random
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.wire import Wire, request

ROUNDS = {"fast": 3, "whole": 30, "campaign": 200}


@pytest.fixture
def queue(sidecar):
    """A sidecar with ten events and a work queue over them."""
    for number in range(10):
        sidecar.deliver("github", b"%d" % number)
    return make(sidecar)


def make(sidecar, name="q", **definition):
    sidecar.api.put(f"/v1/consumers/{name}", {"mode": "lease", **definition}, expect=201)
    return sidecar


def lease(sidecar, name="q", **wanted):
    return sidecar.api.post(f"/v1/consumers/{name}/lease", wanted).json["data"]


def settle(sidecar, verb, *leases, name="q", expect=200, **more):
    ids = [lease if isinstance(lease, str) else lease["lease_id"] for lease in leases]
    reply = sidecar.api.post(f"/v1/consumers/{name}/{verb}", {"lease_ids": ids, **more},
                             expect=expect).json
    assert [result["lease_id"] for result in reply["data"]] == ids
    return [result["result"] for result in reply["data"]]


def bodies(leases):
    return [base64.b64decode(lease["event"]["body"]) for lease in leases]


def shown(sidecar, name="q"):
    return sidecar.api.get(f"/v1/consumers/{name}").json


def dead(sidecar, name="q", **query):
    return sidecar.api.get(f"/v1/consumers/{name}/dead-letters", **query).json["data"]


def eventually(look, seconds=30):
    """What `look` returns as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


def test_each_event_goes_to_one_worker_and_an_ack_settles_it(queue):
    first, second = lease(queue, limit=4), lease(queue, limit=4)
    assert bodies(first) == [b"0", b"1", b"2", b"3"] and bodies(second) == [b"4", b"5", b"6", b"7"]
    assert {one["attempt"] for one in first + second} == {1}
    assert settle(queue, "ack", *first) == ["done"] * 4
    state = shown(queue)
    assert (state["position"], state["lag"], state["unsettled"], state["leased"]) == (8, 2, 4, 4)
    assert bodies(lease(queue)) == [b"8", b"9"]
    assert lease(queue) == []


def test_a_lease_that_ends_makes_the_event_another_workers(queue):
    (late,) = lease(queue, limit=1, lease="500ms")
    again = eventually(lambda: next((one for one in lease(queue, lease="1h")
                                     if bodies([one]) == [b"0"]), None))
    assert again["attempt"] == 2
    assert again["lease_id"] != late["lease_id"]
    assert settle(queue, "ack", late, expect=409) == ["expired"]
    assert settle(queue, "nack", late, expect=409) == ["expired"]
    assert settle(queue, "extend", late, expect=409) == ["expired"]
    assert settle(queue, "ack", again) == ["done"]
    assert settle(queue, "ack", late) == ["already_done"]


def test_55_a_late_or_repeated_ack_is_success_or_a_clear_conflict(queue):
    on_time, late = lease(queue, limit=2, lease="500ms")
    assert settle(queue, "ack", on_time) == ["done"]
    assert settle(queue, "ack", on_time, on_time) == ["already_done"] * 2
    assert settle(queue, "nack", on_time) == ["already_done"]
    assert settle(queue, "extend", on_time, expect=409) == ["already_done"]
    eventually(lambda: shown(queue)["leased"] == 0)
    assert settle(queue, "extend", late, expect=409) == ["expired"]
    assert settle(queue, "ack", late) == ["done"], "nobody else has got it yet"
    assert settle(queue, "ack", late) == ["already_done"]
    given, = lease(queue, limit=1)
    assert settle(queue, "nack", given) == ["done"]
    assert settle(queue, "nack", given) == ["already_done"]
    assert settle(queue, "ack", given, expect=409) == ["expired"]
    _, new = lease(queue, limit=2)
    assert settle(queue, "ack", new, given, "nonsense", expect=409) == \
        ["done", "expired", "unknown"]
    assert settle(queue, "ack", new) == ["already_done"]


def test_54_a_lease_of_one_consumer_never_settles_anothers(queue):
    make(queue, "other")
    make(queue, "twin")
    mine = lease(queue, "other", limit=1)[0]
    lease(queue, limit=1)
    for verb in ("ack", "nack", "extend"):
        assert settle(queue, verb, mine, expect=409) == ["unknown"]
    for index in range(0, len(mine["lease_id"]), 3):
        text = mine["lease_id"]
        changed = text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1:]
        assert settle(queue, "ack", changed, name="other", expect=409) == ["unknown"]
    cursor = queue.api.get("/v1/events").json["next"]
    assert settle(queue, "ack", cursor, name="other", expect=409) == ["unknown"]
    # A consumer that is made again is another one.
    queue.api.delete("/v1/consumers/other")
    make(queue, "other")
    lease(queue, "other", limit=1)
    assert settle(queue, "ack", mine, name="other", expect=409) == ["unknown"]
    assert shown(queue, "other")["leased"] == 1 and shown(queue)["leased"] == 1


def test_54_a_token_of_one_consumer_reaches_no_other(make_sidecar):
    tokens = {name: f"token-of-{name}-0123456789" for name in ("q", "other")}
    sidecar = make_sidecar(api={"tokens": [
        {"name": name, "token": "literal:" + token, "scopes": [f"pull:{name}"]}
        for name, token in tokens.items()]})
    sidecar.deliver("github", b"1")
    mine, other = (sidecar.api.with_token(token) for token in tokens.values())
    for api, name in ((mine, "q"), (other, "other")):
        api.put(f"/v1/consumers/{name}", {"mode": "lease"}, expect=201)
    taken = mine.post("/v1/consumers/q/lease", {}).json["data"][0]["lease_id"]
    for verb in ("lease", "ack", "nack", "extend"):
        body = {} if verb == "lease" else {"lease_ids": [taken]}
        reply = other.post(f"/v1/consumers/q/{verb}", body, expect=403)
        assert reply.json["type"] == "/problems/scope-missing"
    reply = other.post("/v1/consumers/other/ack", {"lease_ids": [taken]}, expect=409)
    assert reply.json["data"][0]["result"] == "unknown"
    assert mine.post("/v1/consumers/q/ack", {"lease_ids": [taken]}).json["data"][0][
        "result"] == "done"


def test_51_no_wake_up_is_lost_between_an_empty_look_and_the_wait(sidecar):
    """A worker that waits gets the event at once, however the two meet."""
    make(sidecar)
    rng, got, stop = random.Random(51), [], threading.Event()

    def work():
        while not stop.is_set():
            for one in lease(sidecar, limit=1, wait="60s", lease="5m"):
                got.append((bodies([one])[0], time.monotonic()))
                settle(sidecar, "ack", one)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in range(150):
        sidecar.deliver("github", b"%d" % number)
        # Were a wake-up lost, this one would wait for the next event, or for a minute.
        eventually(lambda: len(got) > number, seconds=20)
        time.sleep(rng.choice([0, 0, 0.001, 0.01]))
    stop.set()
    sidecar.stop()
    for worker in workers:
        worker.join()
    assert Counter(body for body, _ in got) == Counter(b"%d" % n for n in range(150))


@pytest.mark.parametrize("how", ["closed", "half"])
def test_52_a_cancelled_long_poll_leases_nothing(sidecar, how):
    make(sidecar)
    body = json.dumps({"wait": "60s", "lease": "1h"}).encode()
    host = "%s:%d" % sidecar.api_address
    data = request("POST", "/v1/consumers/q/lease", [("Content-Type", "application/json")], body,
                   host=host)
    for _ in range(5):
        with Wire(sidecar.api_address) as wire:
            wire.send(data)
            eventually(lambda: sidecar.api.get("/v1/consumers/q"))
            if how == "half":
                wire.socket.shutdown(1)
                reply = wire.reply("POST")
                assert reply.status == 200 and reply.json == {"data": []}
    sidecar.deliver("github", b"for somebody who is there")
    (one,) = eventually(lambda: lease(sidecar))
    assert one["attempt"] == 1


def test_52_a_client_that_leaves_while_its_lease_is_written_keeps_nothing(queue):
    """Whoever reads the answer has the event; whoever left before it has not."""
    body = json.dumps({"limit": 1, "lease": "1h"}).encode()
    host = "%s:%d" % queue.api_address
    data = request("POST", "/v1/consumers/q/lease", [("Content-Type", "application/json")], body,
                   host=host)
    for _ in range(30):
        with Wire(queue.api_address) as wire:
            wire.send(data)
            wire.socket.shutdown(1)
            reply = wire.reply("POST")
        for one in reply.json["data"]:
            settle(queue, "nack", one)
    eventually(lambda: shown(queue)["leased"] == 0)
    assert len(lease(queue)) == 10


@pytest.mark.parametrize("how", ["nack", "expiry"])
def test_53_an_event_that_comes_back_wakes_who_waits(sidecar, how):
    make(sidecar)
    sidecar.deliver("github", b"back")
    (held,) = lease(sidecar, lease="500ms" if how == "expiry" else "1h")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lease, sidecar, wait="60s")
        if how == "nack":
            settle(sidecar, "nack", held)
        (again,) = waiting.result(30)
    assert (again["attempt"], bodies([again])) == (2, [b"back"])


def test_a_nack_with_a_delay_comes_back_after_it(queue):
    taken = lease(queue, lease="1h")
    assert settle(queue, "nack", taken[0], delay="1h") == ["done"]
    assert shown(queue)["delayed"] == 1
    assert settle(queue, "nack", taken[1], delay="500ms") == ["done"]
    (soon,) = eventually(lambda: lease(queue))
    assert bodies([soon]) == [b"1"]
    assert shown(queue)["delayed"] == 1


def test_an_extension_keeps_the_event(queue):
    held, other = lease(queue, limit=2, lease="5s")
    assert settle(queue, "extend", held, lease="1h") == ["done"]
    lease(queue, lease="1h")
    # The other one's end was its end, too.
    assert bodies(eventually(lambda: lease(queue, lease="1h"))) == [b"1"]
    assert lease(queue) == []
    assert settle(queue, "ack", held) == ["done"]
    assert settle(queue, "extend", other, expect=409) == ["expired"]


def test_after_max_attempts_an_event_is_a_dead_letter_of_this_consumer(sidecar):
    for number in range(3):
        sidecar.deliver("github", b"%d" % number)
    make(sidecar, max_attempts=2)
    make(sidecar, "other", max_attempts=1)
    for attempt in (1, 2):
        one, two, three = eventually(lambda: (found := lease(sidecar, lease="5s"))
                                     and len(found) == 3 and found)
        assert {one["attempt"], two["attempt"], three["attempt"]} == {attempt}
        settle(sidecar, "nack", one)
        if attempt == 2:
            settle(sidecar, "ack", two)
        else:
            settle(sidecar, "nack", two)
            settle(sidecar, "nack", three)
    letters = eventually(lambda: len(found := dead(sidecar)) == 2 and found)
    assert [(one["sequence"], one["attempts"], one["reason"]) for one in letters] == \
        [(1, 2, "returned"), (3, 2, "expired")]
    assert letters[0]["event"]["id"] == letters[0]["id"]
    assert shown(sidecar)["dead_letters"] == 2 and shown(sidecar)["unsettled"] == 0
    assert lease(sidecar) == [] and len(lease(sidecar, "other")) == 3
    assert dead(sidecar, "other") == []
    page = sidecar.api.get("/v1/consumers/q/dead-letters", limit=1).json
    assert page["has_more"] and [one["sequence"] for one in page["data"]] == [1]
    assert [one["sequence"] for one in dead(sidecar, after=page["next"])] == [3]
    # Again, with as many attempts as at first; and away.
    path = f"/v1/consumers/q/dead-letters/{letters[0]['id']}"
    sidecar.api.post(path + "/replay", {}, expect=204)
    sidecar.api.post(path + "/replay", {}, expect=404)
    (again,) = lease(sidecar)
    assert again["attempt"] == 3
    settle(sidecar, "nack", again)
    assert lease(sidecar)[0]["attempt"] == 4
    sidecar.api.delete(f"/v1/consumers/q/dead-letters/{letters[1]['id']}")
    assert dead(sidecar) == []
    sidecar.restart()
    assert dead(sidecar) == [] and shown(sidecar)["leased"] == 1


def test_a_dead_letter_wakes_a_worker_when_it_is_replayed(sidecar):
    make(sidecar, max_attempts=1)
    sidecar.deliver("github", b"1")
    settle(sidecar, "nack", *lease(sidecar))
    (letter,) = dead(sidecar)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lease, sidecar, wait="60s")
        sidecar.api.post(f"/v1/consumers/q/dead-letters/{letter['id']}/replay", {}, expect=204)
        assert len(waiting.result(30)) == 1


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_leases_keep_their_own_ends_over_a_restart(queue, how):
    short = lease(queue, limit=1, lease="1s")
    long = lease(queue, limit=1, lease="1h")
    settle(queue, "nack", *lease(queue, limit=1), delay="1h")
    acked = lease(queue, limit=1)
    settle(queue, "ack", *acked)
    if how == "kill":
        queue.kill()
        queue.start()
    else:
        queue.restart()
    # Only the short lease comes to its end; a slow machine may be there before the restart is.
    attempts = {}

    def take():
        for one in lease(queue, lease="1h"):
            attempts.update({body: one["attempt"] for body in bodies([one])})
        return len(attempts) == 7

    eventually(take)
    assert attempts == {b"0": 2, **{b"%d" % number: 1 for number in range(4, 10)}}
    assert lease(queue) == []
    assert settle(queue, "ack", *long) == ["done"]
    assert settle(queue, "ack", *acked) == ["already_done"]
    assert settle(queue, "ack", *short, expect=409) == ["expired"]


def test_attempts_are_counted_over_kill_9(sidecar):
    """An event that brings down worker and sidecar runs out of attempts all the same."""
    make(sidecar, max_attempts=3)
    sidecar.deliver("github", b"poison")
    for attempt in (1, 2, 3):
        (one,) = eventually(lambda: lease(sidecar, lease="500ms"))
        assert one["attempt"] == attempt
        sidecar.kill()
        sidecar.start()
    eventually(lambda: dead(sidecar))
    assert lease(sidecar) == []


def test_the_wrong_mode_is_409_and_definitions_are_held_to(sidecar):
    make(sidecar, sources=["github"])
    sidecar.api.put("/v1/consumers/c", {}, expect=201)
    for reply in (
        sidecar.api.get("/v1/consumers/q/events", expect=409),
        sidecar.api.post("/v1/consumers/q/commit", {"cursor": "x"}, expect=409),
        sidecar.api.post("/v1/consumers/q/seek", {"to": "earliest"}, expect=409),
        sidecar.api.post("/v1/consumers/c/lease", {}, expect=409),
        sidecar.api.post("/v1/consumers/c/ack", {"lease_ids": ["x"]}, expect=409),
        sidecar.api.get("/v1/consumers/c/dead-letters", expect=409),
    ):
        assert reply.json["type"] == "/problems/wrong-mode"
    same = {"mode": "lease", "sources": ["github"], "max_attempts": 20}
    sidecar.api.put("/v1/consumers/q", same, expect=200)
    for other in ({}, {"mode": "lease"}, {**same, "max_attempts": 19}, {"sources": ["github"]}):
        reply = sidecar.api.put("/v1/consumers/q", other, expect=409)
        assert reply.json["type"] == "/problems/consumer-conflict"
    sidecar.api.put("/v1/consumers/c", {"mode": "lease"}, expect=409)
    names = [consumer["name"] for consumer in sidecar.api.status["consumers"]]
    assert names == ["c", "q"]


@pytest.mark.parametrize("verb, body", [
    ("lease", body) for body in [
        {"limit": 0}, {"limit": 501}, {"limit": "1"}, {"lease": "499ms"}, {"lease": "13h"},
        {"lease": "soon"}, {"lease": "-1s"}, {"lease": "99999999999999999999s"}, {"wait": "61s"},
        {"wait": None}, {"extra": 1}, [], b"{", {"lease": "+1s"}, {"lease": "１s"}]
] + [(verb, body) for verb in ("ack", "nack", "extend") for body in [
    {}, {"lease_ids": []}, {"lease_ids": "x"}, {"lease_ids": [1]}, {"lease_ids": ["x"] * 501},
    {"lease_ids": ["x"], "extra": 1}]
] + [("ack", {"lease_ids": ["x"], "delay": "1s"}), ("nack", {"lease_ids": ["x"], "delay": "13h"}),
     ("extend", {"lease_ids": ["x"], "lease": "1ms"})])
def test_a_wrong_request_is_400_and_leases_nothing(shared, verb, body):
    shared.api.put("/v1/consumers/q", {"mode": "lease"})
    reply = shared.api.post(f"/v1/consumers/q/{verb}", body, expect=400)
    assert reply.json["type"] == "/problems/bad-request"
    assert shown(shared)["leased"] == 0


def test_a_consumer_of_one_source_is_leased_only_that(sidecar):
    make(sidecar, sources=["stripe"])
    for number in range(4):
        sidecar.deliver("github", b"%d" % number)
        sidecar.deliver("stripe", b'{"id": "evt_%d"}' % number)
    taken = lease(sidecar)
    assert [one["event"]["source"] for one in taken] == ["stripe"] * 4
    settle(sidecar, "ack", *taken)
    assert shown(sidecar)["lag"] == 0


def test_a_deleted_consumer_takes_its_leases_with_it(queue):
    lease(queue, limit=5)
    with ThreadPoolExecutor(1) as pool:
        make(queue, "idle", start="latest")
        waiting = pool.submit(queue.api.post, "/v1/consumers/idle/lease", {"wait": "60s"}, None)
        eventually(lambda: shown(queue, "idle"))
        time.sleep(0.2)
        queue.api.delete("/v1/consumers/idle")
        assert waiting.result(30).status in (200, 404)
    queue.api.delete("/v1/consumers/q")
    queue.api.get("/v1/consumers/q", expect=404)
    queue.restart()
    queue.api.get("/v1/consumers/q", expect=404)
    make(queue)
    assert [one["attempt"] for one in lease(queue)] == [1] * 10


def test_the_body_is_shown_as_asked(queue):
    reply = queue.api.post("/v1/consumers/q/lease?body=none", {"limit": 1}).json
    assert "body" not in reply["data"][0]["event"]
    reply = queue.api.post("/v1/consumers/q/lease?body=text", {"limit": 1}).json
    assert reply["data"][0]["event"]["body"] == "1"


def test_events_that_retention_took_are_said_and_counted(make_sidecar):
    sidecar = make_sidecar(
        ingress={"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
        journal={"segment_bytes": "64KiB", "retention": {"bytes": "256KiB"}},
    )
    make(sidecar)
    sidecar.deliver("github", b"held")
    (held,) = lease(sidecar, lease="500ms")
    for _ in range(80):
        sidecar.deliver("github", random.randbytes(7000))
    eventually(lambda: sidecar.api.status["journal"]["first_sequence"] > 1, seconds=60)
    gaps = []

    def drain():
        entries = lease(sidecar, limit=2, lease="1h")
        gaps.extend(entry["gap"] for entry in entries if "gap" in entry)
        return not entries

    eventually(drain, seconds=60)
    assert gaps[0] == {"from": 1, "to": 1, "reason": "expired"}
    assert {gap["reason"] for gap in gaps} == {"expired"}
    assert shown(sidecar)["lost"] == sum(gap["to"] - gap["from"] + 1 for gap in gaps)
    assert settle(sidecar, "ack", held) == ["already_done"]


def test_kill_9_under_workers_every_event_is_acked_in_the_end(make_sidecar, effort):
    """Handed out at least once, settled in the end, never handed out after an answered ack."""
    rng = random.Random(20264)
    sidecar = make_sidecar()
    make(sidecar, max_attempts=1000)
    sent, acked, handed, failures = set(), set(), defaultdict(list), []
    total, lock, stop = 0, threading.Lock(), threading.Event()

    def work():
        while not stop.is_set():
            try:
                taken = lease(sidecar, limit=rng.randint(1, 8), wait="200ms", lease="1s")
            except (OSError, AssertionError):
                time.sleep(0.01)
                continue
            with lock:
                for one in taken:
                    body = bodies([one])[0]
                    if body in acked:
                        failures.append(f"{body} was leased after its ack was answered")
                    handed[body].append(one["attempt"])
            try:
                for one in taken:
                    (body,) = bodies([one])
                    with lock:
                        sent.add(body)
                    if settle(sidecar, "ack", one, expect=None) in (["done"], ["already_done"]):
                        with lock:
                            acked.add(body)
            except (OSError, KeyError):
                pass

    workers = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for _ in range(ROUNDS[effort]):
        for _ in range(20):
            sidecar.deliver("github", b"%d" % total)
            total += 1
        time.sleep(rng.uniform(0, 0.3))
        sidecar.kill()
        sidecar.start()
    # The answer to a durable ack can be lost with the process: only the consumer knows all.
    eventually(lambda: (state := shown(sidecar))["lag"] == 0 and state["unsettled"] == 0, 60)
    stop.set()
    for worker in workers:
        worker.join()
    assert not failures
    for body, attempts in handed.items():
        assert attempts == sorted(set(attempts)), f"{body} was given one attempt twice"
    everything = {b"%d" % number for number in range(total)}
    assert set(handed) == everything and sent == everything
    assert len(acked) > total // 2, "too few to say anything"
    assert shown(sidecar)["dead_letters"] == 0 and dead(sidecar) == []
