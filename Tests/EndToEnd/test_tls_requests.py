"""Requests over TLS: whole, large, many, ahead of their answers, and cut off anywhere."""

import asyncio
import contextlib
import random
import select
import socket
import ssl
import time

import aiohttp
import pytest
import requests

from harness.certificates import Engine, SecureWire, trusting
from harness.secure import (  # noqa: F401
    event, folder, limits, make_secure, own, resident, secure,
)
from harness.service import Service
from harness.sidecar import source
from harness.signing import sign
from harness.wire import chunked

LARGE = 5 << 20
IDLE = {"fast": 200, "whole": 500, "campaign": 4000}
# Six times what docs/Performance.md has measured.
IDLE_BYTES = 96 << 10


# Requests and answers


def test_python_clients_deliver(secure, own):
    url = "https://localhost:%d/in/github" % secure.ingress_address[1]
    body = b'{"requests": true}'
    with requests.Session() as session:
        for _ in range(3):
            headers = dict(sign("github", body))
            reply = session.post(url, body, headers=headers, verify=str(own.path))
            assert reply.status_code == 200

    async def deliver(count):
        connector = aiohttp.TCPConnector(ssl=trusting(own), limit=8)
        async with aiohttp.ClientSession(connector=connector) as session:
            async def one(number):
                body = b'{"aiohttp": %d}' % number
                headers = dict(sign("github", body))
                async with session.post(url, data=body, headers=headers) as reply:
                    return reply.status
            return await asyncio.gather(*(one(number) for number in range(count)))

    assert asyncio.run(deliver(100)) == [200] * 100


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_large_body_is_stored_byte_for_byte(secure, own, version):
    body = random.Random(version).randbytes(LARGE)
    context = trusting(own, maximum_version=version)
    with SecureWire(secure.ingress_address, context, timeout=60) as wire:
        reply = wire.exchange(event(body))
        assert reply.status == 200
        pieces = [body[at:at + 100_000] for at in range(0, len(body), 100_000)]
        again = wire.exchange(chunked("POST", "/in/github", sign("github", body), pieces))
        assert again.status == 200
    stored = secure.api.get(f"/v1/events/{reply.header('Webhook-Receiver-Event')}/body").body
    assert stored == body


def test_requests_sent_ahead_are_answered_in_order(secure, own):
    bodies = [b'{"ahead": %d}' % number for number in range(300)]
    with SecureWire(secure.ingress_address, trusting(own)) as wire:
        wire.send(b"".join(event(body) for body in bodies))
        ids = []
        for _ in bodies:
            reply = wire.reply()
            assert reply.status == 200
            ids.append(reply.header("Webhook-Receiver-Event"))
    assert [secure.api.get(f"/v1/events/{id}/body").body for id in ids[::50]] == bodies[::50]


def test_the_service_is_told_that_it_came_over_tls(make_secure, own):
    service = Service()
    try:
        sidecar = make_secure(
            sources={"github": source("github", destinations=["app"])},
            destinations={"app": {"urls": [service.url]}},
        )
        with SecureWire(sidecar.ingress_address, trusting(own)) as wire:
            stored = wire.exchange(event()).header("Webhook-Receiver-Event")
        service.wait_taken([stored])
        (delivery,) = service.of(stored)
        assert delivery.header("X-Forwarded-Proto") == "https"
    finally:
        service.stop()


def test_continue_is_sent_over_tls(secure, own):
    body = b'{"continue": 1}'
    data = event(body, headers=[("Expect", "100-continue")])
    with SecureWire(secure.ingress_address, trusting(own)) as wire:
        wire.send(data[:-len(body)])
        assert wire.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue"
        assert wire.exchange(body).status == 200


def test_an_early_refusal_is_read(secure, own):
    body = bytes(7 << 20)
    with SecureWire(secure.ingress_address, trusting(own)) as wire:
        with contextlib.suppress(OSError):
            wire.send(event(body))
        assert wire.reply().status == 413
        assert wire.is_closed()


# Ends


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_request_that_is_cut_without_a_goodbye_was_never_there(make_secure, own, version):
    sidecar = make_secure()
    body = b'{"cut": "' + b"x" * 40_000 + b'"}'
    context = trusting(own, maximum_version=version)
    whole = event(body)
    inchunks = chunked("POST", "/in/github", sign("github", body), [body])
    for data in (whole, inchunks):
        for cut in (1, 100, 20_000, len(data) - 1):
            for says in (False, True):
                with Engine(sidecar.ingress_address, context) as engine:
                    engine.shake_hands()
                    engine.run(engine.tls.write, data[:cut])
                    if says:
                        with contextlib.suppress(ssl.SSLWantReadError):
                            engine.tls.unwrap()
                        engine.pump()
    # The last record itself is cut.
    with Engine(sidecar.ingress_address, context) as engine:
        engine.shake_hands()
        engine.socket.sendall(engine.records(whole)[:-1])
    # And one that somebody changed on its way.
    with Engine(sidecar.ingress_address, context) as engine:
        engine.shake_hands()
        changed = bytearray(engine.records(whole))
        changed[-20] ^= 1
        engine.socket.sendall(changed)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            engine.run(engine.tls.read, 65536)
    assert sidecar.api.events() == []
    with SecureWire(sidecar.ingress_address, context) as wire:
        assert wire.exchange(whole).status == 200


