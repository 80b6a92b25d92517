"""What was answered 2xx is there afterwards, and nothing is there twice."""

import asyncio
import random
import re
import subprocess
from collections import Counter

import pytest

from harness import trace
from harness.load import Load
from harness.signing import new_id, sign
from harness.wire import Wire, request

ROUNDS = {"fast": 5, "whole": 50, "campaign": 1000}
CONNECTIONS = 64
# The ids that harness.load makes: UUIDs, as GitHub's are.
DELIVERY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def assert_all_there_and_none_twice(sidecar, load):
    events = sidecar.api.events(limit=1000, body="none")
    stored = Counter(event["event_id"] for event in events)
    assert not [i for i, count in stored.items() if count > 1], "stored twice"
    lost = load.acknowledged.keys() - stored.keys()
    assert not lost, f"{len(lost)} of {len(load.acknowledged)} acknowledged events are lost"
    assert stored.keys() <= load.sent.keys()
    sequences = [event["sequence"] for event in events]
    assert sequences == list(range(1, len(events) + 1))
    ids = {event["event_id"]: event["id"] for event in events}
    for delivery, event in load.acknowledged.items():
        assert ids[delivery] == event
    return events


def assert_the_journal_is_sound(sidecar):
    checked = sidecar.cli("journal", "verify", sidecar.data)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def assert_synced_before_answered(calls, load):
    """Written, then synced without an error, then answered; returns those that were answered."""
    syncs = [call for call in calls if call.name == "fdatasync" and call.result == 0]
    written, answered = {}, {}
    events = {event: delivery for delivery, event in load.acknowledged.items()}
    for call in calls:
        if call.name in ("pwrite64", "pwritev", "pwritev2", "write", "writev"):
            for delivery in DELIVERY.findall(call.arguments):
                written.setdefault(delivery, call)
        if call.name in ("sendto", "sendmsg", "write", "writev"):
            for event in re.findall(r"Webhook-Receiver-Event: ([\w-]+)", call.arguments):
                answered.setdefault(events[event], call)
    assert answered.keys() <= load.acknowledged.keys()
    for delivery, answer in answered.items():
        assert delivery in written, "answered and never written"
        assert any(
            written[delivery].ended < sync.began and sync.ended < answer.began for sync in syncs
        ), f"{delivery} was answered before its fdatasync had returned"
    return answered


def test_kill_9_in_a_loop_loses_nothing(make_sidecar, effort):
    rng = random.Random(20261)
    sidecar = make_sidecar(start=False)
    load = Load()
    for _ in range(ROUNDS[effort]):
        sidecar.start()
        pause = rng.uniform(0.001, 0.5)
        asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, pause, sidecar.process.kill))
        sidecar.wait()
    assert len(load.acknowledged) > ROUNDS[effort], "too few to say anything"
    assert load.other == []
    sidecar.start()
    events = assert_all_there_and_none_twice(sidecar, load)
    for event in rng.sample(events, min(200, len(events))):
        assert sidecar.api.body(event) == load.sent[event["event_id"]]
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


def test_kill_9_during_start_loses_nothing(make_sidecar, effort):
    rng = random.Random(20262)
    sidecar = make_sidecar(start=False)
    load = Load(size=2000)
    sidecar.start()
    asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, 1.0, sidecar.process.kill))
    sidecar.wait()
    for _ in range(ROUNDS[effort] // 2):
        sidecar.start(wait=False)
        try:
            sidecar.process.wait(rng.uniform(0.001, 0.06))
        except subprocess.TimeoutExpired:
            pass
        sidecar.kill()
    sidecar.start()
    assert_all_there_and_none_twice(sidecar, load)


def test_consumer_positions_survive_kill_9(make_sidecar, effort):
    sidecar = make_sidecar()
    sidecar.api.put("/v1/consumers/c", {}, expect=201)
    position = 0
    for _ in range(ROUNDS[effort] // 5):
        for _ in range(3):
            sidecar.deliver("github", new_id().encode())
        page = sidecar.api.get("/v1/consumers/c/events", limit=2).json
        committed = sidecar.api.post("/v1/consumers/c/commit", {"cursor": page["next"]}).json
        assert committed["position"] > position
        position = committed["position"]
        sidecar.kill()
        sidecar.start()
        assert sidecar.api.get("/v1/consumers/c").json["position"] == position


@pytest.mark.skipif(not trace.available(), reason="strace is not installed")
def test_no_2xx_leaves_before_the_fdatasync_of_its_batch_has_returned(make_sidecar, tmp_path):
    """For every event: written, then synced, then answered."""
    sidecar = make_sidecar()
    output = tmp_path / "trace"
    tracer = trace.attach(
        sidecar.pid, "-ttt", "-s", "200000", "-e",
        "trace=fdatasync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg",
        output=output,
    )
    if tracer is None:
        pytest.skip("attaching to a process is not allowed here")
    load = Load(size=20)
    asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, 1.0, lambda: None))
    with Wire(sidecar.ingress_address) as wire:  # and one by one, where batches are single
        for _ in range(50):
            delivery, data = load.make()
            reply = wire.exchange(data)
            assert reply.status == 200
            load.acknowledged[delivery] = reply.header("Webhook-Receiver-Event")
    assert sidecar.stop() == 0
    tracer.wait(20)
    calls = trace.parse(output)
    syncs = [call for call in calls if call.name == "fdatasync"]
    assert all(call.result == 0 for call in syncs)
    assert len(assert_synced_before_answered(calls, load)) >= 60


