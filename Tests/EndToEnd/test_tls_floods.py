"""Floods of handshakes that come to nothing: what they cost is bounded, and others are served."""

import contextlib
import resource
import socket

import pytest

from harness.certificates import SecureWire, trusting
from harness.secure import (  # noqa: F401
    event, failures, folder, limits, make_secure, own, resident,
)
from harness.trace import threads
from harness.wire import wait_until

# A ClientHello that claims to have 131 396 bytes, and does not go on.
CLAIM = bytes.fromhex("160301000401020144")
CLAIMED = 131_396
# No record at all.
BREAK = bytes(5)
# Those of one thread that may shake hands at once, as docs/Operations.md says.
SHAKING = 512
HELLOS = {"fast": 1200, "whole": 1500, "campaign": 6000}


@pytest.fixture
def descriptors(effort):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = HELLOS[effort] + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"no more than {hard} descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def roomy(make_secure, effort, descriptors):  # noqa: F811
    """A sidecar that no limit but that of the handshakes protects."""
    return make_secure(ingress={"limits": limits(
        connections=10 * HELLOS[effort], header_timeout="10m", idle_timeout="10m")})


def test_hellos_that_claim_much_are_bounded(roomy, own, effort, tally):  # noqa: F811
    count = HELLOS[effort]
    loops = len(threads(roomy.pid, "ingress"))
    with SecureWire(roomy.ingress_address, trusting(own)) as kept, contextlib.ExitStack() as stack:
        assert kept.exchange(event()).status == 200
        before = resident(roomy.pid)
        for number in range(count):
            claim = stack.enter_context(socket.create_connection(roomy.ingress_address, timeout=20))
            claim.sendall(CLAIM)
            if number % 100 == 0:
                with SecureWire(roomy.ingress_address, trusting(own)) as wire:
                    assert wire.exchange(event()).status == 200
        wait_until(lambda: failures(roomy, "crowded_out") >= count - loops * SHAKING)
        cost = resident(roomy.pid) - before
        tally(f"{count} claims of {CLAIMED} bytes cost {cost >> 20} MiB")
        # Half of it is what the allocator keeps between them.
        assert cost < loops * SHAKING * 2 * CLAIMED
        # Who has shaken hands is none of them.
        assert kept.exchange(event()).status == 200
        assert failures(roomy, "crowded_out") <= count


def test_handshakes_that_failed_hold_nothing_while_they_linger(roomy, effort, tally):
    count = 300
    with contextlib.ExitStack() as stack:
        before = resident(roomy.pid)
        for _ in range(count):
            claim = stack.enter_context(socket.create_connection(roomy.ingress_address, timeout=20))
            claim.sendall(CLAIM)
            claim.sendall(BREAK)
            # The alert; the connection stays until the client closes, or for five seconds.
            assert claim.recv(1) == b"\x15"
        cost = resident(roomy.pid) - before
        tally(f"{count} failed handshakes hold {cost >> 10} KiB")
        assert cost < count * CLAIMED / 4
