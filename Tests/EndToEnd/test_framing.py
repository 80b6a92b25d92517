"""Ambiguous or broken HTTP is refused and ends the connection (RFC 9112); nothing is stored."""

import pytest

from harness.signing import sign
from harness.wire import Wire, request

BODY = b'{"a": 1}'
SIGNATURE = "\r\n".join(f"{name}: {value}" for name, value in sign("github", BODY))


def post(*lines, body=BODY, line="POST /in/github HTTP/1.1", host="Host: x"):
    """A signed delivery; `lines` stand among its headers as they are."""
    head = [line, *([host] if host else []), *lines, SIGNATURE]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
IN_CHUNKS = b"8\r\n" + BODY + b"\r\n0\r\n\r\n"

BROKEN = {
    "two different lengths": post(LENGTH, "Content-Length: 9"),
    "a list of different lengths": post("Content-Length: 8, 9"),
    "a signed length": post("Content-Length: +8"),
    "a negative length": post("Content-Length: -8"),
    "a hexadecimal length": post("Content-Length: 0x8"),
    "a length with a blank inside": post("Content-Length: 0 8"),
    "an empty length": post("Content-Length: "),
    "a length beyond 64 bits": post("Content-Length: 99999999999999999999999"),
    "a length and chunks": post(LENGTH, CHUNKED, body=IN_CHUNKS),
    "chunks and a length": post(CHUNKED, LENGTH, body=IN_CHUNKS),
    "chunked twice": post(CHUNKED, CHUNKED, body=IN_CHUNKS),
    "chunked not last": post("Transfer-Encoding: chunked, identity", body=IN_CHUNKS),
    "an obfuscated coding": post("Transfer-Encoding: xchunked", body=IN_CHUNKS),
    "a coding after a vertical tab": post("Transfer-Encoding: \x0bchunked", body=IN_CHUNKS),
    "a coding on a folded line": post("Transfer-Encoding:\r\n chunked", body=IN_CHUNKS),
    "a blank before the colon": post(LENGTH, "X-Header : a"),
    "a length with a blank before the colon": post("Content-Length : 8"),
    "a folded header": post(LENGTH, "X-Header: a\r\n b"),
    "a header without a colon": post(LENGTH, "nonsense"),
    "an empty header name": post(LENGTH, ": a"),
    "a header name with a bracket": post(LENGTH, "X(Y): a"),
    "a header value with a NUL": post(LENGTH, "X-Header: a\x00b"),
    "a header value with a bare CR": post(LENGTH, "X-Header: a\rb"),
    "a header value with an escape": post(LENGTH, "X-Header: a\x1bb"),
    "bare line feeds": post(LENGTH).replace(b"\r\n", b"\n"),
    "a bare line feed after one header": post(LENGTH, "X-Header: a\nX-Other: b"),
    "no host": post(LENGTH, host=None),
    "two hosts": post(LENGTH, "Host: y"),
    "two equal hosts": post(LENGTH, "Host: x"),
    "a host with a blank": post(LENGTH, host="Host: a b"),
    "a host with a slash": post(LENGTH, host="Host: a/b"),
    "a blank before the method": post(LENGTH, line=" POST /in/github HTTP/1.1"),
    "two blanks in the request line": post(LENGTH, line="POST  /in/github HTTP/1.1"),
    "a tab in the request line": post(LENGTH, line="POST\t/in/github HTTP/1.1"),
    "no version": post(LENGTH, line="POST /in/github"),
    "a lower case version": post(LENGTH, line="POST /in/github http/1.1"),
    "a broken version": post(LENGTH, line="POST /in/github HTTP/1.10"),
    "a method with a bracket": post(LENGTH, line="PO(ST /in/github HTTP/1.1"),
    "a target without a slash": post(LENGTH, line="POST in/github HTTP/1.1"),
    "a target with a fragment": post(LENGTH, line="POST /in/github#a HTTP/1.1"),
    "a target with a control byte": post(LENGTH, line="POST /in/gith\x01ub HTTP/1.1"),
    "a chunk size that is no number": post(CHUNKED, body=b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a signed chunk size": post(CHUNKED, body=b"+8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with 0x": post(CHUNKED, body=b"0x8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "an empty chunk size": post(CHUNKED, body=b"\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": post(CHUNKED, body=b"fffffffffffffffff\r\n" + BODY),
    "a chunk ended by a bare line feed": post(CHUNKED, body=b"8\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk that is longer than it says": post(CHUNKED, body=b"7\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk line without an end": post(CHUNKED, body=b"8;" + b"x" * 70000),
    "chunks in HTTP/1.0": post(CHUNKED, line="POST /in/github HTTP/1.0", body=IN_CHUNKS),
    "an early handshake of TLS": bytes.fromhex("16030100c8010000c40303") + b"x" * 60,
    "HTTP/2 with prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "nothing but noise": b"\x00\xff" * 40 + b"\r\n\r\n",
}
STATUSES = {
    "a coding after a vertical tab": (400, 501),
    "an obfuscated coding": (400, 501),
    "chunked not last": (400, 501),
    "HTTP/2 with prior knowledge": (400, 505),
    "a broken version": (400, 505),
    "a length beyond 64 bits": (400, 413),
    "a chunk size beyond 64 bits": (400, 413),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_it_is_refused_and_ends_the_connection(shared, name):
    follower = request("POST", "/in/github", sign("github", b"smuggled"), b"smuggled")
    with Wire(shared.ingress_address) as wire:
        reply = wire.exchange(BROKEN[name] + follower)
        assert reply.status in STATUSES.get(name, (400,)), reply.body
        assert reply.header("Content-Type") == "application/problem+json"
        assert reply.closed
        assert wire.is_closed(), "what follows must not be read as a request"
        assert b"HTTP/1.1 2" not in wire.buffer
    assert shared.api.events() == []


GOOD = {
    "one length": post(LENGTH),
    "chunks": post(CHUNKED, body=IN_CHUNKS),
    "chunks with extensions and trailers": post(
        CHUNKED, body=b'8;a=b;c="d"\r\n' + BODY + b"\r\n0\r\nX-Trailer: a\r\n\r\n"
    ),
    "chunked in capitals": post("Transfer-Encoding: Chunked", body=IN_CHUNKS),
    "a leading empty line": b"\r\n" + post(LENGTH),
    "the absolute form": post(LENGTH, line="POST http://x/in/github HTTP/1.1"),
    "HTTP/1.0 with a length": post(LENGTH, line="POST /in/github HTTP/1.0"),
    "blanks around a value": post(LENGTH, "X-Header: \t a \t "),
    "an empty value": post(LENGTH, "X-Header:"),
    "bytes above ASCII in a value": post(LENGTH, "X-Header: caf\xe9"),
}


@pytest.mark.parametrize("name", sorted(GOOD))
def test_unusual_and_proper_is_accepted(sidecar, name):
    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(GOOD[name]).status == 200
    events = sidecar.api.events()
    assert len(events) == 1
    assert sidecar.api.body(events[0]) == BODY


def test_a_request_cut_off_anywhere_stores_nothing(sidecar):
    data = post(LENGTH)
    for at in range(1, len(data), 3):
        with Wire(sidecar.ingress_address) as wire:
            wire.send(data[:at])
    data = post(CHUNKED, body=IN_CHUNKS)
    for at in range(1, len(data), 3):
        with Wire(sidecar.ingress_address) as wire:
            wire.send(data[:at])
    assert sidecar.api.events() == []
    assert sidecar.raw(post(LENGTH)).status == 200


def test_a_request_sent_byte_by_byte_is_read(sidecar):
    with Wire(sidecar.ingress_address) as wire:
        for byte in post(CHUNKED, body=IN_CHUNKS):
            wire.send(bytes([byte]))
        assert wire.reply().status == 200
    assert sidecar.api.body(sidecar.api.events()[0]) == BODY
