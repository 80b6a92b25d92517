"""What is still to be delivered outlives retention, or goes with it: as the configuration says."""

import time

from harness.sidecar import source
from harness.wire import refuses, wait_until
from test_relay import destination, relay, services  # noqa: F401
from test_relay_failures import QUICK, wait_for

JOURNAL = {"segment_bytes": "1MiB", "reserve_bytes": "1MiB"}
BODY = 60_000


def fill(sidecar, count, expect=200):
    """Events of distinct bodies; returns those that were taken, and how many were not."""
    taken, refused = [], 0
    for number in range(count):
        body = (b"%08d" % number) * (BODY // 8)
        reply = sidecar.deliver("github", body, expect=None)
        assert reply.status in (200, 503), reply.body
        if reply.status == 200:
            taken.append(reply.header("Webhook-Receiver-Event"))
        else:
            assert reply.header("Retry-After")
            refused += 1
    return taken, refused


def test_undelivered_events_outlive_retention_and_fill_it(relay, services):  # noqa: F811
    """Beyond retention.bytes new events get 503, and none that is owed is removed."""
    service = services()
    service.stop()
    retention = {"age": "1m", "bytes": "8MiB", "undelivered": "keep"}
    slow = {"schedule": ["1s"], "horizon": "3d"}
    sidecar = relay(
        {"app": destination(service, retry=slow, breaker=QUICK)},
        sources={"github": source("github", destinations=["app"])},
        ingress={"limits": {"body_bytes": "128KiB"}}, journal={**JOURNAL, "retention": retention},
    )
    taken, refused = fill(sidecar, 200)
    assert refused > 0, "there was room for all of them"
    assert sidecar.api.status["state"] == "full"
    assert sidecar.api.status["journal"]["first_sequence"] == 1
    # Nor by a start, which looks before the relay has said what it needs.
    for end in (sidecar.kill, sidecar.stop):
        end()
        # Full as it is, it is not ready; reading goes on.
        sidecar.start(wait=False)
        wait_until(lambda: not refuses(sidecar.api_address))
        wait_for(lambda: sidecar.api.status["state"] == "full", 40)
        assert sidecar.api.status["journal"]["first_sequence"] == 1
    service.start()
    service.wait_taken(taken, 60)
    # Delivered, they go; and there is room again.
    wait_for(lambda: sidecar.api.status["journal"]["first_sequence"] > 1, 40)
    wait_for(lambda: sidecar.api.status["state"] == "open", 40)
    more, refused = fill(sidecar, 3)
    service.wait_taken(more)
    assert not refused


def test_undelivered_events_may_go_with_retention(relay, services):  # noqa: F811
    service = services()
    service.stop()
    retention = {"age": "1m", "bytes": "8MiB", "undelivered": "drop"}
    short = {"schedule": ["1s"], "horizon": "30s"}
    sidecar = relay(
        {"app": destination(service, retry=short, breaker=QUICK)},
        sources={"github": source("github", destinations=["app"])},
        ingress={"limits": {"body_bytes": "128KiB"}}, journal={**JOURNAL, "retention": retention},
    )
    sidecar.api.post("/v1/destinations/app/pause", {})
    taken, refused = fill(sidecar, 200)
    assert not refused
    first = wait_for(lambda: (lambda n: n if n > 1 else None)(
        sidecar.api.status["journal"]["first_sequence"]), 40)
    service.start()
    sidecar.api.post("/v1/destinations/app/resume", {})
    kept = [event for event in taken
            if sidecar.api.call("GET", f"/v1/events/{event}?body=none").status == 200]
    service.wait_taken(kept[len(kept) // 2:], 60)
    time.sleep(0.2)
    found = sidecar.api.get("/v1/destinations/app").json
    assert found["unreadable"] > 0 and first > 1, "what went is counted, never silent"
