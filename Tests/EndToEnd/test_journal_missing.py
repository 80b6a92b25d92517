"""Files of a journal that are gone whole: what is left tells of them, and readers hear of it."""

import base64
import random
import shutil
import time

import pytest

from harness.journal import Files
from harness.service import Service
from harness.sidecar import source
from harness.signing import new_id
from harness.wire import wait_until

SMALL = {"journal": {"segment_bytes": "64KiB", "reserve_bytes": "64KiB"},
         "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}}}
rng = random.Random(20281)


def deliver(sidecar, bodies, count, size):
    for _ in range(count):
        bodies.append(rng.randbytes(size // 2).hex().encode())
        sidecar.deliver("github", bodies[-1], event_id=new_id())


@pytest.mark.parametrize("reader", ["cursor", "lease", "destination"])
def test_newest_segments_that_are_gone_are_missed_by_who_had_read_them(make_sidecar, reader):
    """After a kill neither a mark nor EPOCH tells how far it came: the reader's place does."""
    service = Service()
    destinations = {"app": {"urls": ["http://%s:%d/" % service.address]}}
    sources = {"github": source("github", destinations=["app"] if reader == "destination" else [])}
    sidecar = make_sidecar(sources=sources, **SMALL, destinations=destinations)
    try:
        bodies = []
        deliver(sidecar, bodies, 30, 6000)
        read_all(sidecar, reader, service, 30)
        sidecar.kill()
        # Gone with its index, as after a restore that forgot the newest files.
        *kept, last = [one for one in Files(sidecar.data).segments() if one.full]
        for path in (sidecar.data / "journal" / "log").iterdir():
            if path.name >= last.path.stem:
                path.unlink()
        end = max(kept[-1].sequences)
        verified = sidecar.cli("journal", "verify", sidecar.data)
        assert verified.returncode == 1 and f"{end + 1}".encode() in verified.stdout
        sidecar.start()
        (loss,) = sidecar.api.status["journal"]["losses"]
        assert (loss["from"], loss["to"]) == (end + 1, 30)
        gaps = [entry["gap"] for entry in sidecar.api.events() if "gap" in entry]
        assert [(gap["from"], gap["to"]) for gap in gaps] == [(end + 1, 30)]
        # What comes now is read by the one who stands at the end of what was.
        deliver(sidecar, bodies, 3, 100)
        assert read_all(sidecar, reader, service, 3, before=30) == bodies[-3:]
    finally:
        service.stop()


def read_all(sidecar, reader, service, count, before=0):
    """Reads so many as a consumer or a destination, durably, and returns them."""
    if reader == "destination":
        wait_until(lambda: len(service.deliveries) == before + count)
        wait_until(lambda: sidecar.api.get("/v1/destinations/app").json["backlog"] == 0)
        time.sleep(1.5)  # Its place is written down once a second.
        return [delivery.body for delivery in service.deliveries[-count:]]
    if reader == "cursor":
        sidecar.api.put("/v1/consumers/c", {"start": "earliest"})
        page = sidecar.api.get("/v1/consumers/c/events", limit=1000).json
        found = [base64.b64decode(one["body"]) for one in page["data"] if "gap" not in one]
        sidecar.api.post("/v1/consumers/c/commit",
                         {"cursor": page["next"], "generation": page["generation"]})
        return found[-count:]
    sidecar.api.put("/v1/consumers/c", {"mode": "lease", "start": "earliest"})
    leased = sidecar.api.post("/v1/consumers/c/lease", {"limit": 100}).json["data"]
    sidecar.api.post("/v1/consumers/c/ack", {"lease_ids": [one["lease_id"] for one in leased]})
    return [base64.b64decode(one["event"]["body"]) for one in leased][-count:]


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_a_state_that_is_gone_is_said(make_sidecar, ending):
    """No event is lost with it, and nobody could see what was."""
    sidecar = make_sidecar(**SMALL)
    deliver(sidecar, bodies := [], 10, 100)
    sidecar.api.put("/v1/consumers/c", {})
    getattr(sidecar, ending)()
    shutil.rmtree(sidecar.data / "journal" / "state")
    verified = sidecar.cli("journal", "verify", sidecar.data)
    assert verified.returncode == 1 and b"state" in verified.stdout
    sidecar.start()
    assert "journal_state_damaged" in sidecar.log
    assert [base64.b64decode(event["body"]) for event in sidecar.api.events()] == bodies


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_what_a_destination_was_owed_outlives_the_state(make_sidecar, ending):
    """Nobody knows what it had taken: it gets all of it, once more where need be."""
    service = Service(lambda delivery: 503)
    sources = {"github": source("github", destinations=["app"])}
    sidecar = make_sidecar(sources=sources, **SMALL,
                           destinations={"app": {"urls": ["http://%s:%d/" % service.address]}})
    try:
        deliver(sidecar, bodies := [], 10, 100)
        getattr(sidecar, ending)()
        shutil.rmtree(sidecar.data / "journal" / "state")
        service.behave = lambda delivery: 204
        before = len(service.deliveries)
        sidecar.start()
        wait_until(lambda: len(service.deliveries) >= before + 10)
        assert sorted(one.body for one in service.deliveries[before:]) == sorted(bodies)
        # From now on it is known again.
        sidecar.restart()
        deliver(sidecar, bodies, 1, 100)
        wait_until(lambda: service.deliveries[-1].body == bodies[-1])
        assert len(service.deliveries) == before + 11
    finally:
        service.stop()
