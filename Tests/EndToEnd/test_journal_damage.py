"""A journal that was damaged by hand, while nobody had it open: named, survived, and not hidden."""

import asyncio
import base64
import json
import random
import shutil
from dataclasses import dataclass

import pytest

from harness import damages
from harness.damages import SECTOR
from harness.description import Description
from harness.journal import BLOCK, Files, overwrite
from harness.load import Load
from harness.sidecar import Sidecar
from harness.signing import new_id
from harness.wire import wait_until

SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "64KiB", "reserve_bytes": "64KiB"},
}
COMMITTED = 3
rng = random.Random(20271)


def deliver(sidecar, bodies, count, size):
    """One by one: each is a batch of its own."""
    for _ in range(count):
        body = rng.randbytes(size // 2).hex().encode()
        reply = sidecar.deliver("github", body, event_id=new_id())
        assert "Webhook-Receiver-Duplicate" not in dict(reply.headers)
        bodies.append(body)


def deliver_at_once(sidecar, bodies, connections):
    """As many as there are connections, so that some of them are one batch."""
    load = Load(size=40)
    asyncio.run(load.once(sidecar.ingress_address, connections))
    assert len(load.acknowledged) == connections
    for event in sidecar.api.events(body="none")[len(bodies):]:
        bodies.append(load.sent[event["event_id"]])


@dataclass
class Made:
    """A journal on the disk, and what is in it."""

    data: object
    bodies: list  # The n-th is that of sequence n + 1.

    def copy_to(self, sidecar):
        shutil.rmtree(sidecar.data, ignore_errors=True)
        shutil.copytree(self.data, sidecar.data)
        return Files(sidecar.data)


@pytest.fixture(scope="module")
def journals(binary, tmp_path_factory):
    """The same journal, once closed and once killed after its last batch had its mark."""
    root = tmp_path_factory.mktemp("journals")
    sidecar = Sidecar(binary, root / "sidecar", Description(), **SMALL).start()
    bodies = []
    try:
        deliver(sidecar, bodies, 18, 5000)
        deliver_at_once(sidecar, bodies, 24)
        deliver(sidecar, bodies, 10, 5000)
        # The newest segment holds several batches, whatever the many at once have left of it.
        files = Files(sidecar.data)
        while len(files.segments()[-1].full) != 4:
            deliver(sidecar, bodies, 1, 5000)
        sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)
        page = sidecar.api.get("/v1/consumers/c/events", limit=COMMITTED).json
        sidecar.api.post("/v1/consumers/c/commit", {"cursor": page["next"]})
        wait_until(lambda: files.segments()[-1].batches[-1].is_mark)
        shutil.copytree(sidecar.data, root / "killed")
        assert sidecar.stop() == 0
        shutil.copytree(sidecar.data, root / "closed")
    finally:
        sidecar.kill()
    assert max(len(b.records) for s in files.segments() for b in s.full) > 2, "no real batch"
    return {name: Made(root / name, bodies) for name in ("closed", "killed")}


@pytest.fixture(scope="module")
def stranger(binary, tmp_path_factory):
    """A segment of another journal, whole in itself."""
    sidecar = Sidecar(binary, tmp_path_factory.mktemp("stranger"), Description(), **SMALL).start()
    try:
        deliver(sidecar, [], 3, 5000)
        assert sidecar.stop() == 0
    finally:
        sidecar.kill()
    return Files(sidecar.data).segments()[0].path


QUICK = [
    ("closed", damages.bytes_across_two_batches),
    ("closed", damages.a_segment_in_the_middle_removed),
    ("killed", damages.a_batch_of_the_newest_with_others_behind),
]
# What one is of each kind: where only reading, or only repairing, is looked at.
KINDS = [
    ("closed", damages.bytes_across_two_batches),
    ("closed", damages.the_head_of_a_segment),
    ("closed", damages.a_segment_in_the_middle_removed),
    ("closed", damages.the_newest_segment_removed),
    ("killed", damages.a_stranger_behind_the_newest),
    ("killed", damages.the_last_batch_before_its_mark),
    ("closed", damages.the_last_two_batches_and_the_mark),
]
DAMAGES = QUICK + [
    ("closed", damages.one_record_of_a_batch),
    ("closed", damages.the_head_of_a_batch),
    ("closed", damages.a_zeroed_sector),
    ("closed", damages.two_sectors_swapped),
    ("closed", damages.two_batches_swapped),
    ("closed", damages.the_head_of_a_segment),
    ("closed", damages.a_sealed_segment_cut_short),
    ("closed", damages.the_first_segment_removed),
    ("closed", damages.the_newest_segment_removed),
    ("closed", damages.a_stranger_in_the_place_of_a_segment),
    ("killed", damages.a_stranger_behind_the_newest),
    ("closed", damages.a_segment_twice),
    ("closed", damages.a_segment_over_another),
    ("closed", damages.a_batch_of_the_newest_with_others_behind),
    ("closed", damages.the_last_batch_before_its_mark),
    ("killed", damages.the_last_batch_before_its_mark),
    ("closed", damages.the_last_two_batches_and_the_mark),
    ("closed", damages.the_newest_cut_short),
    ("killed", damages.the_newest_cut_short),
]


