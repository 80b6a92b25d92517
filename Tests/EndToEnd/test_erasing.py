"""A body that is erased: gone from every file, said by every route, and from nowhere sent again."""

import hashlib
import json
import random
import threading
import time

import pytest

from harness import trace
from harness.service import Service
from harness.sidecar import all_sources
from harness.wire import Wire, request, wait_until
from test_journal_faults import (
    SMALL, assert_ended_by_the_disk, assert_the_journal_is_sound, be_quiet, end, has_ended, inject,
)

rng = random.Random(20291)
needs_strace = pytest.mark.skipif(not trace.available(), reason="strace is not installed")


def make_body(size=6000):
    """No two of them share sixteen bytes, with each other or with anything else."""
    return rng.randbytes(size)


def deliver(sidecar, body, **how):
    return sidecar.deliver("github", body, **how).header("Webhook-Receiver-Event")


def holders(folder, body):
    """The files that hold a piece of a body, of which each sector of it has one."""
    pieces = [body[at:at + 16] for at in range(0, len(body), 512) if at + 16 <= len(body)]
    pieces.append(body[-16:])
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            # Most of most files is zeros.
            data = b"\n".join(filter(None, (path.read_bytes().split(bytes(256)))))
            if any(piece in data for piece in pieces):
                found.append(path.name)
    return found


def assert_erased(sidecar, event, body):
    shown = sidecar.api.get(f"/v1/events/{event}").json
    assert shown["flags"] == ["erased"] and "body" not in shown and "body_encoding" not in shown
    assert shown["size"] == len(body) and shown["sha256"] == hashlib.sha256(body).hexdigest()
    problem = sidecar.api.get(f"/v1/events/{event}/body", expect=410).json
    assert problem["type"] == "/problems/body-erased"
    assert holders(sidecar.data, body) == []


def test_no_file_has_a_byte_of_it_and_the_rest_is_there(make_sidecar, tmp_path):
    sidecar = make_sidecar(**SMALL)
    bodies = [make_body(size) for size in [6000, 40, 3, 1, 7000, 300, 16, 8000] * 4]
    ids = [f"delivery-{number}" for number in range(len(bodies))]
    events = [deliver(sidecar, body, event_id=name) for body, name in zip(bodies, ids)]
    sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)
    tags = [sidecar.api.get(f"/v1/events/{event}").header("ETag") for event in events]
    chosen = range(0, len(events), 3)
    for number in chosen:
        if len(bodies[number]) >= 16:
            assert holders(sidecar.data, bodies[number])
        sidecar.api.delete(f"/v1/events/{events[number]}/body")
        sidecar.api.delete(f"/v1/events/{events[number]}/body")
    for number, (event, body) in enumerate(zip(events, bodies)):
        reply = sidecar.api.get(f"/v1/events/{event}", headers=[("If-None-Match", tags[number])],
                                expect=200 if number in chosen else 304)
        if number not in chosen:
            assert sidecar.api.get(f"/v1/events/{event}/body").body == body
        elif len(body) >= 16:
            assert "body" not in reply.json
            assert_erased(sidecar, event, body)
    page = sidecar.api.get("/v1/consumers/c/events", limit=100).json["data"]
    assert ["body" in event for event in page] == [at not in chosen for at in range(len(events))]
    assert [event["flags"] for event in page if "body" not in event] == [["erased"]] * len(chosen)
    # Its keys stay: what comes again is a duplicate, and brings no byte back.
    assert deliver(sidecar, bodies[0], event_id=ids[0]) == events[0]
    assert holders(sidecar.data, bodies[0]) == []
    log, metrics = sidecar.log, sidecar.api.get("/metrics").body.decode()
    assert log.count('"event":"body_erased"') == len(chosen)
    assert f"webhook_receiver_journal_bodies_erased_total {len(chosen)}\n" in metrics
    for to in ("running", "stopped"):
        done = sidecar.cli("journal", "copy", sidecar.data, tmp_path / to)
        assert done.returncode == 0, done.stderr
        assert holders(tmp_path / to, bodies[0]) == [] and holders(tmp_path / to, bodies[1])
        if to == "running":
            assert sidecar.stop() == 0
    dump = sidecar.cli("journal", "dump", sidecar.data, "--bodies")
    assert dump.returncode == 0 and dump.stdout.count(b'"erased"') == len(chosen)
    assert_the_journal_is_sound(sidecar)
    sidecar.start()
    assert_erased(sidecar, events[0], bodies[0])


