"""A disk that fills up and is freed under load, again and again, and one that fails.

`campaign: …` lines say how often; the disks are real file systems of their own.
"""

import asyncio
import random
import time

import pytest

from harness.disk import Disk, Image
from harness.load import Load, header
from harness.wire import wait_until
from test_crash import assert_all_there_and_none_twice, assert_the_journal_is_sound
from test_journal_states import post, readiness, start_without_room

SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "64KiB", "reserve_bytes": "64KiB"},
}
BODY = b"b" * 7000
CONNECTIONS = 64
JOURNALS = {"fast": 1, "whole": 2, "campaign": 30}
FILLINGS = {"fast": 2, "whole": 6, "campaign": 10}
DEVICES = {"fast": 1, "whole": 3, "campaign": 40}


class Guarded(Load):
    """Whoever is refused is told when to come again."""

    def __init__(self):
        # Slow enough not to fill the disk by itself.
        super().__init__(size=1000, pause=0.05)
        self.wrong = []

    def note(self, delivery, data, head):
        super().note(delivery, data, head)
        if delivery not in self.acknowledged:
            wait = header(head, "retry-after") or "0"
            if not head.startswith("HTTP/1.1 503 ") or not wait.isdecimal() or int(wait) < 1:
                self.wrong.append(head)


class Reader:
    """A consumer that moves on whenever there is something to move on to."""

    def __init__(self, sidecar):
        self.sidecar = sidecar
        self.position = 0
        sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)

    def go_on(self, steps):
        for _ in range(steps):
            page = self.sidecar.api.get("/v1/consumers/c/events", limit=2).json
            if page["data"]:
                cursor = {"cursor": page["next"]}
                committed = self.sidecar.api.post("/v1/consumers/c/commit", cursor).json
                assert committed["position"] > self.position
                self.position = committed["position"]

    def assert_it_stands(self):
        assert self.sidecar.api.get("/v1/consumers/c").json["position"] == self.position


def is_full(sidecar, disk):
    """Takes what is free, and asks everywhere."""
    disk.fill()
    return (readiness(sidecar) == (503, ["full"])
            and sidecar.api.status["state"] == "full")


def grows(load):
    before = len(load.acknowledged)
    return lambda: len(load.acknowledged) > before


def fill_and_free(sidecar, disk, load, reader, rng, fillings):
    """Under load: the last block is taken and given back; now and then the process is killed."""
    killed = 0
    for filling in range(fillings):
        is_killed = filling % 2 == 1
        with load.running(sidecar.ingress_address, CONNECTIONS):
            time.sleep(rng.uniform(0, 0.3))
            for _ in range(rng.randrange(4)):
                disk.fill(leaving=rng.choice([0, 0, 4096, 65536, 131072]))
                time.sleep(rng.uniform(0, 0.05))
                disk.clear()
            wait_until(lambda: is_full(sidecar, disk), 60)
            reader.go_on(5)
            time.sleep(rng.uniform(0, 0.2))
            assert is_full(sidecar, disk), "it became something else by itself"
            if is_killed:
                sidecar.kill()
        if is_killed:
            killed += 1
            start_without_room(sidecar)
            reader.assert_it_stands()
        with load.running(sidecar.ingress_address, CONNECTIONS):
            reader.go_on(3)
            disk.clear()
            wait_until(lambda: sidecar.api.status["state"] == "open", 60)
            wait_until(grows(load), 60)
    return killed


def give_the_directory_its_blocks(sidecar):
    """A directory never shrinks; how it grows is looked at below, where nothing else happens."""
    names = [sidecar.data / "journal" / "log" / f"{number:040}" for number in range(1000)]
    for name in names:
        name.touch()
    for name in names:
        name.unlink()


