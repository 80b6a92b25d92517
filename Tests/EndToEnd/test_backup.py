"""A journal that is copied while it runs, and comes back as it was at that moment."""

import json
import shutil

import pytest

from harness.load import Load

SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "64KiB"},
}


def copy(sidecar, to, expect=0):
    done = sidecar.cli("journal", "copy", sidecar.data, to, "--json")
    assert done.returncode == expect, done.stderr
    return json.loads(done.stdout) if expect == 0 else done.stderr.decode()


def restore(make_sidecar, backup, name="restored", **settings):
    """As docs/Operations.md says: what was backed up is copied to where it is to run."""
    sidecar = make_sidecar(name, start=False, **settings)
    done = sidecar.cli("journal", "copy", backup, sidecar.data)
    assert done.returncode == 0, done.stderr
    return sidecar.start()


def wire_ids(sidecar):
    return {event["event_id"]: event for event in sidecar.api.events(limit=1000)}


def test_a_copy_under_load_has_all_that_was_answered_before(make_sidecar, tmp_path, effort, tally):
    """Nobody is held up, nothing is damaged, and every copy holds together in itself."""
    sidecar = make_sidecar(
        "origin", **SMALL | {"journal": {"segment_bytes": "64KiB", "retention": {"bytes": "1MiB"}}}
    )
    sidecar.api.put("/v1/consumers/quick", {"start": "earliest"}, expect=201)
    load = Load(size=1500, pause=0.002)
    rounds = {"fast": 2, "whole": 6, "campaign": 60}[effort]
    with load.running(sidecar.ingress_address, 16):
        for number in range(rounds):
            # As far as a position can be: no copy may have it without the events before it.
            sidecar.api.post("/v1/consumers/quick/seek", {"to": "latest"})
            before = sidecar.api.status["journal"]["durable_sequence"]
            to = tmp_path / f"backup-{number}"
            made = copy(sidecar, to)
            assert made["durable_sequence"] >= before
            assert made["gaps"] == []
            checked = sidecar.cli("journal", "verify", to, "--json")
            assert checked.returncode == 0, checked.stdout
            found = json.loads(checked.stdout)
            first, last = made["first_sequence"], made["durable_sequence"]
            assert found["records"] == last - first + 1
            assert found["tail"] == "closed cleanly"
            if number < rounds - 1:
                shutil.rmtree(to)
    assert load.other == []
    tally(f"{rounds} copies of a journal under load: none damaged, none without an answered event")
    restored = restore(make_sidecar, to, **SMALL)
    events = restored.api.events(limit=1000)
    assert [event["sequence"] for event in events] == list(range(first, last + 1))
    origin = {event["sequence"]: event for event in sidecar.api.events(limit=1000)}
    for event in events:
        assert event["body"].encode() and origin.get(event["sequence"], event) == event
    consumer = restored.api.get("/v1/consumers/quick").json
    assert consumer["position"] <= last


@pytest.fixture
def torn(make_sidecar, tmp_path):
    """A sidecar that was restored from a copy, and what came behind the copy and is lost."""
    origin = make_sidecar("origin", **SMALL)
    for number in range(10):
        origin.deliver("github", b"kept %d" % number, event_id=f"kept-{number}")
    kept = origin.api.get("/v1/events", limit=5).json
    copy(origin, tmp_path / "backup")
    for number in range(5):
        origin.deliver("github", b"lost %d" % number, event_id=f"lost-{number}")
    lost = origin.api.get("/v1/events", limit=1000).json
    origin.api.put("/v1/consumers/late", {"start": "earliest"}, expect=201)
    assert origin.stop() == 0
    restored = restore(make_sidecar, tmp_path / "backup", **SMALL)
    return restored, kept, lost


def problem(reply):
    assert reply.json["type"] == "/problems/cursor-mismatch"
    return reply.json["detail"]


def test_readers_with_newer_cursors_are_told_for_good(torn):
    """Also when the restored journal has given out the same sequences for other events."""
    restored, kept, lost = torn
    told = restored.api.get("/v1/events", expect=409, after=lost["next"])
    assert "restored backup" in problem(told)
    for number in range(20):
        restored.deliver("github", b"new %d" % number, event_id=f"new-{number}")
    assert restored.api.status["journal"]["durable_sequence"] == 30
    again = restored.api.get("/v1/events", expect=409, after=lost["next"])
    assert "restored backup" in problem(again)
    # One that both have goes on, over the place where they part.
    page = restored.api.get("/v1/events", after=kept["next"], limit=1000).json
    assert [event["sequence"] for event in page["data"]] == list(range(6, 31))
    assert restored.restart()
    restored.api.get("/v1/events", expect=409, after=lost["next"])
    restored.api.get("/v1/events", after=page["next"])


def test_ids_stay_and_none_is_given_twice(torn):
    restored, kept, lost = torn
    for number in range(8):
        restored.deliver("github", b"new %d" % number, event_id=f"new-{number}")
    for event in kept["data"]:
        assert restored.api.get(f"/v1/events/{event['id']}").json == event
    gone = [event["id"] for event in lost["data"] if event["event_id"].startswith("lost")]
    assert len(gone) == 5
    for identifier in gone:
        restored.api.get(f"/v1/events/{identifier}", expect=404)
    new = {event["id"] for event in restored.api.events() if event["event_id"].startswith("new")}
    assert len(new) == 8 and new.isdisjoint(gone)


def test_keys_are_those_of_the_copy(torn):
    restored, _, _ = torn
    repeated = restored.deliver("github", b"kept 3", event_id="kept-3")
    assert repeated.header("Webhook-Receiver-Duplicate") == "true"
    resent = restored.deliver("github", b"lost 3", event_id="lost-3")
    assert resent.header("Webhook-Receiver-Duplicate") is None
    assert resent.header("Webhook-Receiver-Event")


def test_a_copy_goes_nowhere_where_a_journal_is(make_sidecar, tmp_path):
    origin = make_sidecar("origin", **SMALL)
    origin.deliver("github", b"one")
    copy(origin, tmp_path / "backup")
    said = copy(origin, tmp_path / "backup", expect=1)
    assert "already" in said
    said = copy(origin, origin.data, expect=1)
    assert "already" in said
    done = origin.cli("journal", "copy", tmp_path / "nothing", tmp_path / "other")
    assert done.returncode == 2 and b"no journal" in done.stderr
