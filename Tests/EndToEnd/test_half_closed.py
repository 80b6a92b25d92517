"""A client that has sent all it has to say, and closes its sending side: it is answered."""

import socket

import pytest

from harness.signing import new_id, sign
from harness.wire import Wire, request


def deliveries(count, signed):
    secret = {} if signed else {"secret": "a guess"}
    bodies = [new_id().encode() for _ in range(count)]
    return bodies, b"".join(
        request("POST", "/in/github", sign("github", body, event_id=body.decode(), **secret), body)
        for body in bodies)


@pytest.mark.parametrize("rest", [b"", b"POST /in/github HTTP/1.1\r\nHost: x\r\n"],
                         ids=["whole", "with a beginning behind them"])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_all_that_came_before_is_answered(shared, count, signed, rest):
    bodies, flight = deliveries(count, signed)
    with Wire(shared.ingress_address) as wire:
        wire.send(flight + rest)
        wire.socket.shutdown(socket.SHUT_WR)
        received = b""
        while data := wire.socket.recv(65536):
            received += data
    status = b"HTTP/1.1 200 " if signed else b"HTTP/1.1 401 "
    assert received.count(status) == received.count(b"HTTP/1.1") == count
    if signed:
        stored = {event["event_id"] for event in shared.api.events(source="github", body="none")}
        assert {body.decode() for body in bodies} <= stored
