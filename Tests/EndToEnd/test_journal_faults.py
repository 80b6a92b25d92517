"""System calls that fail, lie or are interrupted under the real process: strace makes them so.

The numbers in the docstrings are those of the catalogue of failures that the journal answers.
"""

import asyncio
import base64
import json
import random

import pytest

from harness import trace
from harness.journal import Files
from harness.load import Load
from harness.signing import new_id, sign
from harness.wire import Wire, request, wait_until
from test_crash import (
    assert_all_there_and_none_twice, assert_synced_before_answered, assert_the_journal_is_sound,
)

pytestmark = pytest.mark.skipif(not trace.available(), reason="strace is not installed")

SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "64KiB", "reserve_bytes": "64KiB"},
}
CONNECTIONS = 64
# Events of this size are a batch of 8192 bytes each when they come one by one.
BODY_BYTES = 5000
BATCH_BYTES = 8192
NEXT_STEP = "nothing is accepted until the process is started again"
EVERYTHING = "trace=fdatasync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg"
rng = random.Random(20273)


def inject(sidecar, call, fault, output="/dev/null", only=None, traced=None):
    tracer = trace.attach(
        sidecar.pid, "-ttt", "-y", "-s", "200000", "-e", traced or f"trace={call}",
        "-e", f"inject={call}:{fault}", output=output, only=only,
    )
    if tracer is None:
        pytest.skip("attaching to a process is not allowed here")
    return tracer


def injected(output):
    return [call for call in trace.parse(output) if call.is_injected]


def end(tracer):
    tracer.terminate()
    tracer.wait(20)


def spares(sidecar, folder="log"):
    return sorted((sidecar.data / "journal" / folder).glob("spare-*.seg"))


def segments(sidecar):
    return [p for p in (sidecar.data / "journal" / "log").glob("*.seg") if p.name[0] == "0"]


def is_ready(sidecar):
    """Both logs have their spare, and who made them waits for work: nothing is half done."""
    def waits(thread):
        with open(f"/proc/{sidecar.pid}/task/{thread}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "S"

    return (spares(sidecar) and spares(sidecar, "state")
            and all(waits(thread) for thread in trace.threads(sidecar.pid, "spares")))


def be_quiet(sidecar):
    """Waits until only the journal's own thread has anything to write."""
    wait_until(lambda: is_ready(sidecar))


def send_until(sidecar, load, is_enough, connections=CONNECTIONS):
    for _ in range(200):
        asyncio.run(load.run(sidecar.ingress_address, connections, 0.1, lambda: None))
        if is_enough():
            return
    raise AssertionError("it never became enough")


def has_ended(sidecar):
    return lambda: sidecar.process.poll() is not None


def assert_it_goes_on(sidecar, load):
    """What was answered is there; what was not is sent again; nothing is there twice."""
    stored = {event["event_id"] for event in sidecar.api.events(limit=1000, body="none")}
    assert load.acknowledged.keys() <= stored
    before = len(load.acknowledged)
    send_until(sidecar, load, lambda: len(load.acknowledged) > before)
    assert_all_there_and_none_twice(sidecar, load)
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


def assert_ended_by_the_disk(sidecar, reason):
    """Exit 74, and a line that says why and what next."""
    assert sidecar.wait() == 74
    (line,) = [json.loads(line) for line in sidecar.log.splitlines() if "journal_failed" in line]
    assert line["level"] == "error"
    assert reason in line["reason"] and NEXT_STEP in line["reason"]


def each(cases, quick=1):
    return [pytest.param(*case, id="-".join(map(str, case)),
                         marks=[] if at < quick else [pytest.mark.slow])
            for at, case in enumerate(cases)]


# A failed write or sync of a batch.


@pytest.mark.parametrize(("call", "error"), each([
    ("fdatasync", "EIO"),
    ("fdatasync", "ENOSPC"),
    ("fdatasync", "EDQUOT"),
    # Whether an interrupted one has written is not known either.
    ("fdatasync", "EINTR"),
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EDQUOT"),
]))
def test_a_failed_write_or_sync_is_final(make_sidecar, tmp_path, call, error):
    """Failures 4 and 12: the third fails, once; no 2xx follows, nothing is tried again."""
    sidecar = make_sidecar()
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, call, f"error={error}:when=3", output, traced=EVERYTHING)
    load = Load(size=20)
    send_until(sidecar, load, has_ended(sidecar))
    assert_ended_by_the_disk(sidecar, "fdatasync" if call == "fdatasync" else "write")
    tracer.wait(20)
    calls = trace.parse(output)
    (failed,) = [found for found in calls if found.is_injected]
    assert failed.name == call
    assert not [found for found in calls if found.name in ("pwrite64", "fdatasync")
                and found.began > failed.ended], "something was written behind a failure"
    assert_synced_before_answered(calls, load)
    assert set(load.other) <= {503}
    assert_the_journal_is_sound(sidecar)
    sidecar.start()
    assert_it_goes_on(sidecar, load)


