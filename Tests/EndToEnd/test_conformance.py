"""Every request of the table of RFC 9112 over a real socket: its answers, and whether it ends the
connection. What two servers could read in two ways must end it, and nothing behind it is read."""

import random

import pytest

from harness.conformance import cases
from harness.sidecar import source
from harness.signing import sign
from harness.wire import Wire, request

CASES = cases()
ACCEPTED = [case for case in CASES if case.answers == [200] and not case.closes]


def follower():
    return request("POST", "/in/github", sign("github", b"follower"), b"follower")


def counted(shared):
    return len(shared.api.events(body="none"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_request_has_the_answers_of_the_table(shared, case):
    before = counted(shared)
    with Wire(shared.ingress_address) as wire:
        # What follows stands behind it on the wire before the first answer is out.
        wire.send(case.bytes() + follower())
        replies = [wire.reply(case.method) for _ in case.answers]
        assert [reply.status for reply in replies] == case.answers, replies[-1].body
        assert all(reply.extra["interim"] == [] for reply in replies)
        assert replies[-1].closed == case.closes
        assert not any(reply.closed for reply in replies[:-1])
        if case.closes:
            rest = wire.rest()
            assert b"HTTP/1.1" not in rest, "what follows was read as a request"
        else:
            assert wire.reply().status == 200, "the next request was not found where it begins"
    stored = case.answers.count(200) + (0 if case.closes else 1)
    assert counted(shared) == before + stored


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.id)
def test_an_accepted_request_is_the_same_in_pieces(shared, case):
    rng = random.Random(case.id)
    data = case.bytes()
    with Wire(shared.ingress_address) as wire:
        at = 0
        while at < len(data):
            size = rng.choice((1, 1, 2, 3, 7, 40))
            wire.send(data[at : at + size])
            at += size
        assert wire.reply(case.method).status == 200


def test_options_of_the_server_names_its_methods(shared):
    with Wire(shared.ingress_address) as wire:
        reply = wire.exchange(request("OPTIONS", "*"), "OPTIONS")
        assert (reply.status, reply.body) == (204, b"")
        assert {"OPTIONS", "POST"} <= set(reply.header("Allow").split(", "))
        assert reply.header("Content-Length") is None
        assert wire.exchange(request("HEAD", "/in/github"), "HEAD").status == 405


@pytest.mark.parametrize("path", ["/in/github", "/nowhere"])
def test_head_has_the_fields_of_get_and_no_body(shared, path):
    with Wire(shared.ingress_address) as wire:
        get = wire.exchange(request("GET", path))
        head = wire.exchange(request("HEAD", path), "HEAD")
        assert (head.status, head.body) == (get.status, b"")
        dateless = [[field for field in reply.headers if field[0] != "Date"]
                    for reply in (get, head)]
        assert dateless[0] == dateless[1]
        # Nothing came behind the head: the next answer is found at once.
        assert wire.exchange(request("GET", path)).status == get.status


def test_continue_is_said_once_path_address_and_length_are_accepted(make_sidecar):
    sidecar = make_sidecar(
        sources={"github": source("github"),
                 "denied": source("github", "/in/denied", deny=["127.0.0.0/8"])},
        ingress={"limits": {"body_bytes": "64KiB"}},
    )
    expect = ("Expect", "100-continue")
    body = b"{}"
    fields = [*sign("github", body), expect]
    refused = [
        ("/nowhere", [("Content-Length", "2")], 404),
        ("/in/denied", [("Content-Length", "2")], 403),
        ("/in/github", [("Content-Length", "65537")], 413), ("/in/github", [], 411),
    ]
    for path, more, status in refused:
        with Wire(sidecar.ingress_address) as wire:
            lines = [f"POST {path} HTTP/1.1", "Host: x"]
            lines += [f"{name}: {value}" for name, value in [*fields, *more]]
            wire.send("\r\n".join(lines).encode() + b"\r\n\r\n")
            reply = wire.reply()
            assert (reply.status, reply.extra["interim"]) == (status, [])
    for more in ([("Content-Length", "2")], [("Transfer-Encoding", "chunked")]):
        with Wire(sidecar.ingress_address) as wire:
            wire.send(request("POST", "/in/github", [*sign("github", body), expect, *more]))
            assert wire.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue"
            wire.send(body if more[0][0] == "Content-Length" else b"2\r\n{}\r\n0\r\n\r\n")
            assert wire.reply().status == 200


def test_every_family_of_smuggling_is_there():
    families = {case.family for case in CASES}
    assert families >= {
        "CL.TE", "TE.CL", "TE.TE", "CL.0", "dual CL", "chunk-size overflow", "bare LF", "lone CR",
        "NUL", "obs-fold", "white space before the colon", "chunk terminator", "field name",
    }
    assert len(CASES) > 250


def test_nothing_of_it_left_a_mark(shared):
    """After all of them the process takes the next delivery, byte for byte."""
    reply = shared.deliver("github", b"after all")
    event = shared.api.get("/v1/events/" + reply.header("Webhook-Receiver-Event")).json
    assert shared.api.body(event) == b"after all"
