"""Events reach the local service: what it sees, and that nothing is lost on the way."""

import base64
import hashlib
import json
import time

import pytest
import standardwebhooks
import svix

from harness.service import Service
from harness.sidecar import source
from harness.signing import new_id, sign

HOP_SECRET = "whsec_" + base64.b64encode(b"the hop has a secret of 32 bytes").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the hop had an older secret: 32b").decode()
FAST = {"schedule": ["50ms", "100ms", "200ms"], "jitter": 0.1, "horizon": "1h"}


def destination(*services, **more):
    return {"urls": [service.url for service in services], "retry": FAST, **more}


@pytest.fixture
def services():
    made = []

    def make(*arguments, **more):
        made.append(Service(*arguments, **more))
        return made[-1]

    yield make
    for service in made:
        service.stop()


@pytest.fixture
def relay(make_sidecar):
    """A sidecar with a GitHub and a Standard Webhooks source, and these destinations."""

    def make(destinations, sources=None, **settings):
        names = list(destinations)
        sources = sources or {
            "github": source("github", destinations=names),
            "standard": source("standard-webhooks", destinations=names),
        }
        return make_sidecar(sources=sources, destinations=destinations, **settings)

    return make


def deliver(sidecar, count, body=None, **how):
    made = [body or b'{"n": %d}' % index for index in range(count)]
    return [sidecar.deliver("github", each, **how).header("Webhook-Receiver-Event")
            for each in made]


def test_an_event_reaches_its_destination_as_it_came(relay, services):
    service = services()
    sidecar = relay({"app": destination(service, headers={"X-Team": "billing"})})
    body = bytes(range(256)) * 40
    reply = sidecar.deliver("github", body, event_type="push")
    event = reply.header("Webhook-Receiver-Event")
    service.wait_taken([event])
    (delivery,) = service.of(event)
    stored = sidecar.api.get(f"/v1/events/{event}").json
    assert (delivery.method, delivery.target) == ("POST", "/hooks")
    assert delivery.body == body
    assert delivery.header("X-GitHub-Event") == "push"
    assert delivery.header("Content-Type") == "application/json"
    assert delivery.header("Idempotency-Key") == stored["idempotency_key"]
    assert delivery.header("Webhook-Receiver-Source") == "github"
    assert delivery.header("Webhook-Receiver-Origin") == "push"
    assert delivery.header("Webhook-Receiver-Attempt") == "1"
    assert delivery.header("Webhook-Receiver-Received-At") == stored["received_at"]
    assert delivery.header("Webhook-Receiver-Replay") is None
    assert delivery.header("X-Forwarded-For") == "127.0.0.1"
    assert delivery.header("X-Forwarded-Proto") == "http"
    assert delivery.header("X-Forwarded-Host") == "127.0.0.1"
    assert delivery.header("X-Team") == "billing"
    assert delivery.header("Host") == "%s:%d" % service.address
    assert abs(int(delivery.header("webhook-timestamp")) - time.time()) < 60
    assert delivery.header("webhook-signature") is None


def test_the_hop_is_signed_with_each_secret(relay, services):
    service = services()
    secrets = ["literal:" + HOP_SECRET, "literal:" + OLD_SECRET]
    sidecar = relay({"app": destination(service, secrets=secrets)})
    (event,) = deliver(sidecar, 1)
    service.wait_taken([event])
    (delivery,) = service.of(event)
    headers = {name.lower(): value for name, value in delivery.headers}
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (HOP_SECRET, OLD_SECRET):
        standardwebhooks.Webhook(secret).verify(delivery.body, headers)
        svix.Webhook(secret).verify(delivery.body, headers)
    with pytest.raises(Exception):
        standardwebhooks.Webhook(HOP_SECRET).verify(delivery.body + b" ", headers)


def test_headers_of_the_provider_that_are_not_for_the_service_stay_behind(relay, services):
    service = services()
    sidecar = relay({"app": destination(service)})
    body = b'{"type": "invoice.paid"}'
    event_id = new_id()
    headers = sign("standard-webhooks", body, event_id=event_id) + [
        ("Connection", "keep-alive, X-Private"), ("X-Private", "for the hop"),
        ("Keep-Alive", "timeout=5"), ("TE", "trailers"), ("Proxy-Authorization", "Basic eDp5"),
        ("Webhook-Receiver-Source", "forged"), ("Webhook-Receiver-Replay", "forged"),
        ("Webhook_Receiver_Source", "forged"), ("X_Forwarded-For", "203.0.113.9"),
        ("Idempotency-Key", "forged"), ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "forged.example"), ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=203.0.113.9;host=forged.example"),
        ("X-Kept", "1"), ("X-Kept", "2"), ("X-Latin", "caf\u00e9"),
    ]
    event = sidecar.post("/in/standard-webhooks", body, headers, expect=200).header(
        "Webhook-Receiver-Event"
    )
    service.wait_taken([event])
    (delivery,) = service.of(event)
    assert delivery.header("Webhook-Receiver-Original-Id") == event_id
    assert delivery.header("webhook-id") == event != event_id
    assert delivery.header("Webhook-Receiver-Original-Signature").startswith("v1,")
    assert delivery.header("Webhook-Receiver-Source") == "standard"
    for folded in ("Webhook_Receiver_Source", "X_Forwarded-For"):
        assert delivery.header(folded) is None
    assert delivery.header("X-Forwarded-For") == "127.0.0.1"
    assert "forged" not in str(delivery.headers)
    assert delivery.values("X-Kept") == ["1", "2"]
    for name in ("X-Private", "Keep-Alive", "TE", "Proxy-Authorization",
                 "Forwarded"):
        assert delivery.values(name) == [], name


