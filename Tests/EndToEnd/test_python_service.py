"""samples/python-service: a service that loses nothing, beside a sidecar and beside a script."""

import fcntl
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import ROOT
from harness.wire import wait_until

SERVICE = ROOT / "samples" / "python-service" / "service.py"
PAGE = 100  # As in the service.
PIPE_BYTES = 4096  # The least that Linux makes a pipe: the service stops where nobody reads.
F_SETPIPE_SZ = 1031


class Service:
    """A running service; its lines are read only when the test asks for them."""

    def __init__(self, base, directory, name="orders"):
        self.errors = directory / "errors"
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, SERVICE, base, name], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors,
            )
        fcntl.fcntl(self.process.stdout, F_SETPIPE_SZ, PIPE_BYTES)

    def lines(self, count):
        lines = [self.process.stdout.readline().decode() for _ in range(count)]
        assert all(lines), f"the service ended: {self.errors.read_text()}"
        return [line.split() for line in lines]

    def kill(self):
        """Ends it at once; what it printed and nobody read yet is returned."""
        self.process.kill()
        rest = [line.decode() for line in self.process.stdout]
        self.process.stdout.close()
        self.process.wait()
        # A line that was cut off was not printed.
        return [line.split() for line in rest if line.endswith("\n")]


@pytest.fixture
def start(tmp_path):
    started = []

    def start(base, **how):
        started.append(Service(base, tmp_path, **how))
        return started[-1]

    yield start
    for service in started:
        if service.process.returncode is None:
            service.kill()


def sequences(lines):
    assert all(line[0] == "event" for line in lines), lines
    return [int(line[1]) for line in lines]


def test_a_kill_loses_nothing_and_repeats_only_the_page_in_hand(sidecar, start):
    for number in range(250):
        sidecar.deliver("github", b"%d" % number)
    service = start(sidecar.api_base)
    before = service.lines(PAGE + 30)
    before += service.kill()
    assert PAGE + 30 <= len(before) < 2 * PAGE, "killed in the middle of the second page"
    assert sidecar.api.get("/v1/consumers/orders").json["position"] == PAGE

    service = start(sidecar.api_base)
    after = service.lines(250 - PAGE)
    assert sequences(before) == list(range(1, len(before) + 1))
    assert sequences(after) == list(range(PAGE + 1, 251))
    twice = set(sequences(before)) & set(sequences(after))
    print(f"printed twice: {len(twice)}, {min(twice)} to {max(twice)}")
    assert twice == set(range(PAGE + 1, len(before) + 1))
    # The key is what tells the service that it has done this before.
    key = {line[1]: line[4] for line in before}
    assert all(key[line[1]] == line[4] for line in after if int(line[1]) in twice)
    assert len({line[4] for line in before + after}) == 250


def test_a_sidecar_that_is_away_is_waited_for(sidecar, start):
    service = start(sidecar.api_base)
    sidecar.deliver("github", b"one")
    assert sequences(service.lines(1)) == [1]
    wait_until(lambda: sidecar.api.get("/v1/consumers/orders").json["position"] == 1)
    sidecar.kill()
    wait_until(lambda: "trying again" in service.errors.read_text())
    sidecar.start()
    sidecar.deliver("github", b"two")
    printed = sequences(service.lines(1))
    if printed == [1]:
        # The kill came before the commit was durable; its answer had not been given either.
        printed = sequences(service.lines(1))
    assert printed == [2]


def test_a_refusal_that_waiting_does_not_mend_ends_it(make_sidecar, start):
    sidecar = make_sidecar(api={"tokens": [
        {"name": "other", "token": "literal:" + "t" * 40, "scopes": ["pull:other"]},
    ]})
    service = start(sidecar.api_base)
    assert service.process.wait(20) == 1
    assert "401" in service.errors.read_text()


class Script(BaseHTTPRequestHandler):
    """Gives the answers of `server.script` in turn, and notes what was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0].removeprefix("/v1/consumers/orders")
        self.server.asked.append((self.command, path, json.loads(body) if body else None))
        try:
            status, answer = self.server.script.pop(0)
        except IndexError:
            self.server.over.set()
            status, answer = 403, {"type": "/problems/scope-missing", "detail": "the end"}
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


def event(sequence):
    return {"sequence": sequence, "source": "s", "event_type": None, "body": "e30=",
            "flags": [], "idempotency_key": f"k{sequence}"}


def page(*entries, cursor="c1", generation=7):
    return 200, {"data": list(entries), "next": cursor, "has_more": False,
                 "generation": generation}


def problem(status, kind, **more):
    return status, {"type": f"/problems/{kind}", "title": "", "status": status, "detail": "",
                    **more}


@pytest.fixture
def play(start):
    """Runs the service against a script to its end; what it printed and what it asked."""
    servers = []

    def play(*script):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Script)
        server.script, server.asked, server.over = list(script), [], threading.Event()
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service = start("http://127.0.0.1:%d" % server.server_address[1])
        assert server.over.wait(30), server.asked
        assert service.process.wait(30) == 1, "403 ends it"
        return [line[:3] for line in service.kill()], server.asked[:-1]

    yield play
    for server in servers:
        server.shutdown()
        server.server_close()


READ = ("GET", "/events", None)
DONE = (200, {})


def commit(cursor="c1", generation=7):
    return "POST", "/commit", {"cursor": cursor, "generation": generation}


def test_the_consumer_is_created_when_it_is_not_there(play):
    printed, asked = play(problem(404, "no-such-consumer"), DONE, page(event(1)), DONE)
    assert asked == [READ, ("PUT", "", {"mode": "cursor", "start": "earliest"}), READ, commit()]
    assert printed == [["event", "1", "s"]]


def test_a_page_without_entries_commits_nothing(play):
    assert play(page(), page()) == ([], [READ, READ])


def test_409_at_a_commit_reads_again(play):
    printed, asked = play(
        page(event(1)), problem(409, "stale-generation"), page(event(1), generation=8), DONE
    )
    assert asked == [READ, commit(), READ, commit(generation=8)]
    assert printed == [["event", "1", "s"]] * 2


def test_410_says_what_is_lost_and_goes_on_with_the_oldest(play):
    expired = problem(410, "cursor-expired", **{"from": 3, "to": 9, "oldest": "c9"})
    printed, asked = play(expired, DONE, page(event(10)), DONE)
    assert asked == [READ, ("POST", "/seek", {"to": {"cursor": "c9"}}), READ, commit()]
    assert printed == [["lost", "3", "9"], ["event", "10", "s"]]


def test_a_gap_is_said_in_its_place_and_committed_with_the_page(play):
    gap = {"gap": {"from": 2, "to": 4, "reason": "damaged"}}
    printed, asked = play(page(event(1), gap, event(5)), DONE)
    assert asked == [READ, commit()]
    assert printed == [["event", "1", "s"], ["lost", "2", "4"], ["event", "5", "s"]]


def test_an_event_without_its_body_is_passed(play):
    erased = event(2)
    erased["flags"] = ["erased"]
    del erased["body"]
    printed, asked = play(page(event(1), erased), DONE)
    assert asked == [READ, commit()]
    assert [line[:2] for line in printed] == [["event", "1"], ["erased", "2"]]


def test_5xx_is_waited_out(play):
    printed, asked = play(problem(503, "unavailable"), problem(500, "journal-unreadable"),
                          page(event(1)), DONE)
    assert asked == [READ, READ, READ, commit()] and printed == [["event", "1", "s"]]