def fill_and_free_journals(make_sidecar, small_disk, effort, say, kind, size):
    rng = random.Random(20274)
    fillings = killed = acknowledged = refused = 0
    for number in range(JOURNALS[effort]):
        name = f"journal-{number}"
        disk = small_disk(size, name, kind)
        sidecar = make_sidecar(name, **SMALL)
        give_the_directory_its_blocks(sidecar)
        load, reader = Guarded(), Reader(sidecar)
        fillings += FILLINGS[effort]
        killed += fill_and_free(sidecar, disk, load, reader, rng, FILLINGS[effort])
        assert load.wrong == []
        assert '"journal_failed"' not in sidecar.log and '"level":"error"' not in sidecar.log
        reader.assert_it_stands()
        assert_all_there_and_none_twice(sidecar, load)
        assert sidecar.stop() == 0
        assert_the_journal_is_sound(sidecar)
        disk.unmount()
        acknowledged += len(load.acknowledged)
        refused += len(load.other)
    assert refused > 0
    say(f"{fillings} fillings of {kind.__doc__.split(';')[0].lower()}, {killed} of them with "
        f"kill -9: {acknowledged} acknowledged, {refused} refused, none lost, none twice")


@pytest.fixture
def say(capsys):
    def line(text):
        with capsys.disabled():
            print(f"\ncampaign: {text}")

    return line


def test_a_disk_that_fills_and_empties_loses_nothing(make_sidecar, small_disk, effort, say):
    """Failures 4, 12 and 16: refused before a write fails, and taken when there is room again."""
    fill_and_free_journals(make_sidecar, small_disk, effort, say, Disk, "128m")


@pytest.mark.slow
def test_a_file_system_that_fills_and_empties_loses_nothing(
    make_sidecar, small_disk, effort, say
):
    """Failures 4, 12 and 16 where blocks are given late, and the file system itself needs some."""
    fill_and_free_journals(make_sidecar, small_disk, effort, say, Image, "160m")


@pytest.mark.slow
def test_a_name_that_finds_no_room_is_a_full_disk_too(make_sidecar, small_disk):
    """Failure 4: the directory's block is full of names, and the disk has no other one."""
    disk = small_disk("160m", kind=Image)
    sidecar = make_sidecar(**SMALL)
    directory = sidecar.data / "journal" / "log"
    kept = []
    # 48 bytes a name: the one block of the directory has room for a few more.
    while len(list(directory.iterdir())) < 72:
        kept.append(sidecar.deliver("github", BODY).header("Webhook-Receiver-Event"))
    for _ in range(40):
        disk.fill()
        while (reply := post(sidecar, BODY)).status == 200:
            kept.append(reply.header("Webhook-Receiver-Event"))
        assert reply.status == 503 and "journal_failed" not in sidecar.log, sidecar.log[-700:]
        disk.clear()
        wait_until(lambda: sidecar.api.status["state"] == "open")
        if directory.stat().st_size > 4096:
            break
    assert directory.stat().st_size > 4096
    assert [event["id"] for event in sidecar.api.events(limit=1000, body="none")] == kept
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)


@pytest.mark.slow
def test_a_device_that_fails_ends_the_process_and_loses_nothing(
    make_sidecar, small_disk, effort, say
):
    """Failures 1 and 6: no call is made to fail here, the device does; whole again, all is there."""
    rng = random.Random(20275)
    disk = small_disk("160m", kind=Image)
    sidecar = make_sidecar(start=False, **SMALL)
    load = Load(size=1000, pause=0.02)
    for number in range(DEVICES[effort]):
        sidecar.start()
        before = len(load.acknowledged)
        with load.running(sidecar.ingress_address, CONNECTIONS):
            wait_until(lambda: len(load.acknowledged) > before)
            time.sleep(rng.uniform(0, 0.4))
            fail(disk)
            assert sidecar.wait() == 74
        line = sidecar.log.splitlines()
        assert sum("journal_failed" in text for text in line) == number + 1
        disk.unmount()
        disk.mount()
    sidecar.start()
    asyncio.run(load.run(sidecar.ingress_address, CONNECTIONS, 0.3, lambda: None))
    assert_all_there_and_none_twice(sidecar, load)
    assert set(load.other) <= {503}
    assert sidecar.stop() == 0
    assert_the_journal_is_sound(sidecar)
    say(f"{DEVICES[effort]} failures of a device: {len(load.acknowledged)} acknowledged, none lost")


def fail(disk):
    try:
        disk.fail()
    except OSError as error:
        pytest.skip(f"a device cannot be made to fail here: {error}")