@pytest.mark.parametrize("count", [3, 4, 5, 9, 40])
def test_requests_ahead_of_a_goodbye_are_all_answered(secure, own, count):
    """More of them than one turn of the loop takes, and the end in the same flight."""
    forged = event(b"x", headers=[]).replace(b"sha256=", b"sha256=0")
    with Engine(secure.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        flight = engine.records(count * forged)
        with contextlib.suppress(ssl.SSLError):
            engine.tls.unwrap()
        engine.socket.sendall(flight + engine.outgoing.read())
        answers = b""
        with contextlib.suppress(ssl.SSLError, OSError):
            while data := engine.run(engine.tls.read, 65536):
                answers += data
        assert answers.count(b"HTTP/1.1 401") == count


@pytest.mark.parametrize("how", ["goodbye", "goodbye and end", "end alone"])
def test_who_has_closed_its_side_still_gets_its_answer(secure, own, how):
    body = b'{"half": "%s"}' % how.encode()
    with Engine(secure.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        data = engine.records(event(body))
        if how != "end alone":
            with contextlib.suppress(ssl.SSLWantReadError):
                engine.tls.unwrap()
            data += engine.outgoing.read()
        engine.socket.sendall(data)
        if how != "goodbye":
            engine.socket.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ssl.SSLZeroReturnError):
            while more := engine.run(engine.tls.read, 65536):
                received += more
        assert received.startswith(b"HTTP/1.1 200 ")


def test_every_end_of_ours_is_said(make_secure, own):
    """Python raises SSLEOFError when a connection ends without a goodbye."""
    sidecar = make_secure(ingress={"limits": limits(idle_timeout="1s")})
    closing = event(headers=[("Connection", "close")])
    with Engine(sidecar.ingress_address, trusting(own)) as asked, \
            Engine(sidecar.ingress_address, trusting(own)) as refused, \
            Engine(sidecar.ingress_address, trusting(own)) as idle:
        for engine, data, status in ((asked, closing, 200), (refused, b"broken\r\n\r\n", 400),
                                     (idle, event(), 200)):
            engine.shake_hands()
            engine.run(engine.tls.write, data)
            assert engine.read_all().startswith(b"HTTP/1.1 %d " % status)


def test_a_drain_says_goodbye(make_secure, own):
    sidecar = make_secure()
    with Engine(sidecar.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        engine.run(engine.tls.write, event())
        assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")
        sidecar.terminate()
        assert engine.read_all() == b""
    assert sidecar.wait() == 0


# Part of a record: its head, cut and whole, some of its body, and all but the last byte.
PARTS = (3, 5, 40, -1)


@pytest.mark.parametrize("part", PARTS)
def test_a_request_that_has_begun_is_answered_in_a_drain(make_secure, own, part):
    sidecar = make_secure()
    with Engine(sidecar.ingress_address, trusting(own)) as engine, \
            Engine(sidecar.ingress_address, trusting(own)) as idle:
        for each in (engine, idle):
            each.shake_hands()
            each.run(each.tls.write, event())
            assert each.run(each.tls.read, 65536).startswith(b"HTTP/1.1 200 ")
        body = b'{"drained": true}'
        data = engine.records(event(body))
        engine.socket.sendall(data[:part])
        sidecar.terminate()
        assert idle.read_all() == b""
        engine.socket.sendall(data[part:])
        answer = engine.read_all()
        assert answer.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in answer
    assert sidecar.wait() == 0


@pytest.mark.parametrize("part", PARTS)
def test_a_request_that_stops_within_a_record_is_told_so(make_secure, own, part):
    sidecar = make_secure(ingress={"limits": limits(header_timeout="1s", idle_timeout="60s")})
    with Engine(sidecar.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        for _ in range(2):
            engine.run(engine.tls.write, event())
            assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")
        engine.socket.sendall(engine.records(event())[:part])
        assert engine.read_all().startswith(b"HTTP/1.1 408 ")


def test_bytes_now_and_then_buy_a_head_no_time(make_secure, own):
    sidecar = make_secure(ingress={"limits": limits(header_timeout="1s", idle_timeout="60s")})
    with Engine(sidecar.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        engine.run(engine.tls.write, event())
        assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")
        # Each byte of the head is a record of its own, and comes in two parts.
        for byte in event()[:100]:
            record = engine.records(bytes([byte]))
            engine.socket.sendall(record[:9])
            time.sleep(0.05)
            engine.socket.sendall(record[9:])
            if select.select([engine.socket], [], [], 0)[0]:
                break
        else:
            pytest.fail("nothing was said while all of it came")
        assert engine.read_all().startswith(b"HTTP/1.1 408 ")


def test_a_request_that_has_begun_makes_no_room_for_others(make_secure, own):
    # One for each thread.
    sidecar = make_secure(ingress={"limits": limits(connections=1)})
    with Engine(sidecar.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        data = engine.records(event())
        engine.socket.sendall(data[:40])
        # They wait where the kernel keeps them.
        for _ in range(10):
            with contextlib.suppress(OSError), \
                    SecureWire(sidecar.ingress_address, trusting(own), timeout=0.1) as wire:
                wire.exchange(event())
        engine.socket.sendall(data[40:])
        assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")


# Many


def test_idle_connections_cost_little(make_secure, own, closing, effort, tally):
    count = IDLE[effort]
    sidecar = make_secure()
    context = trusting(own)
    with SecureWire(sidecar.ingress_address, context) as wire:
        assert wire.exchange(event()).status == 200
    before = resident(sidecar.pid)
    wires = [closing(SecureWire(sidecar.ingress_address, context).socket) for _ in range(count)]
    for wire in wires:
        wire.sendall(event(b'{"size": "' + b"x" * 30_000 + b'"}'))
        assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")
    each = (resident(sidecar.pid) - before) / count
    tally(f"{each / 1024:.1f} KiB for each of {count} idle TLS connections")
    assert each < IDLE_BYTES
    assert sidecar.api.status["process"]["connections"] >= count
    with SecureWire(sidecar.ingress_address, context) as wire:
        assert wire.exchange(event()).status == 200
