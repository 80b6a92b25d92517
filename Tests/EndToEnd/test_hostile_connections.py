"""Connections that mean no good, or that are many: an answer or a close for each, within bounds."""

import random
import re
import resource
import socket
import time

import pytest

from harness.conformance import cases
from harness.damage import damaged
from harness.signing import sign
from harness.wire import Wire, request

ROUNDS = {"fast": 200, "whole": 200, "campaign": 10_000}
IDLE = 10_000
IDLE_MEMORY = 64 << 20
HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


def statuses(data):
    """What a strict reader makes of everything that came back."""
    found = []
    while data:
        head = HEAD.match(data)
        assert head, f"no answer begins here: {data[:80]!r}"
        status, rest = int(head[1]), data[head.end():]
        length = re.search(rb"(?i)content-length: (\d+)\r\n", head[2])
        if status == 100 or status == 204:
            length = None
        size = int(length[1]) if length else 0
        # An answer to HEAD has a length and no body; the next answer begins at once.
        if len(rest) < size or (rest[:9] == b"HTTP/1.1 " and rest[size:size + 9] != b"HTTP/1.1 "):
            size = 0
        found.append(status)
        data = rest[size:]
    return found


def exchange(address, data):
    """Sends everything, says that it is all, and reads to the end."""
    with socket.create_connection(address, timeout=20) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Refused before it was all sent.
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
        except ConnectionError:
            pass
    return received


def test_any_bytes_get_an_answer_or_a_close(sidecar, effort, tally):
    rounds = ROUNDS[effort]
    rng = random.Random(9112)
    rows = [case for case in cases() if isinstance(case.send, str)]
    known = {case.body.encode() for case in rows}
    counts = {}
    for _ in range(rounds):
        case = rng.choice(rows)
        sent = damaged(case.bytes(), rng)
        for status in statuses(exchange(sidecar.ingress_address, sent)):
            counts[status] = counts.get(status, 0) + 1
    assert set(counts) <= {100, 200, 204, 400, 401, 404, 405, 411, 413, 414, 417, 431, 501, 505}
    assert counts[200] > 0 and counts[400] > 0
    # Whatever the head was made into, only bodies that were signed are there.
    stored = sidecar.api.events()
    assert {sidecar.api.body(event) for event in stored[:50]} <= known
    for event in stored:
        for name, value in event["headers"]:
            assert name and "\r" not in value and "\n" not in value and "\0" not in value
    assert sidecar.deliver("github", b"well").status == 200
    tally(f"{rounds} damaged requests over a socket, seed 9112: {dict(sorted(counts.items()))}")


def test_a_pipeline_is_read_only_as_far_as_its_bound(sidecar):
    body = b"{}"
    one = request("POST", "/in/github", sign("github", body, event_id="same"), body)
    before = resident(sidecar.pid)
    with Wire(sidecar.ingress_address) as wire:
        # Never a byte of an answer is taken.
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.socket.setblocking(False)
        quiet_since, sent = time.monotonic(), 0
        many = one * 200
        while time.monotonic() - quiet_since < 1.5 and sent < 256 << 20:
            try:
                # From where the last piece ended: a request cut short would be refused for that.
                sent += wire.socket.send(many[sent % len(many):])
                quiet_since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        assert sent < 256 << 20, "everything was read, and nothing of it was taken back"
        # 64 KiB of requests and the answers of one turn; the rest waits in the kernel.
        assert resident(sidecar.pid) - before < 8 << 20
    assert sidecar.deliver("github", b"well").status == 200


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"no more than {hard} descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
def test_ten_thousand_idle_connections_fit_in_64_mib(make_sidecar, many_descriptors):
    sidecar = make_sidecar(ingress={"limits": {
        "connections": IDLE + 100, "idle_timeout": "10m", "header_timeout": "10m"}})
    refused = request("GET", "/in/github")
    wires = []
    try:
        for number in range(IDLE):
            wire = Wire(sidecar.ingress_address)
            wires.append(wire)
            # Each has been used: what a request needed must be gone again. Few are deliveries,
            # because each of those costs an fdatasync here.
            if number % 50 == 0:
                body = b"x" * 4000
                wire.send(request("POST", "/in/github", sign("github", body), body))
                assert wire.reply().status == 200
            else:
                wire.send(refused)
                assert wire.reply().status == 405
        assert resident(sidecar.pid) <= IDLE_MEMORY, f"{resident(sidecar.pid) >> 20} MiB"
        # All of them are still there, and so is room for others.
        for wire in wires[:: IDLE // 20]:
            wire.send(refused)
            assert wire.reply().status == 405
        assert sidecar.deliver("github", b"well").status == 200
    finally:
        for wire in wires:
            wire.socket.close()


@pytest.mark.parametrize("limit", [400, 1024])
def test_strangers_take_no_descriptors_from_the_journal(make_sidecar, limit):
    sidecar = make_sidecar(start=False, journal={"segment_bytes": "256KiB", "reserve_bytes": "64KiB"},
                           ingress={"limits": {"body_bytes": "8KiB"}})
    sidecar.start(prefix=["prlimit", f"--nofile={limit}:{limit}"])
    assert '"event":"descriptor_limit"' in sidecar.log
    strangers = []
    try:
        for _ in range(limit + 200):
            strangers.append(socket.create_connection(sidecar.ingress_address, timeout=20))
        # Enough for segments to end and others to begin, with what opens and closes files.
        acknowledged = [
            sidecar.deliver("github", b'{"pad": "%s"}' % (b"a" * 4000), expect=200).header(
                "Webhook-Receiver-Event"
            )
            for _ in range(200)
        ]
        assert [event["id"] for event in sidecar.api.events()] == acknowledged
    finally:
        for stranger in strangers:
            stranger.close()
    assert "accept_failed" not in sidecar.log
    assert sidecar.stop() == 0


def test_too_few_descriptors_are_an_error_at_the_start(make_sidecar):
    sidecar = make_sidecar(start=False)
    sidecar.start(prefix=["prlimit", "--nofile=256:256"], wait=False)
    assert sidecar.process.wait(20) == 1
    assert "raise that to at least 320" in sidecar.log