@pytest.mark.parametrize(("call", "error"), each([("fdatasync", "EIO"), ("pwrite64", "ENOSPC")]))
def test_a_position_that_could_not_be_written_is_not_confirmed(make_sidecar, call, error):
    """Failure 12: a consumer that is told nothing stands where it was, or one step further."""
    sidecar = make_sidecar(**SMALL)
    load = Load()
    asyncio.run(load.once(sidecar.ingress_address, 5))
    sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)
    page = sidecar.api.get("/v1/consumers/c/events", limit=2).json
    sidecar.api.post("/v1/consumers/c/commit", {"cursor": page["next"]})
    page = sidecar.api.get("/v1/consumers/c/events", limit=2).json
    be_quiet(sidecar)
    tracer = inject(sidecar, call, f"error={error}", only="journal")
    try:
        reply = sidecar.api.call("POST", "/v1/consumers/c/commit", {"cursor": page["next"]})
        assert reply.status == 503
    except ConnectionError:
        pass  # It was gone before the answer was.
    assert_ended_by_the_disk(sidecar, "fdatasync" if call == "fdatasync" else "write")
    tracer.wait(20)
    sidecar.start()
    assert sidecar.api.get("/v1/consumers/c").json["position"] in (2, 4)
    assert_it_goes_on(sidecar, load)


@pytest.mark.parametrize("fault", each([("error=EINTR:when=1+2",), ("error=EINTR:when=1..9",)]))
def test_an_interrupted_write_is_taken_up_again(make_sidecar, tmp_path, fault):
    """Failure 4: EINTR is no verdict on the disk, and leaves nothing half written."""
    sidecar = make_sidecar(**SMALL)
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, "pwrite64", fault, output)
    load = Load(size=1000)
    send_until(sidecar, load, lambda: len(segments(sidecar)) > 3, connections=8)
    end(tracer)
    assert len(injected(output)) >= 9
    assert_it_goes_on(sidecar, load)


# A device that says it wrote, and did not.