def test_formats(relay, services):
    service = {name: services() for name in
               ("original", "cloudevents-binary", "cloudevents-structured", "envelope")}
    sidecar = relay({name.replace("-", "_"): destination(each, format=name)
                     for name, each in service.items()})
    body = json.dumps({"action": "opened", "text": "\u00fc"}).encode()
    event = sidecar.deliver("github", body, event_type="issue%").header(
        "Webhook-Receiver-Event"
    )
    for each in service.values():
        each.wait_taken([event])
    stored = sidecar.api.get(f"/v1/events/{event}").json
    binary = service["cloudevents-binary"].of(event)[0]
    assert binary.body == body
    assert binary.header("ce-specversion") == "1.0"
    assert binary.header("ce-id") == event
    assert binary.header("ce-source") == "/sources/github"
    assert binary.header("ce-type") == "issue%25"
    assert binary.header("ce-providerid") == stored["event_id"]
    assert binary.header("Content-Type") == "application/json"
    structured = service["cloudevents-structured"].of(event)[0]
    assert structured.header("Content-Type").startswith("application/cloudevents+json")
    content = json.loads(structured.body)
    assert content["specversion"] == "1.0" and content["id"] == event
    assert content["type"] == stored["event_type"]
    assert content["data"] == json.loads(body)
    assert content["datacontenttype"] == "application/json"
    envelope = service["envelope"].of(event)[0]
    shown = json.loads(envelope.body)
    assert shown == stored
    assert base64.b64decode(shown["body"]) == body
    assert service["original"].of(event)[0].body == body


def test_a_body_that_is_no_json_is_base64_in_a_structured_event(relay, services):
    service = services()
    sidecar = relay({"app": destination(service, format="cloudevents-structured")})
    (event,) = deliver(sidecar, 1, body=b"\xff\x00not json")
    service.wait_taken([event])
    content = json.loads(service.of(event)[0].body)
    assert base64.b64decode(content["data_base64"]) == b"\xff\x00not json"
    assert "data" not in content


def test_a_unix_socket_is_a_destination(relay, services, tmp_path):
    service = services(address=tmp_path / "app.sock")
    sidecar = relay({"app": destination(service)})
    (event,) = deliver(sidecar, 1)
    service.wait_taken([event])
    assert service.of(event)[0].target == "/hooks"
    assert service.of(event)[0].header("Host") == "localhost"


def test_a_filter_and_the_sources_say_what_is_for_whom(relay, services):
    pushes, everything = services(), services()
    sidecar = relay(
        {"pushes": destination(pushes, filter={"types": ["push"]}), "all": destination(everything)},
        sources={"github": source("github", destinations=["pushes", "all"]),
                 "standard": source("standard-webhooks", destinations=["all"])},
    )
    push = sidecar.deliver("github", b"1", event_type="push").header("Webhook-Receiver-Event")
    ping = sidecar.deliver("github", b"2", event_type="ping").header("Webhook-Receiver-Event")
    other = sidecar.deliver("standard-webhooks", b"3").header("Webhook-Receiver-Event")
    everything.wait_taken([push, ping, other])
    pushes.wait_taken([push])
    time.sleep(0.2)
    assert set(pushes.taken) == {push}


def test_a_duplicate_is_relayed_once(relay, services):
    service = services()
    sidecar = relay({"app": destination(service)})
    event_id = new_id()
    first = sidecar.deliver("github", b"1", event_id=event_id).header("Webhook-Receiver-Event")
    for _ in range(5):
        sidecar.deliver("github", b"1", event_id=event_id)
    (last,) = deliver(sidecar, 1)
    service.wait_taken([first, last])
    assert len(service.of(first)) == 1


def test_several_urls_share_the_load_and_cover_for_each_other(relay, services):
    one, two = services(), services()
    sidecar = relay({"app": destination(one, two, concurrency=8)})
    events = deliver(sidecar, 40)
    one.wait(lambda _: len(one.taken) + len(two.taken) >= 40)
    assert min(len(one.taken), len(two.taken)) > 5
    two.stop()
    more = deliver(sidecar, 40)
    one.wait(lambda _: set(more) <= one.taken.keys() | two.taken.keys())
    assert set(events + more) <= one.taken.keys() | two.taken.keys()
    # Nobody had read a byte of those that another URL took: they were first attempts.
    late = [d for d in one.deliveries if d.event in more[20:] and d.attempt > 1]
    assert not late


def test_the_key_is_the_same_on_each_attempt(relay, services):
    service = services(lambda delivery: 503 if delivery.attempt < 4 else 200)
    sidecar = relay({"app": destination(service)})
    (event,) = deliver(sidecar, 1)
    service.wait_taken([event])
    tries = service.of(event)
    assert [each.attempt for each in tries] == [1, 2, 3, 4]
    assert len({each.header("Idempotency-Key") for each in tries}) == 1
    assert len({hashlib.sha256(each.body).digest() for each in tries}) == 1
    (delivery,) = sidecar.api.get(f"/v1/events/{event}/attempts").json["deliveries"]
    assert delivery["state"] == "delivered"
    assert [each["status"] for each in delivery["attempts"]] == [503, 503, 503, 200]


def test_nothing_is_relayed_to_a_source_without_destinations(relay, services):
    service = services()
    sidecar = relay({"app": destination(service)},
                    sources={"github": source("github", destinations=["app"]),
                             "standard": source("standard-webhooks")})
    sidecar.deliver("standard-webhooks", b"1")
    (event,) = deliver(sidecar, 1)
    service.wait_taken([event])
    assert len(service.deliveries) == 1
