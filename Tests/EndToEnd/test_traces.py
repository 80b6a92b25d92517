"""`traceparent` and `tracestate`: what of them reaches the destination (W3C Trace Context)."""

import pytest

from harness.service import Service
from harness.sidecar import source
from harness.signing import sign
from harness.wire import request

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
FORMATS = ("original", "cloudevents-binary", "cloudevents-structured", "envelope")
FAST = {"schedule": ["50ms"], "jitter": 0, "horizon": "1h"}


@pytest.fixture
def service():
    made = Service()
    yield made
    made.stop()


@pytest.fixture
def relay(make_sidecar, service):
    """A sidecar that relays to `service` by destinations with these settings."""

    def make(**destinations):
        destinations = destinations or {"app": {}}
        return make_sidecar(
            sources={"github": source("github", destinations=list(destinations))},
            destinations={name: {"urls": [service.url], "retry": FAST, **more}
                          for name, more in destinations.items()},
        )

    return make


def delivered(sidecar, service, fields, body=b'{"a": 1}', count=1):
    """What reaches the service of a delivery with these headers, which is taken in any case."""
    reply = sidecar.raw(request("POST", "/in/github", sign("github", body) + fields, body))
    assert reply.status == 200
    event = reply.header("Webhook-Receiver-Event")
    service.wait(lambda _: len([each for each in service.deliveries if each.event == event])
                 == count)
    return event, service.of(event)


def test_a_trace_goes_on_in_every_format(relay, service):
    sidecar = relay(**{name.replace("-", "_"): {"format": name} for name in FORMATS})
    fields = [("TraceParent", PARENT), ("tracestate", "rojo=1, congo=2"), ("Tracestate", "c=3")]
    event, every = delivered(sidecar, service, fields, count=len(FORMATS))
    for delivery in every:
        assert delivery.header("traceparent") == PARENT
        assert delivery.header("tracestate") == "rojo=1,congo=2,c=3"
    # What is stored is what came.
    stored = dict(sidecar.api.get(f"/v1/events/{event}").json["headers"])
    assert stored["TraceParent"] == PARENT and stored["Tracestate"] == "c=3"


@pytest.mark.parametrize("parents", [
    ["garbage"], [PARENT.upper()], [PARENT + "-more"], [PARENT[:-1]], [PARENT, PARENT],
    [f"00-{'0' * 32}-b7ad6b7169203331-01"], [f"00-{TRACE}-{'0' * 16}-01"], [f"ff{PARENT[2:]}"],
    ["x" * 4000], [],
])
def test_what_is_no_trace_ends_here_and_the_event_does_not(relay, service, parents):
    sidecar = relay()
    fields = [("traceparent", parent) for parent in parents] + [("tracestate", "a=1")]
    event, (delivery,) = delivered(sidecar, service, fields)
    assert delivery.values("traceparent") == [] and delivery.values("tracestate") == []
    stored = [value for name, value in sidecar.api.get(f"/v1/events/{event}").json["headers"]
              if name == "traceparent"]
    assert stored == parents


def test_state_that_is_wrong_or_long_does_not_stop_the_trace(relay, service):
    sidecar = relay()
    wrong, (first,) = delivered(sidecar, service, [("traceparent", PARENT), ("tracestate", "a")])
    assert first.header("traceparent") == PARENT and first.values("tracestate") == []
    long = ",".join(f"k{number}=" + "v" * 100 for number in range(20))
    fields = [("traceparent", PARENT), ("tracestate", long)]
    _, (second,) = delivered(sidecar, service, fields, body=b"2")
    state = second.header("tracestate")
    assert len(state) <= 512 and long.startswith(state) and second.header("traceparent") == PARENT


def test_a_trace_of_the_configuration_goes_before(relay, service):
    own = PARENT.replace(TRACE, "1" * 32)
    sidecar = relay(app={"headers": {"Traceparent": own}})
    _, (delivery,) = delivered(sidecar, service, [("traceparent", PARENT), ("tracestate", "a=1")])
    assert delivery.header("traceparent") == own and delivery.values("tracestate") == []


def test_one_that_is_of_the_connection_alone_ends_with_it(relay, service):
    sidecar = relay()
    fields = [("traceparent", PARENT), ("Connection", "TraceParent")]
    _, (delivery,) = delivered(sidecar, service, fields)
    assert delivery.values("traceparent") == []


def test_every_attempt_and_replay_is_of_the_same_trace(relay, service):
    service.behave = lambda delivery: 503 if delivery.attempt < 3 else 204
    sidecar = relay()
    event, attempts = delivered(sidecar, service, [("traceparent", PARENT)], count=3)
    assert {attempt.header("traceparent") for attempt in attempts} == {PARENT}
    service.behave = lambda delivery: 204
    sidecar.api.post(f"/v1/events/{event}/replay", {}, expect=202)
    service.wait(lambda _: len(service.deliveries) == 4)
    assert service.deliveries[-1].header("traceparent") == PARENT