def deliver(sidecar, sent, count=1):
    """One by one, each a batch of its own; all are answered 200."""
    for _ in range(count):
        event, body = new_id(), rng.randbytes(BODY_BYTES // 2).hex().encode()
        sidecar.deliver("github", body, event_id=event)
        sent.append((event, body))


def assert_serves_only_what_was_sent(sidecar, sent, lost):
    """Byte for byte, or a gap; returns what the gaps hide."""
    entries = sidecar.api.events(limit=1000)
    found = {entry["sequence"]: entry for entry in entries if "gap" not in entry}
    for sequence, entry in found.items():
        event, body = sent[sequence - 1]
        assert entry["event_id"] == event and base64.b64decode(entry["body"]) == body
    hidden = {sequence for entry in entries if "gap" in entry
              for sequence in range(entry["gap"]["from"], entry["gap"]["to"] + 1)}
    assert found.keys() == set(range(1, len(sent) + 1)) - lost
    return hidden


def has_mark(sidecar):
    return lambda: Files(sidecar.data).segments()[-1].batches[-1].is_mark


def syncs(output, count):
    return lambda: sum(call.name == "fdatasync" for call in trace.parse(output)) >= count


@pytest.mark.parametrize(("bytes_lost", "behind", "how"), each([
    (BATCH_BYTES, "mark", "kill"),
    (512, "events", "kill"),
    (BATCH_BYTES, "events", "kill"),
    (BATCH_BYTES, "events", "stop"),
    (BATCH_BYTES, "mark", "stop"),
    (4096, "events", "kill"),
    (512, "mark", "kill"),
    (512, "events", "stop"),
    (8, "events", "kill"),
], quick=1))
def test_a_write_that_was_swallowed_is_a_hole_with_a_name(
    make_sidecar, tmp_path, bytes_lost, behind, how
):
    """Failure 2: the first bytes of a batch, or all, never reach the disk, and it is said."""
    sidecar = make_sidecar(**SMALL)
    sent = []
    deliver(sidecar, sent, 3)
    wait_until(has_mark(sidecar))
    output = tmp_path / "trace"
    # The kernel is not asked at all, and the process is told that so many bytes were written.
    tracer = inject(sidecar, "pwrite64", f"retval={bytes_lost}:when=1", output, only="journal",
                    traced="trace=pwrite64,fdatasync")
    deliver(sidecar, sent)
    if behind == "events":
        deliver(sidecar, sent, 2)
    else:
        wait_until(syncs(output, 2))  # Its own, and that of the mark.
    end(tracer)
    (swallowed,) = injected(output)
    assert swallowed.result == bytes_lost and f", {BATCH_BYTES}, " in swallowed.arguments
    if bytes_lost < BATCH_BYTES:
        rest = next(call for call in trace.parse(output) if call.began > swallowed.ended)
        assert rest.result == BATCH_BYTES - bytes_lost, "the rest was not written"
    assert_serves_only_what_was_sent(sidecar, sent, {4})
    if how == "kill":
        sidecar.kill()
    else:
        assert sidecar.stop() == 0
    checked = sidecar.cli("journal", "verify", sidecar.data, "--json")
    assert checked.returncode == 1
    (problem,) = json.loads(checked.stdout)["problems"]
    assert problem["sequence"] == 4
    sidecar.start()
    hidden = assert_serves_only_what_was_sent(sidecar, sent, {4})
    assert 4 in hidden and not hidden & {1, 2, 3, 5, 6}
    (loss,) = sidecar.api.status["journal"]["losses"]
    assert loss["from"] == 4
    # Who sends it again is heard.
    event, body = sent[3]
    reply = sidecar.deliver("github", body, event_id=event)
    assert reply.header("Webhook-Receiver-Duplicate") is None
    newest = sidecar.api.events()[-1]
    assert newest["event_id"] == event and sidecar.api.body(newest) == body
    assert newest["sequence"] > len(sent)
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


def test_what_a_device_swallows_to_the_end_is_not_made_up(make_sidecar):
    """No journal can notice this one in time: what is there is whole, and the rest is free again."""
    sidecar = make_sidecar(**SMALL)
    sent, swallowed = [], []
    deliver(sidecar, sent, 3)
    wait_until(has_mark(sidecar))
    tracer = inject(sidecar, "pwrite64", f"retval={BATCH_BYTES}", only="journal")
    deliver(sidecar, swallowed, 3)
    assert_serves_only_what_was_sent(sidecar, sent + swallowed, {4, 5, 6})
    sidecar.kill()
    tracer.wait(20)
    assert_the_journal_is_sound(sidecar)
    sidecar.start()
    assert assert_serves_only_what_was_sent(sidecar, sent, set()) == set()
    for event, body in swallowed:
        reply = sidecar.deliver("github", body, event_id=event)
        assert reply.header("Webhook-Receiver-Duplicate") is None
    assert_serves_only_what_was_sent(sidecar, sent + swallowed, set())


# The next segment.


@pytest.mark.parametrize(("call", "fault"), each([
    ("fallocate", "error=ENOSPC"),
    ("fallocate", "error=EIO"),
    ("fallocate", "error=EINTR:when=1+2"),
    ("pwrite64", "error=ENOSPC"),
    ("fdatasync", "error=EIO"),
    ("fsync", "error=EIO"),
    # The first of two is of the file, the second of the directory.
    ("fsync", "error=EIO:when=2+2"),
    ("rename", "error=EIO"),
    ("rename", "error=ENOSPC:when=1+2"),
]))
def test_a_spare_file_that_fails_holds_nobody_up(make_sidecar, tmp_path, call, fault):
    """Failures 4 and 6: where no spare is made ahead of time, one is made when it is needed."""
    sidecar = make_sidecar(**SMALL)
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, call, fault, output, only="spares")
    load = Load(size=BODY_BYTES)
    send_until(sidecar, load, lambda: len(segments(sidecar)) > 5 and injected(output), 8)
    end(tracer)
    assert set(load.other) <= {503}
    wait_until(lambda: sidecar.api.status["state"] == "open")
    assert_it_goes_on(sidecar, load)