def test_rotation_and_removal_bring_nothing_back(make_sidecar):
    settings = {**SMALL, "journal": {**SMALL["journal"], "retention": {"bytes": "256KiB"}}}
    sidecar = make_sidecar(**settings)
    body = make_body()
    event = deliver(sidecar, body)
    for _ in range(30):
        deliver(sidecar, make_body())
    sidecar.api.delete(f"/v1/events/{event}/body")
    assert_erased(sidecar, event, body)
    for _ in range(60):
        deliver(sidecar, make_body())
    wait_until(lambda: sidecar.api.status["journal"]["first_sequence"] > 1, 30)
    assert holders(sidecar.data, body) == []
    sidecar.api.delete(f"/v1/events/{event}/body", expect=404)


def test_the_command_line_erases(sidecar):
    body = make_body()
    event = deliver(sidecar, body)
    for _ in range(2):
        done = sidecar.cli("events", "erase", event)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert_erased(sidecar, event, body)
    done = sidecar.cli("events", "erase", "nothing")
    assert done.returncode == 1 and b"not found" in done.stderr
    assert b"[erased]" in sidecar.cli("events", "list").stdout
    assert sidecar.cli("events", "show", event).returncode == 0
    assert sidecar.cli("events", "show", event, "--body").returncode == 1


# What is relayed.


@pytest.fixture
def relayed(make_sidecar):
    """A destination that takes what `accepts` says it takes."""
    answers = {"status": 204}
    service = Service(lambda delivery: answers["status"])
    sources = {"github": {**all_sources()["github"], "destinations": ["app"]}}
    sidecar = make_sidecar(
        sources=sources, destinations={"app": {
            "urls": ["http://%s:%d/" % service.address],
            "retry": {"schedule": ["50ms", "100ms"], "jitter": 0.1, "horizon": "1h"},
        }},
    )
    sidecar.service, sidecar.answers = service, answers
    yield sidecar
    sidecar.kill()
    service.stop()


def standing(sidecar, event):
    (delivery,) = sidecar.api.get(f"/v1/events/{event}/attempts").json["deliveries"][:1]
    return delivery["state"]


def test_what_is_still_to_be_delivered_is_not_erased(relayed):
    relayed.answers["status"] = 503
    body = make_body()
    event = deliver(relayed, body)
    wait_until(lambda: relayed.service.deliveries)
    problem = relayed.api.delete(f"/v1/events/{event}/body", expect=409).json
    assert problem["type"] == "/problems/undelivered" and "app" in problem["detail"]
    done = relayed.cli("events", "erase", event)
    assert done.returncode == 1 and b"/attempts" in done.stderr
    assert relayed.api.get(f"/v1/events/{event}/body").body == body
    relayed.api.post("/v1/destinations/app/pause", {})
    other = deliver(relayed, make_body())
    relayed.api.delete(f"/v1/events/{other}/body", expect=409)
    relayed.answers["status"] = 204
    relayed.api.post("/v1/destinations/app/resume", {})
    wait_until(lambda: standing(relayed, event) == standing(relayed, other) == "delivered", 60)
    relayed.api.delete(f"/v1/events/{event}/body")
    assert_erased(relayed, event, body)


def wait_for_the_end(sidecar, replay):
    wait_until(lambda: sidecar.api.get(f"/v1/replays/{replay}").json["state"] == "done", 60)
    return sidecar.api.get(f"/v1/replays/{replay}").json