def each(damages, quick):
    return pytest.mark.parametrize("how", [
        pytest.param((end, do), id=f"{do.__name__}-{end}",
                     marks=[] if (end, do) in quick else [pytest.mark.slow])
        for end, do in damages
    ])


@pytest.fixture
def damaged(how, journals, stranger, make_sidecar):
    """A sidecar that is not running, over a journal that was damaged in one way."""
    end, do = how
    made = journals[end]

    def make(name="sidecar", **settings):
        sidecar = make_sidecar(name, start=False, **{**SMALL, **settings})
        sidecar.files = made.copy_to(sidecar)
        damages.rng.seed(20272)
        sidecar.damage = do(sidecar.files, stranger)
        sidecar.bodies = made.bodies
        return sidecar

    return make


def verify(sidecar, expect):
    """What `journal verify` says; it says it twice, for machines and for people."""
    before = sidecar.files.hashes()
    done = sidecar.cli("journal", "verify", sidecar.data, "--json")
    assert done.returncode == expect, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["damaged"] == (expect == 1) == bool(report["problems"])
    words = sidecar.cli("journal", "verify", sidecar.data)
    assert words.returncode == expect
    for problem in report["problems"]:
        assert problem["reason"]
        place = f"segment {problem['segment']}, byte {problem['offset']}"
        if problem["sequence"] is not None:
            place += f", sequence {problem['sequence']}"
        assert f"{place}: {problem['reason']}" in words.stdout.decode()
    assert sidecar.files.hashes() == before, "verify changed something"
    return report


def ranges(entries):
    """Every sequence that gaps or losses name; how far one goes may be unknown."""
    return {
        sequence for entry in entries
        for sequence in range(entry["from"], min(entry["to"] or entry["from"], 10_000) + 1)
    }


def assert_reads(sidecar):
    """All that was not damaged is there, byte for byte; the rest is a gap; returns the gaps."""
    damage, bodies = sidecar.damage, sidecar.bodies
    entries = sidecar.api.events(limit=1000)
    found = {entry["sequence"]: entry for entry in entries if "gap" not in entry}
    gaps = [entry["gap"] for entry in entries if "gap" in entry]
    order = [entry.get("sequence") or entry["gap"]["from"] for entry in entries]
    assert order == sorted(order)
    there = set(range(1, len(bodies) + 1))
    lost = there - found.keys()
    if damage.at_most:
        assert lost and lost <= damage.at_most
    else:
        assert lost == damage.lost
    beyond = ranges(gaps) - lost
    assert not beyond & found.keys(), "a gap hides what is there"
    assert lost <= ranges(gaps), "something is missing, and nothing says so"
    if not damage.is_end:
        assert not {sequence for sequence in beyond if sequence <= len(bodies)}
    for sequence in there - lost:
        assert base64.b64decode(found[sequence]["body"]) == bodies[sequence - 1]
    return lost, found


def assert_names_no_more(sidecar, problems, lost, found):
    """`verify` and `losses` say what is lost from the first to the last, and nothing that reads."""
    named = [problem for problem in problems if problem["sequence"] is not None]
    assert any(problem["sequence"] == min(lost) for problem in named), named
    said = ranges([{"from": p["sequence"], "to": p["through"]} for p in named])
    assert not said & found.keys(), f"called lost and there: {named}"
    assert ranges(sidecar.api.status["journal"]["losses"]) == lost