def test_spare_files_that_fail_do_not_gather(make_sidecar, tmp_path):
    """Failure 7: what could not be finished is removed, and not left beside the next attempt."""
    sidecar = make_sidecar(**SMALL)
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, "fsync", "error=EIO:when=2+2", output, only="spares")
    load = Load(size=BODY_BYTES)
    send_until(sidecar, load, lambda: len(segments(sidecar)) > 2, 8)
    wait_until(lambda: len(injected(output)) >= 4, 60)
    left = [path.name for path in spares(sidecar)]
    end(tracer)
    assert len(left) <= 2, left
    assert_it_goes_on(sidecar, load)


@pytest.mark.parametrize("error", each([("ENOSPC",), ("EDQUOT",), ("EIO",)]))
def test_without_a_next_segment_it_is_full_until_there_is_one(make_sidecar, error):
    """Failure 4: refused before anything is written, and taken again as soon as that works."""
    sidecar = make_sidecar(**SMALL)
    be_quiet(sidecar)
    tracer = inject(sidecar, "fallocate", f"error={error}")
    load = Load(size=BODY_BYTES)
    send_until(sidecar, load, lambda: sidecar.api.status["state"] == "full", 8)
    refused = post(sidecar)
    assert refused.status == 503 and int(refused.header("Retry-After")) > 0
    assert sidecar.api.call("GET", "/readyz").json["reasons"] == ["full"]
    end(tracer)
    wait_until(lambda: sidecar.api.status["state"] == "open")
    assert set(load.other) == {503}
    assert "journal_failed" not in sidecar.log
    assert_it_goes_on(sidecar, load)


def post(sidecar):
    body = b"x" * 7000
    return sidecar.post("/in/github", body, sign("github", body, event_id=new_id()))


def send_with_spares(sidecar, load):
    """One by one until it ends, and never so fast that a segment has to wait for its spare."""
    ended = has_ended(sidecar)
    try:
        while not ended():
            wait_until(lambda: ended() or is_ready(sidecar))
            asyncio.run(load.once(sidecar.ingress_address, 1))
    except (OSError, asyncio.IncompleteReadError):
        pass


@pytest.mark.parametrize(("call", "error", "behind"), each([
    ("rename", "EIO", 0),
    ("fsync", "EIO", 0),
    ("rename", "EIO", 1),
    ("fsync", "ENOSPC", 2),
], quick=1))
def test_a_segment_that_cannot_be_named_ends_the_process(
    make_sidecar, tmp_path, call, error, behind
):
    """Failure 6: without a durable name nothing is written into it, and all before it is there."""
    sidecar = make_sidecar(**SMALL)
    be_quiet(sidecar)
    output = tmp_path / "trace"
    # On this thread both are of the spare that becomes a segment; fsync is of the directory.
    tracer = inject(sidecar, call, f"error={error}:when={behind + 1}", output, only="journal",
                    traced=f"trace={call},pwrite64,fdatasync")
    load = Load(size=BODY_BYTES)
    send_with_spares(sidecar, load)
    assert_ended_by_the_disk(sidecar, "journal/log")
    tracer.wait(20)
    calls = trace.parse(output)
    (failed,) = [found for found in calls if found.is_injected]
    assert not [found for found in calls if found.began > failed.ended]
    assert len(segments(sidecar)) - (call == "fsync") == behind + 1
    assert_the_journal_is_sound(sidecar)
    sidecar.start()
    assert_it_goes_on(sidecar, load)


