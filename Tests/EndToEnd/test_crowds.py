"""What strangers can take up, they can be made to give back: others are served in their midst."""

import contextlib
import socket

import pytest

from harness.floods import Forgeries
from harness.open_loop import OpenLoop
from harness.signing import new_id, sign
from harness.wire import Wire, request, wait_until

P99_SECONDS = 1


def test_who_sends_ahead_gets_no_more_turns_than_others(make_sidecar, tmp_path, tally):
    """A turn of the loop ends, however many requests lie ready on the connections it looks at."""
    sidecar = make_sidecar()
    good = OpenLoop(sidecar.ingress_address, 100, 5, connections=8)
    with Forgeries(tmp_path, sidecar, "/in/github", 6, connections=20, depth=1000, size=1) as flood:
        wait_until(lambda: 'status="401"' in sidecar.api.get("/metrics").body.decode())
        with good:
            pass
        answered = flood.wait()
    tally(f"{answered} forgeries, a thousand ahead of their answers, beside {good.summary}")
    assert good.accepted == 1
    assert good.percentile(0.99) <= P99_SECONDS, good.summary


@pytest.mark.parametrize("begun", [b"", b"POST /in/github HTTP/1.1\r\nHost: x\r\n"],
                         ids=["idle", "heads that never end"])
def test_at_the_limit_of_connections_a_delivery_is_taken(make_sidecar, begun):
    """At once, or when the first of the others has had its time; it is never turned away."""
    sidecar = make_sidecar(ingress={"limits": {"connections": 50, "header_timeout": "2s"}})
    with contextlib.ExitStack() as stack:
        for _ in range(80):
            with contextlib.suppress(OSError):
                stranger = stack.enter_context(
                    socket.create_connection(sidecar.ingress_address, timeout=20))
                stranger.sendall(begun)
        assert sidecar.deliver("github", b"well").status == 200


def unfinished(sidecar, size):
    """A connection that has sent so much of a body, and no more."""
    wire = Wire(sidecar.ingress_address)
    fields = [*sign("github", b""), ("Content-Length", str(10 << 20))]
    wire.send(request("POST", "/in/github", fields) + bytes(size))
    return wire


def test_bodies_that_never_end_make_room_for_one_that_does(make_sidecar):
    """Whoever holds most, or longest, is refused, and not the next that comes."""
    sidecar = make_sidecar(ingress={"limits": {"body_bytes": "10MiB"}},
                           journal={"segment_bytes": "64MiB"})
    refused = lambda: 'surface="ingress",status="503"' in sidecar.api.get("/metrics").body.decode()
    with contextlib.ExitStack() as stack:
        for size in [4_000_000] * 20 + [1_000_000] * 30 + [200_000] * 150:
            stack.enter_context(unfinished(sidecar, size))
        # So many that some have made room by now, and the rest fills it.
        wait_until(refused)
        for size in (50_000, 200_000, 900_000, 5_000_000):
            assert sidecar.deliver("github", new_id().encode() + bytes(size)).status == 200
