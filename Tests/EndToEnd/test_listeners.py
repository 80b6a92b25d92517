"""Sockets that whoever starts the sidecar has opened, and ports that two processes share."""

import json
import os
import socket
import threading
import time

import pytest

from harness.activation import Sockets, listening
from harness.certificates import SecureWire, trusting
from harness.secure import folder, own  # noqa: F401
from harness.service import Service
from harness.sidecar import source
from harness.signing import sign
from harness.wire import Wire, refuses, request, wait_until

BODY = b'{"a": 1}'
TOKEN = "a-token-of-twenty-and-more-characters"
SOURCES = {"github": source("github")}


def github(body=BODY, **more):
    return request("POST", "/in/github", sign("github", body) + list(more.items()), body)


def started(sidecar):
    every = [json.loads(line) for line in sidecar.log.splitlines() if line.startswith("{")]
    return [line for line in every if line["event"] == "started"][-1]


@pytest.fixture
def sockets(closing):
    return lambda **named: closing(Sockets(**named))


@pytest.fixture
def activated(make_sidecar, sockets):
    """A sidecar whose ingress is the socket `web`."""

    def make(web=None, start=True, **settings):
        web = web or listening()
        settings.setdefault("sources", SOURCES)
        ingress = {"listen": ["systemd:web"], **settings.pop("ingress", {})}
        sidecar = make_sidecar(start=False, ingress=ingress, **settings)
        sidecar.ingress_address = web.getsockname()
        sockets(web=web).pass_to(sidecar)
        return sidecar.start() if start else sidecar

    return make


def refusal(sidecar):
    """Starts a sidecar that must not start; returns what it says."""
    sidecar.start(wait=False)
    assert sidecar.wait(20) == 1
    return sidecar.log


# Sockets that are passed


def test_a_passed_socket_takes_deliveries(activated):
    sidecar = activated()
    sidecar.deliver("github", BODY)
    assert len(sidecar.api.events()) == 1
    assert started(sidecar)["ingress"] == "systemd:web=127.0.0.1:%d" % sidecar.ingress_address[1]
    assert "socket_unused" not in sidecar.log
    # Neither children nor a slow accept get at it.
    flags = [int(line.split()[1], 8) for line in
             open(f"/proc/{sidecar.pid}/fdinfo/3") if line.startswith("flags")]
    assert flags[0] & os.O_CLOEXEC and flags[0] & os.O_NONBLOCK


def test_names_say_which_surface_a_socket_is_of(make_sidecar, sockets, tmp_path):
    path = str(tmp_path / "api.sock")
    web, more, api = listening(), listening(("::1", 0), socket.AF_INET6), listening(path)
    sidecar = make_sidecar(
        start=False, sources=SOURCES, ingress={"listen": ["systemd:web"]},
        api={"listen": ["systemd:hooks-api"],
             "tokens": [{"name": "t", "token": f"literal:{TOKEN}", "scopes": ["read"]}]},
    )
    sidecar.ingress_address, sidecar.api_address = web.getsockname(), path
    sockets(**{"web": [web, more], "hooks-api": api}).pass_to(sidecar).start()
    with Wire(more.getsockname()[:2]) as wire:
        assert wire.exchange(github()).status == 200
    sidecar.deliver("github", b"2")
    question = request("GET", "/v1/events", [("Authorization", f"Bearer {TOKEN}")])
    with Wire(path) as wire:
        assert len(wire.exchange(question).json["data"]) == 2
    assert sidecar.raw(question).status == 404
    assert started(sidecar)["api"] == "systemd:hooks-api=unix:"
    # It is somebody else's, and stays for the next process.
    assert sidecar.stop() == 0
    assert os.path.exists(path)
    sidecar.start()
    with Wire(path) as wire:
        assert len(wire.exchange(question).json["data"]) == 2


def test_a_client_of_ipv4_on_a_dual_stack_socket_is_one_of_ipv4(activated):
    web = socket.socket(socket.AF_INET6)
    web.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    web.bind(("::", 0))
    web.listen(1024)
    sidecar = activated(web=web, sources={"github": source("github", allow=["127.0.0.9/32"])})
    sidecar.ingress_address = ("127.0.0.1", web.getsockname()[1])
    with Wire(sidecar.ingress_address, source="127.0.0.9") as wire:
        assert wire.exchange(github()).status == 200
    sidecar.deliver("github", b"2", expect=403)
    (event,) = sidecar.api.events()
    assert event["remote_address"] == "127.0.0.9"