@pytest.mark.parametrize("error", each([("ENOSPC",), ("EDQUOT",)]))
def test_a_segment_whose_name_finds_no_room_is_a_full_disk(make_sidecar, tmp_path, error):
    """Failure 4: nothing has failed yet: 503 until there is room for the name."""
    sidecar = make_sidecar(**SMALL)
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, "rename", f"error={error}:when=1..3", output, only="journal")
    load = Load(size=BODY_BYTES)
    send_until(sidecar, load, lambda: len(injected(output)) >= 3, 8)
    assert set(load.other) == {503}
    wait_until(lambda: is_ready(sidecar))
    send_until(sidecar, load, lambda: len(segments(sidecar)) > 2, 8)
    end(tracer)
    assert '"journal_state"' in sidecar.log and "journal_failed" not in sidecar.log
    assert_it_goes_on(sidecar, load)


# Many of one.


def send_at_once(sidecar, deliveries):
    """Over a connection each: all but the last byte first, so that they end together."""
    wires = [Wire(sidecar.ingress_address, timeout=60) for _ in deliveries]
    for wire, data in zip(wires, deliveries, strict=True):
        wire.send(data[:-1])
    for wire, data in zip(wires, deliveries, strict=True):
        wire.send(data[-1:])
    return wires


def storm(load):
    """A hundred copies of one delivery between twenty others; its id comes first."""
    one, copy = load.make()
    deliveries = [copy] * 100 + [load.make()[1] for _ in range(20)]
    rng.shuffle(deliveries)
    return one, copy, deliveries


def test_a_hundred_copies_at_once_are_one_event(make_sidecar, tmp_path):
    """Failures 11 and 16: one is stored, all are told its id, none before it is durable."""
    sidecar = make_sidecar()
    be_quiet(sidecar)
    output = tmp_path / "trace"
    tracer = inject(sidecar, "fdatasync", "delay_enter=300000", output, traced=EVERYTHING)
    load = Load()
    one, copy, deliveries = storm(load)
    first, others = [], []
    for wire, data in zip(send_at_once(sidecar, deliveries), deliveries, strict=True):
        with wire:
            reply = wire.reply("POST")
        assert reply.status == 200
        is_new = reply.header("Webhook-Receiver-Duplicate") is None
        event = reply.header("Webhook-Receiver-Event")
        if data == copy:
            (first if is_new else others).append(event)
        else:
            assert is_new
    assert len(first) == 1 and others == first * 99
    for event in sidecar.api.events(body="none"):
        load.acknowledged[event["event_id"]] = event["id"]
    assert load.acknowledged[one] == first[0]
    end(tracer)
    assert len(load.acknowledged) == 21
    assert assert_synced_before_answered(trace.parse(output), load).keys() == load.sent.keys()
    assert_all_there_and_none_twice(sidecar, load)
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


def test_of_a_hundred_copies_none_is_answered_where_the_first_fails(make_sidecar):
    """Failures 11 and 12: a duplicate of what is not durable is no duplicate, and gets no 2xx."""
    sidecar = make_sidecar()
    be_quiet(sidecar)
    tracer = inject(sidecar, "fdatasync", "error=EIO")
    load = Load()
    one, copy, deliveries = storm(load)
    for wire in send_at_once(sidecar, deliveries):
        with wire:
            try:
                assert wire.reply("POST").status == 503
            except ConnectionError:
                pass  # It was gone before the answer was.
    assert_ended_by_the_disk(sidecar, "fdatasync")
    tracer.wait(20)
    sidecar.start()
    for wire in send_at_once(sidecar, deliveries):
        with wire:
            assert wire.reply("POST").status == 200
    events = sidecar.api.events(body="none")
    assert sorted(event["event_id"] for event in events) == sorted(load.sent)
