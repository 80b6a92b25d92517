"""SIGHUP under load: no request answered wrongly, none dropped, and nothing that grows."""

import itertools
import json
import random
import threading
import time

import pytest

from harness.reloading import Reloading, github, setting
from harness.signing import new_id, sign
from harness.wire import Wire, request, wait_until

CONSTANT = "a secret that is valid at all times"
ROUNDS = {"fast": 20, "whole": 100, "campaign": 1000}


def rotating(number):
    return f"the secret of round {number}"


class Client(threading.Thread):
    """One connection, and what each of its requests must be answered.

    It is kept until an answer says that it ends, as that to a path that is not there does.

    `rounds` says which reload was begun last, and which one was said to be applied: what is in
    force is known while the two are the same from a request's begin to its end.
    """

    def __init__(self, address, rounds):
        super().__init__(daemon=True)
        self.address, self.rounds = address, rounds
        self.stored = {}
        self.counts = {}
        self.failure = None
        self.ending = threading.Event()
        self.start()

    def run(self):
        kinds = itertools.cycle(("constant", "current", "old", "flipping"))
        try:
            while not self.ending.is_set():
                with Wire(self.address) as wire:
                    while not self.ending.is_set() and self.ask(wire, next(kinds)):
                        pass
        except Exception as error:  # noqa: BLE001: the test raises it
            self.failure = error

    def ask(self, wire, kind):
        """Whether the connection goes on."""
        applied = self.rounds.applied
        secret = {"current": rotating(applied), "old": rotating(applied - 1)}.get(kind, CONSTANT)
        path = "/in/flipping" if kind == "flipping" else "/in/github"
        delivery = new_id()
        body = json.dumps({"id": delivery}).encode()
        headers = sign("github", body, secret=secret, event_id=delivery)
        reply = wire.exchange(request("POST", path, headers, body))
        status = reply.status
        is_settled = self.rounds.begun == applied
        expected = {
            "constant": {200}, "old": {401}, "current": {200} if is_settled else {200, 401},
            "flipping": {200 if applied % 2 else 404} if is_settled else {200, 404},
        }[kind]
        assert status in expected, (kind, applied, self.rounds.begun, status)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if status == 200:
            self.stored[delivery] = body
        assert reply.closed == (status == 404), (kind, status)
        return not reply.closed

    def close(self):
        self.ending.set()
        self.join(30)
        if self.failure is not None:
            raise self.failure


class Rounds:
    """The reloads: in every second one there is another source."""

    def __init__(self, running):
        self.running = running
        self.begun = self.applied = 0

    def next(self):
        number = self.begun + 1
        self.begun = number
        self.running.reload(lambda configuration: self.change(configuration, number))
        self.applied = number

    @staticmethod
    def change(configuration, number):
        configuration["sources"] = sources(number)


def sources(number):
    flipping = {"flipping": github(CONSTANT, path="/in/flipping")}
    return {"github": github(CONSTANT, rotating(number)), **(flipping if number % 2 else {})}


def test_failure_56_a_hundred_reloads_under_load(make_sidecar, effort, tally):
    sidecar = make_sidecar(sources=sources(0), ingress={"limits": {"idle_timeout": "60s"}})
    rounds = Rounds(Reloading(sidecar))
    clients = [Client(sidecar.ingress_address, rounds) for _ in range(6)]
    try:
        for _ in range(ROUNDS[effort]):
            rounds.next()
            assert all(client.is_alive() for client in clients), [c.failure for c in clients]
    finally:
        for client in clients:
            client.close()
    stored = {}
    for client in clients:
        assert min(client.counts.values()) > 0
        stored |= client.stored
    events = {event["event_id"] for event in sidecar.api.events(body="none")}
    assert events == set(stored)
    status = sidecar.api.status["configuration"]["last_reload"]
    assert status["result"] == "applied"
    text = sidecar.api.get("/metrics").body.decode()
    assert f'reloads_total{{result="applied"}} {ROUNDS[effort]}' in text
    asked = sum(sum(client.counts.values()) for client in clients)
    tally(f"reloads: {ROUNDS[effort]} over {asked} requests, {len(stored)} of them stored")


def test_signals_without_waiting_under_load(make_sidecar):
    """They come faster than they are done; each is of another file, and the last one wins."""
    sidecar = make_sidecar(sources={"github": github(CONSTANT)})
    running = Reloading(sidecar)
    ending = threading.Event()
    wrong, count = [], [0]

    def deliver():
        with Wire(sidecar.ingress_address) as wire:
            while not ending.is_set():
                body = new_id().encode()
                headers = sign("github", body, secret=CONSTANT)
                status = wire.exchange(request("POST", "/in/github", headers, body)).status
                count[0] += 1
                if status != 200:
                    wrong.append(status)

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        for number in range(300):
            # Replaced whole, as editors do: half a file would be refused.
            text = sidecar.config_path.with_suffix(".new")
            sidecar.configuration["sources"] = {
                "github": github(CONSTANT, rotating(number))
            }
            text.write_text(json.dumps(sidecar.configuration))
            text.rename(sidecar.config_path)
            running.hang_up()
        last = {"secret": rotating(299)}
        wait_until(lambda: sidecar.deliver("github", new_id().encode(), expect=None, **last)
                   .status == 200)
    finally:
        ending.set()
        thread.join(30)
    assert not wrong and count[0] > 0
    assert not running.lines("reload_refused")


@pytest.mark.parametrize("round_", range(3))
def test_a_kill_in_a_reload_loses_nothing(make_sidecar, round_):
    sidecar = make_sidecar(sources={"github": github(CONSTANT)})
    running = Reloading(sidecar)
    acknowledged, ending = [], threading.Event()

    def deliver():
        try:
            with Wire(sidecar.ingress_address) as wire:
                while not ending.is_set():
                    delivery = new_id()
                    headers = sign("github", b"{}" + delivery.encode(), secret=CONSTANT,
                                   event_id=delivery)
                    reply = wire.exchange(
                        request("POST", "/in/github", headers, b"{}" + delivery.encode())
                    )
                    assert reply.status == 200
                    acknowledged.append(delivery)
        except OSError:
            pass  # It was killed.

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(acknowledged) > 20)
    running.write(setting("sources", "github", "verify", "secrets",
                          value=[f"literal:{CONSTANT}", f"literal:{rotating(round_)}"]))
    running.hang_up()
    time.sleep(random.Random(round_).random() * 0.02)
    sidecar.kill()
    ending.set()
    for thread in threads:
        thread.join(30)
    sidecar.start()
    found = {event["event_id"] for event in sidecar.api.events(body="none")}
    assert set(acknowledged) <= found
    # A start reads the file as it is.
    sidecar.deliver("github", b"after", secret=rotating(round_))


# Of a thousand reloads; what one leaves behind would be seen at a few KiB.
GROWTH_MAX = 12 << 20


def test_memory_does_not_grow_with_reloads(make_sidecar, effort, tally):
    rounds = {"fast": 200, "whole": 1000, "campaign": 5000}[effort]
    sidecar = make_sidecar()
    running = Reloading(sidecar)

    def resident():
        return sidecar.api.status["process"]

    def reload(count):
        for number in range(count):
            running.write(setting("sources", "github", "deny", value=[f"192.0.2.{number % 250}"]))
            running.hang_up_and_wait()

    reload(50)
    before = resident()
    reload(rounds)
    after = resident()
    grown = after["resident_bytes"] - before["resident_bytes"]
    tally(f"reloads: {grown} bytes more after {rounds} of them")
    assert grown < GROWTH_MAX
    assert after["descriptors"] <= before["descriptors"] + 2