@each(DAMAGES, QUICK)
def test_damage_is_named_survived_and_remembered(damaged):
    """Failures 2 and 4: damage hides nothing behind it, and nothing new hides behind damage."""
    sidecar = damaged()
    damage = sidecar.damage
    report = verify(sidecar, 1)
    mine = [p for p in report["problems"] if p["segment"] == damage.segment]
    assert mine, report["problems"]
    if damage.offset:
        assert mine[0]["offset"] in damage.offset
    sidecar.start()
    lost, found = assert_reads(sidecar)
    assert sidecar.api.status["state"] == "open"
    # Not all of a sealed segment is read at a start: the reader just now found the damage.
    wait_until(lambda: lost <= ranges(sidecar.api.status["journal"]["losses"]))
    if lost and not damage.is_end:
        assert_names_no_more(sidecar, report["problems"], lost, found)
    assert sidecar.api.get("/v1/consumers/c").json["position"] == COMMITTED
    # What is there is known, and what is new gets a number that was never given out.
    known = found[max(found)]
    again = sidecar.deliver("github", sidecar.bodies[known["sequence"] - 1],
                            event_id=known["event_id"])
    assert again.header("Webhook-Receiver-Duplicate") == "true"
    assert again.header("Webhook-Receiver-Event") == known["id"]
    sidecar.deliver("github", b"and on it goes")
    newest = sidecar.api.events()[-1]
    assert newest["sequence"] > len(sidecar.bodies)
    assert sidecar.api.body(newest) == b"and on it goes"
    sidecar.restart()
    again, _ = assert_reads(sidecar)
    assert again == lost
    assert sidecar.api.events()[-1]["id"] == newest["id"]
    assert sidecar.stop() == 0
    # Known and accepted: not an alarm for ever.
    verify(sidecar, 0)


@each(KINDS, KINDS[:1])
def test_refuse_reads_everything_and_touches_nothing(damaged):
    """Failure 2: `on_damage: "refuse"` takes no event, and leaves the evidence as it is."""
    sidecar = damaged(journal={**SMALL["journal"], "on_damage": "refuse"})
    before = sidecar.files.hashes()
    sidecar.start(wait=False)
    wait_until(lambda: "journal_degraded" in sidecar.log and '"started"' in sidecar.log)
    assert sidecar.api.status["state"] == "degraded"
    assert_reads(sidecar)
    sidecar.deliver("github", b"not now", expect=503)
    assert sidecar.stop() == 0
    after = sidecar.files.hashes()
    for name, digest in before.items():
        if name.startswith("log/") and "spare-" not in name:
            assert after[name] == digest, f"{name} was changed"
    assert not [name for name in after.keys() - before.keys()
                if name.startswith("log/") and "spare-" not in name]
    verify(sidecar, 1)


@each(KINDS, KINDS[:1])
def test_repair_does_what_its_help_says_and_no_more(damaged):
    """Failure 2: not a byte without `--accept-loss`; with it all that is readable stays."""
    sidecar = damaged()
    before = sidecar.files.hashes()
    sealed = {f"log/{segment.name}" for segment in sidecar.files.segments()[:-1]} \
        if sidecar.damage.offset != range(1) else set()
    for option in ([], ["--tail-only"]):
        refused = sidecar.cli("journal", "repair", sidecar.data, *option)
        assert refused.returncode == 1
        assert sidecar.damage.segment.encode() in refused.stderr
        assert b"--accept-loss" in refused.stderr
        assert sidecar.files.hashes() == before, "a refused repair changed something"
    repaired = sidecar.cli("journal", "repair", "--accept-loss", sidecar.data)
    assert repaired.returncode == 0, repaired.stderr
    assert b"closed cleanly" in repaired.stdout
    if sidecar.damage.lost:
        assert b"lost: events " in repaired.stdout
    after = sidecar.files.hashes()
    assert after["FORMAT"] == before["FORMAT"]
    kept = set(after.values())
    for name in sealed:
        assert before[name] in kept, f"{name} is neither as it was nor in quarantine"
    # The state begins a new file with the whole map, and lets the old one go; indexes are derived.
    derived = {name for name in before if name.startswith("state/") or name.endswith(".idx")}
    for name in before.keys() - after.keys() - derived:
        moved = f"quarantine/{name.removeprefix('log/')}"
        assert "spare-" in name or after.get(moved) == before[name], f"{name} is gone"
    verify(sidecar, 0)
    again = sidecar.cli("journal", "repair", sidecar.data)
    assert again.returncode == 0, again.stderr
    sidecar.start()
    assert_reads(sidecar)
    assert sidecar.api.get("/v1/consumers/c").json["position"] == COMMITTED
    sidecar.deliver("github", b"and on it goes")
    assert sidecar.stop() == 0
    verify(sidecar, 0)


# The state, and the small files.


def durable_state(files):
    """The batches of the state map, up to what the last one holds."""
    (segment,) = files.segments("state")
    return segment, segment.full


