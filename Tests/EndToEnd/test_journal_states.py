"""Every state of the journal, on the real process: how it comes, what it takes, how it ends."""

import subprocess
import threading

import pytest

from harness import trace
from harness.signing import new_id, sign
from harness.wire import Wire, request, wait_until

SMALL = {
    "ingress": {"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
    "journal": {"segment_bytes": "64KiB", "reserve_bytes": "64KiB"},
}
BODY = b"b" * 7000


def readiness(sidecar):
    reply = sidecar.api.call("GET", "/readyz")
    return reply.status, reply.json.get("reasons", [])


def assert_state(sidecar, state):
    """All four places say the same."""
    assert sidecar.api.status["state"] == state
    expected = {"open": (200, []), "low": (200, ["low"])}.get(state, (503, [state]))
    assert readiness(sidecar) == expected
    metrics = sidecar.api.call("GET", "/metrics").body.decode()
    found = [line for line in metrics.splitlines()
             if line.startswith("webhook_receiver_journal_state{") and line.endswith(" 1")]
    assert found == ['webhook_receiver_journal_state{state="%s"} 1' % state]


def state_is(sidecar, state):
    return lambda: sidecar.api.status["state"] == state


def post(sidecar, body=BODY):
    return sidecar.post("/in/github", body, sign("github", body, event_id=new_id()))


def post_until_refused(sidecar):
    """Events that are taken until one is not."""
    ids = []
    while (reply := post(sidecar)).status == 200:
        ids.append(reply.header("Webhook-Receiver-Event"))
        assert len(ids) < 1000, "a full disk takes no end of events"
    assert reply.status == 503
    assert int(reply.header("Retry-After")) > 0
    return ids


def start_without_room(sidecar):
    sidecar.start(wait=False)

    def is_full():
        try:
            return sidecar.api.status["state"] == "full"
        except OSError:
            assert sidecar.process.poll() is None, sidecar.log
            return False

    wait_until(is_full)


def test_low_then_full_then_open(make_sidecar, small_disk):
    """Failure 6: the disk runs full, is told apart in time, and nothing 2xx is missing."""
    disk = small_disk("64m")
    sidecar = make_sidecar(**SMALL)
    assert_state(sidecar, "open")
    sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)
    disk.fill()
    kept = []
    while sidecar.api.status["state"] == "open":
        kept.append(sidecar.deliver("github", BODY).header("Webhook-Receiver-Event"))
        assert len(kept) < 100
    assert_state(sidecar, "low")
    kept += post_until_refused(sidecar)
    assert_state(sidecar, "full")
    # Pulling and committing go on, and a known event is still a duplicate.
    page = sidecar.api.get("/v1/consumers/c/events", limit=3).json
    committed = sidecar.api.post("/v1/consumers/c/commit", {"cursor": page["next"]}).json
    assert committed["position"] == 3
    disk.clear()
    wait_until(state_is(sidecar, "open"))
    assert_state(sidecar, "open")
    kept.append(sidecar.deliver("github", BODY).header("Webhook-Receiver-Event"))
    assert [event["id"] for event in sidecar.api.events(body="none")] == kept
    states = [line.split('"state":"')[1].split('"')[0] for line in sidecar.log.splitlines()
              if '"journal_state"' in line]
    assert states == ["low", "full", "open"]
    assert sidecar.stop() == 0


def test_a_full_disk_keeps_nobody_from_reading_after_kill_9(make_sidecar, small_disk):
    """Failure 6: killed while full, it starts, reads, commits, and goes on when there is room."""
    disk = small_disk("64m")
    sidecar = make_sidecar(**SMALL)
    sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)
    disk.fill()
    kept = post_until_refused(sidecar)
    for round in range(3):
        sidecar.kill()
        disk.fill()
        start_without_room(sidecar)
        assert_state(sidecar, "full")
        assert post(sidecar).status == 503
        assert [event["id"] for event in sidecar.api.events(body="none")] == kept
        page = sidecar.api.get("/v1/consumers/c/events", limit=1).json
        position = sidecar.api.post("/v1/consumers/c/commit", {"cursor": page["next"]}).json
        assert position["position"] == round + 1
    disk.clear()
    wait_until(state_is(sidecar, "open"))
    kept.append(sidecar.deliver("github", BODY).header("Webhook-Receiver-Event"))
    assert [event["id"] for event in sidecar.api.events(body="none")] == kept
    assert sidecar.stop() == 0
    checked = sidecar.cli("journal", "verify", sidecar.data)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.skipif(not trace.available(), reason="strace is not installed")