def test_what_was_erased_is_not_delivered_again(relayed):
    relayed.answers["status"] = 422
    body = make_body()
    dead = deliver(relayed, body)
    wait_until(lambda: standing(relayed, dead) == "dead")
    relayed.answers["status"] = 204
    bodies = [make_body() for _ in range(3)]
    events = [deliver(relayed, body) for body in bodies]
    wait_until(lambda: all(standing(relayed, event) == "delivered" for event in events))
    for event in (dead, events[1]):
        relayed.api.delete(f"/v1/events/{event}/body")
    before = len(relayed.service.deliveries)
    (letter,) = relayed.api.get("/v1/dead-letters").json["data"]
    for path in (f"/v1/dead-letters/{letter['id']}/replay", f"/v1/events/{events[1]}/replay"):
        assert relayed.api.post(path, {}, expect=409).json["type"] == "/problems/body-erased"
    assert relayed.api.post("/v1/replays", {"dry_run": True}).json["total"] == 4
    replay = relayed.api.post("/v1/replays", {}, expect=202).json["id"]
    shown = wait_for_the_end(relayed, replay)
    assert [shown[name] for name in ("total", "delivered", "skipped", "dead")] == [4, 2, 2, 0]
    taken = [delivery.body for delivery in relayed.service.deliveries[before:]]
    assert sorted(taken) == sorted([bodies[0], bodies[2]])
    relayed.api.delete(f"/v1/dead-letters/{letter['id']}")
    assert relayed.stop() == 0
    relayed.start()
    time.sleep(0.5)
    assert len(relayed.service.deliveries) == before + 2


@needs_strace
def test_what_is_just_being_erased_is_not_handed_out(relayed):
    """A replay that is asked for between the check and the erasing itself."""
    relayed.answers["status"] = 422
    dead = deliver(relayed, make_body())
    wait_until(lambda: standing(relayed, dead) == "dead")
    relayed.answers["status"] = 204
    event = deliver(relayed, make_body())
    wait_until(lambda: standing(relayed, event) == "delivered")
    (letter,) = relayed.api.get("/v1/dead-letters").json["data"]
    be_quiet(relayed)
    before = len(relayed.service.deliveries)
    tracer = inject(relayed, "fdatasync", "delay_exit=500000", only="journal")
    answers = []
    erasers = [threading.Thread(target=lambda path: answers.append(relayed.api.delete(path).status),
                                args=[f"/v1/events/{name}/body"]) for name in (dead, event, event)]
    for eraser in erasers:
        eraser.start()
    time.sleep(0.3)
    for path in (f"/v1/dead-letters/{letter['id']}/replay", f"/v1/events/{event}/replay"):
        assert relayed.api.post(path, {}, expect=409).json["type"] == "/problems/body-erased"
    assert answers == []
    replay = relayed.api.post("/v1/replays", {}, expect=202).json["id"]
    for eraser in erasers:
        eraser.join()
    end(tracer)
    assert answers == [204] * 3
    shown = wait_for_the_end(relayed, replay)
    assert [shown[name] for name in ("total", "deliveries", "skipped")] == [2, 0, 2]
    assert len(relayed.service.deliveries) == before


def test_a_fresh_dead_letter_is_durable_before_the_body_goes(relayed):
    """Killed behind the answer: a start reads over what is erased, and must find the letter."""
    relayed.answers["status"] = 422
    letters = set()
    for _ in range(5):
        body = make_body(100)
        event = deliver(relayed, body)
        wait_until(lambda: try_to_erase(relayed, event) == 204)
        relayed.kill()
        relayed.start()
        letters.add(event)
        assert_erased(relayed, event, body)
        found = relayed.api.get("/v1/dead-letters").json["data"]
        assert {letter["event"] for letter in found} == letters


# What goes wrong on the way.


