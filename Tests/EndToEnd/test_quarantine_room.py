"""Deliveries that do not verify, where their source keeps them apart: room, time and damage."""

import json
import os

import pytest

from harness.quarantine import BLOCK, ROOM, file_of, flood, held, keeping, standing
from harness.reloading import NEW, OLD, Reloading, setting
from harness.sidecar import source
from harness.wire import wait_until


@pytest.fixture
def running(make_sidecar):
    return Reloading(make_sidecar(sources={"github": keeping(OLD)}))


def test_failure_28_a_flood_fills_its_part_and_nothing_else(running):
    sidecar = running.sidecar
    size = file_of(sidecar).stat().st_size
    assert size == BLOCK + ROOM
    part = ROOM // BLOCK // 8
    flood(sidecar, 3 * part)
    wait_until(lambda: sum(standing(sidecar)["overflow"].values()) == 2 * part)
    now = standing(sidecar)
    assert now["deliveries"] == part and now["overflow"]["address"] == 2 * part
    assert now["bytes"] == ROOM // 8
    # The oldest stay.
    bodies = [sidecar.api.get(f"/v1/quarantine/{one['id']}/body").body for one in held(sidecar)]
    assert bodies == [b"x%d" % number for number in range(part)]
    # Others are kept all the same, until the source's room is full.
    for host in range(2, 11):
        flood(sidecar, part, f"127.0.0.{host}")
    wait_until(lambda: sum(standing(sidecar)["overflow"].values()) == 4 * part)
    now = standing(sidecar)
    assert now["bytes"] == now["bytes_max"] == ROOM and now["overflow"]["source"] == 2 * part
    assert file_of(sidecar).stat().st_size == size
    assert sidecar.api.events() == []
    sidecar.deliver("github", b"good", secret=OLD)
    metrics = sidecar.api.get("/metrics").body.decode()
    assert f'quarantine_overflow_total{{source="github",reason="source"}} {2 * part}' in metrics
    # What is removed makes room.
    first = held(sidecar, limit=1)[0]["id"]
    sidecar.api.delete(f"/v1/quarantine/{first}")
    flood(sidecar, 1, "127.0.0.1", b"after")
    wait_until(lambda: standing(sidecar)["bytes"] == ROOM)


def test_pages_and_filters(make_sidecar):
    sidecar = make_sidecar(sources={
        "one": keeping(OLD, path="/in/one"), "two": keeping(OLD, path="/in/two"),
    })
    for number in range(7):
        flood(sidecar, 1, body=b"%d" % number, path="/in/one" if number % 2 else "/in/two")
    held(sidecar, 7)
    seen, after = [], {}
    while True:
        page = sidecar.api.get("/v1/quarantine", source="two", limit=3, **after).json
        seen += page["data"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == 4 and {one["source"] for one in seen} == {"two"}
    assert [one["id"] for one in seen] == sorted(one["id"] for one in seen)
    assert held(sidecar, reason="timestamp_too_old") == []
    for query in ({"after": "x"}, {"limit": 0}, {"limit": 1001}, {"nonsense": 1}):
        sidecar.api.get("/v1/quarantine", **query, expect=400)


# Time and damage


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_what_is_kept_outlives_the_process(running, ending):
    sidecar = running.sidecar
    flood(sidecar, 5)
    before = held(sidecar, 5)
    if ending == "kill":
        sidecar.kill()
        sidecar.start()
    else:
        sidecar.restart()
    assert held(sidecar, 5) == before
    assert standing(sidecar)["bytes"] == 5 * BLOCK
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    for one in before:
        sidecar.api.post(f"/v1/quarantine/{one['id']}/verify", {}, expect=201)
    assert len(sidecar.api.events()) == 5


def test_a_removed_delivery_leaves_no_byte(running):
    sidecar = running.sidecar
    sidecar.deliver("github", b"a very private body" * 1000, secret=NEW, expect=401)
    (kept,) = held(sidecar, 1)
    assert b"very private" in file_of(sidecar).read_bytes()
    sidecar.api.delete(f"/v1/quarantine/{kept['id']}")
    assert b"very private" not in file_of(sidecar).read_bytes()
    for call in (sidecar.api.get, sidecar.api.delete):
        call(f"/v1/quarantine/{kept['id']}", expect=404)
    sidecar.kill()
    sidecar.start()
    assert held(sidecar) == []


def test_a_file_that_is_damaged_does_not_stop_the_service(running):
    sidecar = running.sidecar
    flood(sidecar, 2)
    kept = held(sidecar, 2)
    sidecar.kill()
    with open(file_of(sidecar), "r+b") as file:
        file.seek(BLOCK + 300)
        file.write(os.urandom(16))
    sidecar.start()
    # One of the two is not what was written: its beginning tells, or its contents do.
    found = held(sidecar)
    assert kept[1] in found
    for one in found:
        sidecar.api.get(f"/v1/quarantine/{one['id']}", expect=200 if one == kept[1] else 500)
    sidecar.kill()
    with open(file_of(sidecar), "r+b") as file:
        file.write(b"\0" * 64)
    sidecar.start()
    assert held(sidecar) == [] and "quarantine_damaged" in sidecar.log
    assert len(list(sidecar.data.glob("quarantine.damaged-*"))) == 1
    flood(sidecar, 1)
    held(sidecar, 1)


# Configuration


def test_it_begins_and_ends_with_a_reload(make_sidecar):
    rejecting = source("github", verify={"secrets": [f"literal:{OLD}"]})
    running = Reloading(make_sidecar(sources={"github": rejecting}))
    sidecar = running.sidecar
    flood(sidecar, 1)
    assert not file_of(sidecar).exists()
    running.reload(setting("sources", "github", value=keeping(OLD)))
    flood(sidecar, 2)
    held(sidecar, 2)
    running.reload(setting("sources", "github", value=rejecting))
    flood(sidecar, 1)
    # What was kept is there, and nothing comes to it.
    assert len(held(sidecar, 2)) == 2 and standing(sidecar)["bytes_max"] == 0
    sidecar.restart()
    (one, _) = held(sidecar, 2)
    running.reload(lambda c: c["sources"].update(
        other=c["sources"].pop("github") | {"path": "/in/other"}))
    assert sidecar.api.post(f"/v1/quarantine/{one['id']}/verify", {}, expect=409)
    sidecar.api.delete(f"/v1/quarantine/{one['id']}")


def test_what_cannot_be_had_is_said_at_check(sidecar, tmp_path):
    wrong = {
        "token": ({"path": "/in/gitlab", "verify": {
            "profile": "gitlab-token", "secrets": ["literal:" + "a" * 32], "on_failure": "quarantine"}},
            "a secret is not kept"),
        "room": (source("github", verify={"quarantine_bytes": "1MiB"}), "needs no room"),
        "small": (keeping(OLD, verify={"quarantine_bytes": "1KiB"}), "quarantine_bytes"),
    }
    for name, (one, words) in wrong.items():
        path = tmp_path / f"{name}.json5"
        path.write_text(json.dumps({"sources": {"a": one}}))
        done = sidecar.cli("check", "--config", path)
        assert done.returncode == 1 and words in done.stdout.decode(), done.stdout