def test_pressure_while_the_disk_is_slow(make_sidecar):
    """Failure 7: who waits too long is told so by the head alone, and it ends by itself."""
    sidecar = make_sidecar()
    sidecar.deliver("github", b"first")
    tracer = trace.attach(
        sidecar.pid, "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=3000000"
    )
    if tracer is None:
        pytest.skip("attaching to a process is not allowed here")
    replies = []
    slow = threading.Thread(target=lambda: replies.append(post(sidecar)))
    slow.start()
    head = request("POST", "/in/github", [("Content-Length", "1000")])

    def is_refused():
        with Wire(sidecar.ingress_address) as wire:
            wire.send(head)
            wire.socket.settimeout(0.2)
            try:
                reply = wire.reply("POST")
            except TimeoutError:
                return False  # It waits for the body: no pressure yet.
        assert reply.status == 503
        assert int(reply.header("Retry-After")) > 0
        return True

    wait_until(is_refused)
    assert_state(sidecar, "pressure")
    tracer.terminate()
    slow.join()
    assert replies[0].status == 200
    wait_until(state_is(sidecar, "open"))
    sidecar.deliver("github", b"last")
    assert len(sidecar.api.events(body="none")) == 3
    assert sidecar.stop() == 0
    tracer.wait(20)


def damage(sidecar, body):
    """Alters one stored body, wherever it lies."""
    for path in sidecar.data.rglob("*.seg"):
        data = bytearray(path.read_bytes())
        if (at := data.find(body)) >= 0:
            data[at] ^= 1
            path.write_bytes(data)
            return path
    raise AssertionError("it is not stored")


def test_degraded_where_damage_is_to_be_left_alone(make_sidecar):
    """Failure 12: all that verifies is read, nothing is taken, and the operator decides."""
    sidecar = make_sidecar(journal={"on_damage": "refuse"})
    sidecar.api.put("/v1/consumers/c", {"start": "earliest"}, expect=201)
    bodies = [b"body-%d-" % number + b"x" * 100 for number in range(5)]
    for body in bodies:
        sidecar.deliver("github", body)
    assert sidecar.stop() == 0
    damage(sidecar, bodies[2])
    sidecar.start(wait=False)
    wait_until(lambda: "journal_degraded" in sidecar.log and "started" in sidecar.log)
    wait_until(state_is(sidecar, "degraded"))
    assert_state(sidecar, "degraded")
    assert post(sidecar).status == 503
    entries = sidecar.api.events()
    assert [e.get("sequence") or e["gap"]["from"] for e in entries] == [1, 2, 3, 4, 5]
    assert "gap" in entries[2]
    page = sidecar.api.get("/v1/consumers/c/events", limit=1).json
    sidecar.api.post("/v1/consumers/c/commit", {"cursor": page["next"]})
    assert sidecar.stop() == 0
    assert sidecar.cli("journal", "verify", sidecar.data).returncode == 1
    refused = sidecar.cli("journal", "repair", sidecar.data)
    assert refused.returncode == 1 and b"--accept-loss" in refused.stderr
    repaired = sidecar.cli("journal", "repair", "--accept-loss", sidecar.data)
    assert repaired.returncode == 0 and b"lost: events 3 to 3" in repaired.stdout
    checked = sidecar.cli("journal", "verify", sidecar.data)
    assert checked.returncode == 0 and b"accepted" in checked.stdout
    sidecar.start()
    assert_state(sidecar, "open")
    journal = sidecar.api.status["journal"]
    assert journal["lost_ranges"] == 1
    assert (journal["losses"][0]["from"], journal["losses"][0]["to"]) == (3, 3)
    assert sidecar.api.get("/v1/consumers/c").json["position"] == 1
    sidecar.deliver("github", b"and on it goes")
    assert sidecar.stop() == 0


def test_locked_while_another_process_has_it(make_sidecar):
    """Failure 10: the second one exits with 75, names the lock, and disturbs nobody."""
    sidecar = make_sidecar()
    second = subprocess.run(
        [sidecar.binary, "run", "--config", str(sidecar.config_path)],
        capture_output=True, env=sidecar.environment, timeout=30, check=False,
    )
    assert second.returncode == 75
    assert str(sidecar.data / "journal" / "LOCK").encode() in second.stderr
    sidecar.deliver("github", b"still here")
    assert_state(sidecar, "open")
