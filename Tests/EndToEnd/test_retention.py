"""What leaves retention is gone, said, and not missed by anybody who kept up."""

import base64
import time

import pytest

SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "64KiB", "retention": {"bytes": "256KiB"}},
}
LOOK_SECONDS = 30


def first_sequence(sidecar):
    return sidecar.api.get("/v1/status").json["journal"]["first_sequence"]


def wait_for_removal(sidecar, beyond=1):
    deadline = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < deadline:
        if (first := first_sequence(sidecar)) > beyond:
            return first
        time.sleep(0.2)
    raise AssertionError(f"nothing was removed:\n{sidecar.log[-2000:]}")


@pytest.fixture(scope="module")
def trimmed(binary, tmp_path_factory):
    """A sidecar with room for four segments, after eighty events of 7 KiB."""
    from harness.description import Description
    from harness.sidecar import Sidecar

    sidecar = Sidecar(binary, tmp_path_factory.mktemp("trimmed"), Description(), **SMALL).start()
    try:
        sidecar.api.put("/v1/consumers/slow", {"start": "earliest"}, expect=201)
        sidecar.api.put("/v1/consumers/quick", {"start": "earliest"}, expect=201)
        sidecar.deliver("github", b"0" * 7000)
        sidecar.first_event = sidecar.api.get("/v1/events", limit=1).json
        for number in range(1, 80):
            sidecar.deliver("github", b"%02d" % number + b"x" * 7000)
        page = sidecar.api.get("/v1/consumers/quick/events", limit=1000).json
        body = {"cursor": page["next"], "generation": page["generation"]}
        sidecar.api.post("/v1/consumers/quick/commit", body)
        wait_for_removal(sidecar)
        yield sidecar
    finally:
        sidecar.discard()


def test_the_oldest_go_and_the_disk_is_bounded(trimmed):
    first = first_sequence(trimmed)
    page = trimmed.api.get("/v1/events", limit=1000).json
    assert [event["sequence"] for event in page["data"]] == list(range(first, 81))
    numbers = [int(base64.b64decode(event["body"])[:2]) for event in page["data"]]
    assert numbers == list(range(first - 1, 80))
    segments = list((trimmed.data / "journal" / "log").glob("*.seg"))
    assert sum(path.stat().st_size for path in segments) <= 256 << 10
    assert '"event":"events_removed"' in trimmed.log
    metrics = trimmed.api.get("/metrics").body.decode()
    assert f"webhook_receiver_journal_first_sequence {first}\n" in metrics


def test_a_removed_event_is_404(trimmed):
    event = trimmed.first_event["data"][0]["id"]
    trimmed.api.get(f"/v1/events/{event}", expect=404)
    trimmed.api.get(f"/v1/events/{event}/body", expect=404)


def test_a_cursor_that_fell_behind_is_410_with_what_was_lost(trimmed):
    first = first_sequence(trimmed)
    problem = trimmed.api.get("/v1/events", after=trimmed.first_event["next"], expect=410).json
    assert problem["type"] == "/problems/cursor-expired"
    assert (problem["from"], problem["to"]) == (2, first - 1)
    page = trimmed.api.get("/v1/events", after=problem["oldest"], limit=1).json
    assert page["data"][0]["sequence"] == first


def test_a_consumer_that_fell_behind_is_told_and_goes_on_where_it_says(trimmed):
    first = first_sequence(trimmed)
    problem = trimmed.api.get("/v1/consumers/slow/events", expect=410).json
    assert problem["type"] == "/problems/cursor-expired"
    assert (problem["from"], problem["to"]) == (1, first - 1)
    # What it would have committed, had it read what is gone.
    trimmed.api.post("/v1/consumers/slow/commit", {"cursor": problem["oldest"]})
    page = trimmed.api.get("/v1/consumers/slow/events", limit=1).json
    assert page["data"][0]["sequence"] == first
    # Who kept up notices nothing.
    assert trimmed.api.get("/v1/consumers/quick/events").json["data"] == []


def test_it_stays_so_over_a_restart_and_a_kill(trimmed):
    first = first_sequence(trimmed)
    for stop in (trimmed.stop, trimmed.kill):
        stop()
        trimmed.start()
        assert first_sequence(trimmed) == first
        page = trimmed.api.get("/v1/events", limit=1000).json
        assert [event["sequence"] for event in page["data"]] == list(range(first, 81))
        assert "damage" not in trimmed.log
    verify = trimmed.cli("journal", "verify", str(trimmed.data))
    assert verify.returncode == 0, verify.stdout


def test_a_key_outlives_its_event(trimmed):
    reply = trimmed.deliver("github", b"0" * 7000, event_id=trimmed.first_event["data"][0]["event_id"])
    assert reply.header("Webhook-Receiver-Duplicate") == "true"
    trimmed.stop()
    trimmed.start()
    reply = trimmed.deliver("github", b"0" * 7000, event_id=trimmed.first_event["data"][0]["event_id"])
    assert reply.header("Webhook-Receiver-Duplicate") == "true"