def test_tls_is_spoken_over_a_passed_socket(activated, own):  # noqa: F811
    sidecar = activated(ingress={"tls": own.pair})
    with SecureWire(sidecar.ingress_address, trusting(own)) as wire:
        assert wire.exchange(github()).status == 200


def test_who_connects_between_two_processes_waits(activated):
    sidecar = activated()
    sidecar.deliver("github", BODY)
    assert sidecar.stop() == 0
    with Wire(sidecar.ingress_address, timeout=60) as wire:
        wire.send(github(b"between"))
        time.sleep(0.3)
        sidecar.start()
        assert wire.reply().status == 200
    assert len(sidecar.api.events()) == 2


def test_restarts_under_load_refuse_no_connection(activated, effort):
    """Every connection is accepted, and every event is stored once, whatever a drain meets."""
    sidecar = activated()
    refused, unanswered, sent, statuses = [], [], [], set()
    ending = threading.Event()

    def deliver(client):
        number = 0
        while not ending.is_set():
            number += 1
            body = b'{"client": %d, "n": %d}' % (client, number)
            data = github(body)
            while True:
                try:
                    with Wire(sidecar.ingress_address, timeout=60) as wire:
                        try:
                            statuses.add(wire.exchange(data).status)
                            break
                        except OSError as error:
                            unanswered.append(error)
                except OSError as error:
                    refused.append(error)
                    time.sleep(0.05)
            sent.append(body)

    threads = [threading.Thread(target=deliver, args=(client,)) for client in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3 if effort == "fast" else 8):
        time.sleep(0.3)
        assert sidecar.stop() == 0
        sidecar.start()
    time.sleep(0.3)
    ending.set()
    for thread in threads:
        thread.join()
    assert refused == [] and unanswered == [] and statuses == {200}
    assert len(sidecar.api.events()) == len(sent) > 20


def test_programs_do_not_get_the_sockets(activated, tmp_path):
    service = Service(lambda delivery: 400)
    try:
        seen = tmp_path / "seen"
        report = f"env > {seen}.new; ls -l /proc/$$/fd >> {seen}.new; mv {seen}.new {seen}"
        sidecar = activated(
            sources={"github": source("github", destinations=["app"])},
            destinations={"app": {"urls": [service.url]}},
            alarms={"command": ["/bin/sh", "-c", report]},
        )
        sidecar.deliver("github", BODY)
        wait_until(seen.exists)
        assert "LISTEN_" not in seen.read_text() and "PATH" in seen.read_text()
        inode = os.readlink(f"/proc/{sidecar.pid}/fd/3")
        assert inode.startswith("socket:") and inode not in seen.read_text()
    finally:
        service.stop()


# What is wrong with them


def test_a_socket_that_is_not_there_is_said(activated, sockets):
    sidecar = activated(start=False)
    sockets(other=listening(), another=listening()).pass_to(sidecar)
    text = refusal(sidecar)
    assert "no socket was passed as web" in text and "another, other" in text
    assert "FileDescriptorName=web" in text


@pytest.mark.parametrize("variables", [{"LISTEN_PID": "1"}, {"LISTEN_FDS": "0",
                                                             "LISTEN_FDNAMES": ""}])
def test_sockets_of_another_process_are_not_taken(activated, variables):
    sidecar = activated(start=False)
    sidecar.environment.update(variables)
    assert "started without any" in refusal(sidecar)


@pytest.mark.parametrize("count", ["x", "-1", "65", "99999999999999999999", ""])
def test_a_count_that_is_none_is_said(activated, count):
    sidecar = activated(start=False)
    sidecar.environment["LISTEN_FDS"] = count
    assert "LISTEN_FDS is not a number from 0 to 64" in refusal(sidecar)


def test_names_that_are_too_few_are_said(activated):
    sidecar = activated(start=False)
    sidecar.environment["LISTEN_FDS"] = "2"
    assert "LISTEN_FDNAMES has 1 names for 2 descriptors" in refusal(sidecar)


def wrong_things(tmp_path):
    with listening() as listener:
        connected = socket.create_connection(listener.getsockname())
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return {
        "no socket; write ListenStream=": open(tmp_path / "file", "w"),
        "no stream socket": datagram,
        "does not listen; write Accept=no": connected,
        "does not listen": bound,
    }


def test_what_is_no_listening_socket_is_said(activated, sockets, tmp_path):
    for number, (words, thing) in enumerate(wrong_things(tmp_path).items()):
        sidecar = activated(start=False, name=f"wrong-{number}")
        sockets(web=thing).pass_to(sidecar)
        text = refusal(sidecar)
        assert f"descriptor 3, passed as web, {'' if words[0] == 'd' else 'is '}{words}" in text
    sidecar = activated(start=False, name="closed")
    sidecar.environment.update({"LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:web"})
    assert "descriptor 4, passed as web, is not open" in refusal(sidecar)