def test_readers_beside_it_see_no_hole(make_sidecar):
    sidecar = make_sidecar(**SMALL)
    bodies = [make_body(rng.randrange(20, 7000)) for _ in range(60)]
    events = [deliver(sidecar, body) for body in bodies]
    problems, stopping = [], threading.Event()

    def read():
        while not stopping.is_set():
            for entry in sidecar.api.get("/v1/events", limit=100).json["data"]:
                if "gap" in entry:
                    problems.append(entry)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for event in events:
        sidecar.api.delete(f"/v1/events/{event}/body")
    stopping.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert "journal_damaged" not in sidecar.log
    for body in bodies[::15]:
        assert holders(sidecar.data, body) == []
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


@needs_strace
def test_who_comes_by_in_the_middle_of_it_sees_no_hole(make_sidecar, tmp_path):
    """Each of its writes takes long; readers, a check and a copy meet the record half written."""
    sidecar = make_sidecar(**SMALL)
    bodies = [make_body(7900) for _ in range(3)]
    events = [deliver(sidecar, body) for body in bodies]
    be_quiet(sidecar)
    tracer = inject(sidecar, "pwrite64", "delay_exit=400000", only="journal")
    answers, pages = [], []
    eraser = threading.Thread(
        target=lambda: answers.append(sidecar.api.delete(f"/v1/events/{events[1]}/body").status))
    eraser.start()
    number = 0
    while eraser.is_alive():
        pages.append(sidecar.api.get("/v1/events", order="desc" if number % 2 else "asc").json)
        sidecar.api.get(f"/v1/events/{events[1]}")
        assert sidecar.cli("journal", "verify", sidecar.data).returncode == 0
        number += 1
    eraser.join()
    end(tracer)
    assert answers == [204] and len(pages) > 2
    for page in pages:
        assert [entry.get("id") for entry in page["data"]] in (events, events[::-1])
        assert all(entry["flags"] in ([], ["erased"]) for entry in page["data"])
    assert "journal_damaged" not in sidecar.log
    assert_erased(sidecar, events[1], bodies[1])
    be_quiet(sidecar)
    tracer = inject(sidecar, "pwrite64", "delay_exit=400000", only="journal")
    eraser = threading.Thread(target=sidecar.api.delete, args=[f"/v1/events/{events[2]}/body"])
    eraser.start()
    time.sleep(0.5)
    done = sidecar.cli("journal", "copy", sidecar.data, tmp_path / "copy", "--json")
    eraser.join()
    end(tracer)
    assert done.returncode == 0 and json.loads(done.stdout)["gaps"] == []
    assert holders(tmp_path / "copy", bodies[1]) == []
    assert sidecar.stop() == 0
    for folder in (sidecar.data, tmp_path / "copy"):
        assert sidecar.cli("journal", "verify", folder).returncode == 0


def try_to_erase(sidecar, event):
    try:
        return sidecar.api.call("DELETE", f"/v1/events/{event}/body").status
    except (ConnectionError, OSError, AssertionError):
        return None


@needs_strace
def test_a_stop_answers_everybody_who_waits_for_an_erasure(make_sidecar):
    sidecar = make_sidecar(**SMALL)
    bodies = [make_body(100) for _ in range(12)]
    events = [deliver(sidecar, body) for body in bodies]
    be_quiet(sidecar)
    tracer = inject(sidecar, "fdatasync", "delay_exit=100000", only="journal")
    wires = [Wire(sidecar.api_address, timeout=60) for _ in events]
    host = "%s:%d" % sidecar.api_address
    for wire, event in zip(wires, events):
        wire.send(request("DELETE", f"/v1/events/{event}/body", host=host))
    statuses = [wires[0].reply("DELETE").status]
    sidecar.terminate()
    statuses += [wire.reply("DELETE").status for wire in wires[1:]]
    assert statuses == [204] * len(events)
    assert sidecar.wait() == 0
    tracer.wait(20)
    assert '"event":"stopped"' in sidecar.log
    for body in bodies:
        assert holders(sidecar.data, body) == []
    assert_the_journal_is_sound(sidecar)