@pytest.mark.skipif(not trace.available(), reason="strace is not installed")
def test_after_a_failed_fdatasync_there_is_no_2xx_and_the_exit_is_74(make_sidecar):
    sidecar = make_sidecar()
    load = Load()
    asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, 0.3, lambda: None))
    before = len(load.acknowledged)
    assert before > 0
    tracer = trace.attach(
        sidecar.pid, "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO"
    )
    if tracer is None:
        pytest.skip("attaching to a process is not allowed here")
    asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, 1.0, lambda: None))
    assert len(load.acknowledged) == before, "2xx after a failed fdatasync"
    assert set(load.other) <= {503}
    assert sidecar.wait(10) == 74
    tracer.wait(20)
    assert "fdatasync" in sidecar.log or "sync" in sidecar.log
    sidecar.start()
    stored = Counter(event["event_id"] for event in
                     sidecar.api.events(limit=1000, body="none"))
    assert load.acknowledged.keys() <= stored.keys()
    assert max(stored.values()) == 1
    # What got no answer is sent again, as a provider does; nothing is lost and nothing doubled.
    asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, 0.5, lambda: None))
    assert_all_there_and_none_twice(sidecar, load)


def test_a_journal_that_was_damaged_says_so_and_goes_on(make_sidecar):
    """One bit of a stored body: the event becomes a gap, everything else is there."""
    sidecar = make_sidecar()
    bodies = [b"body-%04d-" % n + b"x" * 5000 for n in range(40)]
    for body in bodies:
        sidecar.deliver("github", body)
    assert sidecar.stop() == 0
    victim = bodies[7]
    hits = 0
    for path in sidecar.data.rglob("*"):
        data = bytearray(path.read_bytes()) if path.is_file() else b""
        at = data.find(victim)
        if at >= 0:
            data[at + 100] ^= 4
            path.write_bytes(data)
            hits += 1
    assert hits == 1, "a body is stored once"
    checked = sidecar.cli("journal", "verify", sidecar.data)
    assert checked.returncode == 1
    assert checked.stdout
    sidecar.start()
    entries = sidecar.api.events()
    gaps = [entry["gap"] for entry in entries if "gap" in entry]
    found = [entry["sequence"] for entry in entries if "gap" not in entry]
    lost = {n for gap in gaps for n in range(gap["from"], gap["to"] + 1)}
    assert 8 in lost
    assert set(found) | lost == set(range(1, 41))
    assert set(found) >= set(range(1, 8)), "what lies before the damage is whole"
    sidecar.deliver("github", b"and on it goes")
    assert b"and on it goes" == sidecar.api.body(sidecar.api.events()[-1])


def test_deliveries_in_hand_at_kill_are_told_nothing(make_sidecar):
    sidecar = make_sidecar()
    body = b"x" * 1000
    with Wire(sidecar.ingress_address) as wire:
        wire.send(request("POST", "/in/github", sign("github", body), body)[:-10])
        sidecar.kill()
        assert wire.is_closed()
        assert wire.buffer == b""
    sidecar.start()
    assert sidecar.api.events() == []