@pytest.mark.parametrize("cut", ["in a batch"] + [
    pytest.param(cut, marks=pytest.mark.slow)
    for cut in ("nothing left", "in the head", "no batch", "behind")
])
def test_a_state_cut_short_costs_no_event(journals, make_sidecar, cut):
    """Failure 5: a side file that is damaged is named, and keeps nothing from being read."""
    sidecar = make_sidecar(start=False, **SMALL)
    sidecar.files = journals["closed"].copy_to(sidecar)
    sidecar.bodies = journals["closed"].bodies
    sidecar.damage = damages.Damage("", set())
    segment, batches = durable_state(sidecar.files)
    length = {
        "nothing left": 0, "in the head": 100, "no batch": BLOCK,
        "in a batch": batches[-1].position + 70, "behind": segment.end,
    }[cut]
    with open(segment.path, "r+b") as file:
        file.truncate(length)
    problems = verify(sidecar, 1)["problems"]
    assert {p["segment"] for p in problems} == {f"state/{segment.name}"}
    before = sidecar.files.hashes()
    assert sidecar.cli("journal", "repair", sidecar.data).returncode == 1
    assert sidecar.files.hashes() == before
    for _ in range(3):  # It does not end at start, once and again.
        sidecar.start()
        assert_reads(sidecar)
        sidecar.deliver("github", new_id().encode())
        assert sidecar.stop() == 0
    assert segment.name in sidecar.log
    sidecar.start()
    consumer = sidecar.api.call("GET", "/v1/consumers/c")
    if cut == "behind":
        assert consumer.json["position"] == COMMITTED
    else:
        assert consumer.status == 404 or consumer.json["position"] <= COMMITTED
    sidecar.api.put("/v1/consumers/d", {"start": "earliest"}, expect=201)
    sidecar.restart()
    sidecar.api.get("/v1/consumers/d")
    assert sidecar.stop() == 0
    verify(sidecar, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "slots"),
    [("removed", [0]), ("empty", [1]), ("overwritten", [0, 1]), ("removed", [0, 1])],
)
def test_epoch_is_not_needed_to_start(journals, make_sidecar, slots, how):
    """Failure 5: either slot, or both, may be gone: named, written anew, no event missing."""
    sidecar = make_sidecar(start=False, **SMALL)
    sidecar.files = journals["closed"].copy_to(sidecar)
    sidecar.bodies = journals["closed"].bodies
    sidecar.damage = damages.Damage("", set())
    for slot in slots:
        path = sidecar.files.root / f"EPOCH.{slot}"
        if how == "removed":
            path.unlink()
        else:
            path.write_bytes(b"" if how == "empty" else rng.randbytes(BLOCK))
    if how != "removed" or len(slots) == 2:
        problems = verify(sidecar, 1)["problems"]
        assert all(p["segment"].startswith("EPOCH") for p in problems)
    sidecar.start()
    assert_reads(sidecar)
    sidecar.deliver("github", b"and on it goes")
    sidecar.restart()
    assert_reads(sidecar)
    assert sidecar.stop() == 0
    verify(sidecar, 0)


def test_without_format_nothing_is_started_and_nothing_is_made(journals, make_sidecar):
    """Failure 1: a journal that cannot be read is never taken for a new, empty one."""
    sidecar = make_sidecar(start=False, **SMALL)
    files = journals["closed"].copy_to(sidecar)
    path = files.root / "FORMAT"
    whole = path.read_bytes()
    for content in (None, b"", whole[:100], rng.randbytes(BLOCK)):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        before = files.hashes()
        sidecar.start(wait=False)
        assert sidecar.wait() not in (0, 75)
        assert "FORMAT" in sidecar.log
        checked = sidecar.cli("journal", "verify", sidecar.data)
        assert checked.returncode not in (0, 2) and b"FORMAT" in checked.stderr
        repaired = sidecar.cli("journal", "repair", "--accept-loss", sidecar.data)
        assert repaired.returncode not in (0, 2)
        assert files.hashes() == before


def test_the_last_batch_without_any_proof_is_a_torn_write(journals, make_sidecar):
    """The one window that docs/Journal.md names: neither a mark, nor EPOCH, nor a later batch."""
    sidecar = make_sidecar(start=False, **SMALL)
    made = journals["killed"]
    sidecar.files = made.copy_to(sidecar)
    tail = sidecar.files.segments()[-1]
    last, mark = tail.full[-1], tail.batches[-1]
    assert mark.is_mark
    overwrite(tail.path, mark.position, bytes(mark.end - mark.position))
    sidecar.bodies = made.bodies
    sidecar.damage = damages.Damage(tail.name, set())
    overwrite(tail.path, last.position + 100, bytes(SECTOR))
    verify(sidecar, 0)
    repaired = sidecar.cli("journal", "repair", sidecar.data)
    assert repaired.returncode == 0 and b"never acknowledged" in repaired.stdout
    sidecar.start()
    events = sidecar.api.events()
    assert [base64.b64decode(e["body"]) for e in events] == made.bodies[:-len(last.records)]
    assert sidecar.api.status["journal"]["lost_ranges"] == 0