@needs_strace
@pytest.mark.parametrize("call, last", [("pwrite64", 5), ("fdatasync", 3)])
def test_killed_at_any_write_it_is_whole_or_undone(make_sidecar, call, last):
    """SIGKILL in each of its writes and flushes."""
    sidecar = make_sidecar(**SMALL)
    outcomes = set()
    for at in range(1, last + 1):
        # Over several blocks, with something else in the first and the last.
        bodies = [make_body(7900) for _ in range(3)]
        events = [deliver(sidecar, body) for body in bodies]
        be_quiet(sidecar)
        tracer = inject(sidecar, call, f"signal=SIGKILL:when={at}", only="journal")
        status = try_to_erase(sidecar, events[1])
        if status is None:
            wait_until(has_ended(sidecar))
            tracer.wait(20)
            sidecar.wait()
            assert sidecar.cli("journal", "verify", sidecar.data).returncode == 0
            sidecar.start()
        else:
            end(tracer)
        shown = sidecar.api.get(f"/v1/events/{events[1]}").json
        is_erased = "erased" in shown["flags"]
        outcomes.add((status, is_erased))
        if is_erased:
            assert_erased(sidecar, events[1], bodies[1])
        else:
            assert sidecar.api.get(f"/v1/events/{events[1]}/body").body == bodies[1]
            sidecar.api.delete(f"/v1/events/{events[1]}/body")
            assert_erased(sidecar, events[1], bodies[1])
        for at in (0, 2):
            assert sidecar.api.get(f"/v1/events/{events[at]}/body").body == bodies[at]
        assert not [entry for entry in sidecar.api.get("/v1/events").json["data"]
                    if "gap" in entry]
    # What a killed process had written the kernel still has, also before the first flush.
    assert {(None, True)} <= outcomes <= {(None, True), (None, False), (204, True)}
    assert call == "fdatasync" or (None, False) in outcomes
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


@needs_strace
@pytest.mark.parametrize("call, at", [
    ("fdatasync", 1), ("fdatasync", 2), ("fdatasync", 3), ("pwrite64", 2),
])
def test_a_failed_write_or_flush_of_it_is_final(make_sidecar, tmp_path, call, at):
    """Like one of a commit: exit 74; what had begun is done by the next start."""
    sidecar = make_sidecar(**SMALL)
    first, body = make_body(), make_body()
    events = [deliver(sidecar, first), deliver(sidecar, body)]
    sidecar.api.delete(f"/v1/events/{events[0]}/body")
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, call, f"error=EIO:when={at}", output, only="journal",
                    traced="trace=pwrite64,fdatasync")
    assert try_to_erase(sidecar, events[1]) in (None, 503)
    wait_until(has_ended(sidecar))
    tracer.wait(20)
    assert_ended_by_the_disk(sidecar, "fdatasync" if call == "fdatasync" else "write")
    calls = trace.parse(output)
    (failed,) = [found for found in calls if found.is_injected]
    assert failed is calls[-1], "something was written behind a failure"
    # A mark of the batch before may have come first: then nothing had begun.
    has_begun = any(found.name == "fdatasync" and "/ERASING" in found.arguments
                    and found is not failed for found in calls)
    sidecar.start()
    if has_begun:
        assert_erased(sidecar, events[1], body)
    elif sidecar.api.get(f"/v1/events/{events[1]}").json["flags"]:
        # What was written and not flushed may be there all the same.
        assert_erased(sidecar, events[1], body)
    else:
        assert sidecar.api.get(f"/v1/events/{events[1]}/body").body == body
    sidecar.api.delete(f"/v1/events/{events[1]}/body")
    assert_erased(sidecar, events[1], body)
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)
