"""The power goes away under a real file system: what was answered 2xx is there afterwards."""

import random
import threading

import pytest

from harness import powercut, trace
from harness.signing import new_id
from harness.wire import wait_until

CUTS = {"fast": 5, "whole": 25, "campaign": 300}
RUNS = {"fast": 1, "whole": 1, "campaign": 4}
WRITERS = 6
DELIVERIES = 40
SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "256KiB", "reserve_bytes": "64KiB"},
}


@pytest.fixture(scope="module")
def recorder(tmp_path_factory):
    try:
        return powercut.compile_recorder(tmp_path_factory.mktemp("recorder"))
    except OSError as error:
        pytest.skip(f"power cannot be cut here: {error}")


@pytest.fixture
def record(recorder, make_sidecar, tmp_path):
    """Runs a sidecar on a recorded disk; returns the replay and what was answered, in order."""

    def run(name, rng, prefix=(), lies=False):
        sidecar = make_sidecar(f"{name}/sidecar", start=False, **SMALL)
        answered, lock = [], threading.Lock()
        try:
            disk = powercut.RecordedDisk(recorder, tmp_path / name / "disk")
            with disk:
                sidecar.data.symlink_to(disk.mountpoint / "data")
                (disk.mountpoint / "data").mkdir()
                sidecar.start()
                tracer = None
                if lies:
                    tracer = trace.attach(
                        sidecar.pid, "-e", "trace=fdatasync", "-e", "inject=fdatasync:retval=0"
                    )
                sizes = [rng.randrange(10, 6000) for _ in range(WRITERS * DELIVERIES)]

                def write(numbers):
                    for number in numbers:
                        delivery = new_id()
                        body = f'{{"id": "{delivery}", "padding": "{"x" * sizes[number]}"}}'
                        sidecar.deliver("github", body.encode(), event_id=delivery)
                        with lock:
                            answered.append((delivery, body.encode()))
                            disk.mark(len(answered))

                threads = [
                    threading.Thread(target=write, args=[range(first, len(sizes), WRITERS)])
                    for first in range(WRITERS)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert len(answered) == len(sizes)
                disk.cut()
                if tracer:
                    tracer.terminate()
                    tracer.wait(20)
                sidecar.kill()
                sidecar.data.unlink()
        except OSError as error:
            pytest.skip(f"power cannot be cut here: {error}")
        return powercut.Replay(disk), answered, sidecar

    return run


def after(replay, sidecar, folder, rng):
    """The events that a start finds on what is left of the disk, and what `verify` says of it."""
    image = folder / "crash.img"
    mounted = folder / "crash"
    mounted.mkdir(exist_ok=True)
    replay.write_image(image, rng)
    # Replays the file system's own journal, as after any power cut.
    powercut.command("mount", "-o", "loop", image, mounted)
    try:
        sidecar.data.unlink(missing_ok=True)
        sidecar.data.symlink_to(mounted / "data")
        verified = sidecar.cli("journal", "verify", sidecar.data)
        sidecar.start()
        events = {}
        for entry in sidecar.api.events(limit=1000):
            assert "gap" not in entry, f"a crash was taken for damage: {entry}"
            events[entry["event_id"]] = sidecar.api.body(entry)
        # And it goes on.
        sidecar.deliver("github", b"{}")
        assert sidecar.stop() == 0
        sound = sidecar.cli("journal", "verify", sidecar.data)
        assert sound.returncode == 0, sound.stdout + sound.stderr
        return events, verified
    finally:
        sidecar.kill()
        wait_until(lambda: powercut.command("umount", mounted, check=False).returncode == 0)


def cuts(replay, count, rng):
    first = replay.first
    return sorted(rng.randint(first, replay.last) for _ in range(count))


@pytest.mark.slow
def test_every_answered_event_survives_a_power_cut(record, tmp_path, effort, tally):
    """Failures 1 and 3: whatever part of the unflushed sectors the disk has kept."""
    rng = random.Random(20281)
    checked = known = 0
    for run in range(RUNS[effort]):
        replay, answered, sidecar = record(f"run-{run}", rng)
        assert replay.flushes > len(answered) / WRITERS
        for cut in cuts(replay, CUTS[effort] // RUNS[effort], rng):
            replay.advance(cut)
            must = answered[:replay.mark]
            if not must:
                # The file system, or the journal, may not have been made yet.
                continue
            events, verified = after(replay, sidecar, tmp_path, rng)
            assert verified.returncode == 0, verified.stdout + verified.stderr
            lost = [delivery for delivery, body in must if events.get(delivery) != body]
            assert not lost, f"cut at {cut}: {len(lost)} of {len(must)} answered events are lost"
            checked += 1
            known += len(must)
    assert checked > CUTS[effort] // 2 and known
    tally(f"{checked} power cuts of the block device, {known} answered events looked for, 0 lost")


@pytest.mark.slow
@pytest.mark.skipif(not trace.available(), reason="strace is not installed")
def test_without_fdatasync_the_same_cuts_lose_events(record, tmp_path):
    """The control: a harness in which nothing is ever lost would prove nothing."""
    rng = random.Random(20282)
    replay, answered, sidecar = record("lies", rng, lies=True)
    for cut in cuts(replay, 12, rng):
        replay.advance(cut)
        must = answered[:replay.mark]
        if not must:
            continue
        events, _ = after(replay, sidecar, tmp_path, rng)
        if any(events.get(delivery) != body for delivery, body in must):
            return
    raise AssertionError("no event was lost without fdatasync: the recorder does not record")