def test_a_socket_that_nobody_named_is_said_and_closed(activated, sockets):
    sidecar = activated(start=False)
    web, other = listening(), listening()
    sidecar.ingress_address = web.getsockname()
    sockets(web=web, other=other).pass_to(sidecar).start()
    sidecar.deliver("github", BODY)
    (line,) = [json.loads(line) for line in sidecar.log.splitlines() if "socket_unused" in line]
    assert line["name"] == "other" and "systemd:other" in line["detail"]
    held = [os.readlink(f"/proc/{sidecar.pid}/fd/{number}")
            for number in os.listdir(f"/proc/{sidecar.pid}/fd")]
    assert f"socket:[{os.fstat(other.fileno()).st_ino}]" not in held


# Ports that are shared


@pytest.fixture
def pair(make_sidecar):
    """Two sidecars with one port for the ingress, each with a data directory of its own."""

    def make(*settings):
        made = []
        for number, each in enumerate(settings):
            ingress = dict(each)
            if made:
                ingress["listen"] = ["%s:%d" % made[0].ingress_address]
            sidecar = make_sidecar(f"pair-{number}", start=False, sources=SOURCES, ingress=ingress)
            if made:
                sidecar.ingress_address = made[0].ingress_address
            made.append(sidecar)
        return made

    return make


def test_a_port_is_of_one_process_alone(pair):
    first, second = pair({}, {})
    first.start()
    second.start(wait=False)
    assert second.wait(20) == 75
    assert "is another process using" in second.log
    first.deliver("github", BODY)


def test_both_must_want_to_share(pair):
    first, second = pair({"reuse_port": True}, {})
    first.start()
    second.start(wait=False)
    assert second.wait(20) == 75


def test_another_process_takes_over_a_shared_port(pair):
    """No connection is refused while one begins and the other drains."""
    old, new = pair({"reuse_port": True}, {"reuse_port": True})
    old.start()
    refused, unanswered, taken = [], [], []
    statuses = set()
    ending = threading.Event()

    def deliver(client):
        number = 0
        while not ending.is_set():
            number += 1
            try:
                wire = Wire(old.ingress_address, timeout=30)
            except OSError as error:
                refused.append(error)
                continue
            with wire:
                try:
                    statuses.add(wire.exchange(github(b"%d %d" % (client, number))).status)
                    taken.append(1)
                except OSError as error:
                    unanswered.append(error)

    threads = [threading.Thread(target=deliver, args=(client,)) for client in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    new.start()
    wait_until(lambda: new.api.events() and old.api.events())  # the kernel spreads them
    time.sleep(0.3)
    old.terminate()
    assert old.wait(30) == 0
    time.sleep(0.3)
    ending.set()
    for thread in threads:
        thread.join()
    assert refused == [] and statuses == {200}
    # One that arrives between the last look at the queue and its end is reset by the kernel.
    assert len(unanswered) <= 2, unanswered
    ingress = {**old.configuration["ingress"], "listen": ["127.0.0.1:0"]}
    old.config_path.write_text(json.dumps({**old.configuration, "ingress": ingress}))
    old.start()
    assert len(old.api.events()) + len(new.api.events()) >= len(taken) > 20


def test_one_data_directory_is_of_one_process(make_sidecar):
    first = make_sidecar(sources=SOURCES, ingress={"reuse_port": True})
    second = make_sidecar("second", start=False, sources=SOURCES)
    configuration = {**first.configuration, "api": second.configuration["api"]}
    second.config_path.write_text(json.dumps(configuration))
    second.start(wait=False)
    assert second.wait(20) == 75
    first.deliver("github", BODY)


def test_a_drain_answers_who_is_in_the_queue(make_sidecar):
    """A connection that was made before the drain has its request answered."""
    sidecar = make_sidecar(sources=SOURCES)
    for number in range(10):
        wires = [Wire(sidecar.ingress_address) for _ in range(20)]
        sidecar.terminate()
        wait_until(lambda: refuses(sidecar.ingress_address))
        for index, wire in enumerate(wires):
            with wire:
                reply = wire.exchange(github(b"%d %d" % (number, index)))
                assert reply.status == 200 and reply.closed
        assert sidecar.wait(20) == 0
        sidecar.start()
    assert len(sidecar.api.events()) == 200
