"""Which deliveries and which items of a list are one event, and who may say so."""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.polling import KEY, Ledger, Server, Stripe, push, reply, stripe_source
from harness.service import Service
from harness.sidecar import source
from harness.wire import wait_until


CADENCE = {"min_interval": "1s", "silence": "1s", "cap": "2s", "sweep": "4s", "settle": "1s",
           "delivery_grace": "2s", "overlap": "30s", "prefer_push": "0s", "daily_budget": 100000}


def polling(sidecar, name):
    return sidecar.api.get(f"/v1/sources/{name}").json["polling"]


def has_polled(sidecar, name):
    return polling(sidecar, name)["last_poll"] is not None


def complete_walks(sidecar, name):
    for line in sidecar.api.get("/metrics").body.decode().splitlines():
        if "poll_walks_total" in line and f'"{name}"' in line and 'result="complete"' in line:
            return int(line.rsplit(" ", 1)[1])
    return 0


class Log(Server):
    """A list of JSON items, oldest first, by `after` and the id that an item has."""

    def __init__(self, key):
        self.key = key
        self.rows = []
        super().__init__()

    def answer(self, request, body):
        after = parse_qs(urlsplit(request.path).query).get("after", [None])[0]
        ids = [row[self.key] for row in self.rows]
        rows = self.rows[ids.index(after) + 1:] if after in ids else list(self.rows)
        reply(request, 200, json.dumps({"data": rows, "has_more": False}).encode())


def log_poll(log, identifier, stamp):
    return {
        "kind": "event_log", "request": {"url": f"{log.url}/events"},
        "paging": {"kind": "id_cursor", "param": "after", "from": "last_item",
                   "page_order": "oldest_first", "more": "/has_more"},
        "items": "/data", "id": identifier,
        "time": {"pointer": stamp, "format": "rfc3339"}, **CADENCE}


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_M7_ids_that_share_a_second_are_two_events(make_sidecar):
    """WooCommerce makes its delivery ids of the second: what tells them apart is the body."""
    secret = "woocommerce secret"
    sidecar = make_sidecar(sources={"shop": {
        "path": "/in/shop",
        "verify": {"profile": "woocommerce", "secrets": [f"literal:{secret}"]}}})

    def deliver(body):
        code = b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        fields = [("X-WC-Webhook-Signature", code), ("X-WC-Webhook-Topic", "order.updated"),
                  ("X-WC-Webhook-Delivery-ID", "8f2c6f2a31d0")]
        return sidecar.post("/in/shop", body, fields, expect=200)

    bodies = [b'{"id":1,"status":"paid"}', b'{"id":2,"status":"paid"}']
    for body in bodies:
        assert deliver(body).header("Webhook-Receiver-Duplicate") is None
    # Each is delivered once more, as any provider may.
    for body in bodies:
        assert deliver(body).header("Webhook-Receiver-Duplicate") == "true"
    found = sidecar.api.events(source="shop")
    assert [sidecar.api.body(event) for event in found] == bodies
    # Who deduplicates by the key must not take the second for the first.
    assert len({event["idempotency_key"] for event in found}) == 2


def test_M8_a_replay_under_a_new_notification_is_no_new_event(make_sidecar, closing):
    """Paddle replays an event under another notification id, and as a delivery of other bytes."""
    log = closing(Log("event_id"))
    secret = "pdl_ntfset_secret"
    sidecar = make_sidecar(sources={"paddle": {
        "path": "/in/paddle", "verify": {"profile": "paddle", "secrets": [f"literal:{secret}"]},
        "poll": log_poll(log, "/event_id", "/occurred_at")}})
    wait_until(lambda: has_polled(sidecar, "paddle"))

    def deliver(event, notification):
        body = json.dumps({**event, "notification_id": notification}).encode()
        stamp = int(time.time())
        code = hmac.new(secret.encode(), b"%d:" % stamp + body, hashlib.sha256).hexdigest()
        return sidecar.post(
            "/in/paddle", body, [("Paddle-Signature", f"ts={stamp};h1={code}")], expect=200)

    def event(identifier):
        return {"event_id": identifier, "event_type": "transaction.paid", "occurred_at": now()}

    pushed, polled = event("evt_01a"), event("evt_01b")
    assert deliver(pushed, "ntf_1").header("Webhook-Receiver-Duplicate") is None
    assert deliver(pushed, "ntf_2").header("Webhook-Receiver-Duplicate") == "true"
    log.rows += [pushed, polled]
    wait_until(lambda: sidecar.api.events(event_id="evt_01b"))
    assert deliver(polled, "ntf_3").header("Webhook-Receiver-Duplicate") == "true"
    walks = complete_walks(sidecar, "paddle")
    wait_until(lambda: complete_walks(sidecar, "paddle") > walks + 2)
    found = sidecar.api.events(source="paddle")
    assert [(one["event_id"], one["origin"]) for one in found] == \
        [("evt_01a", "push"), ("evt_01b", "poll")]


def test_M11_the_case_of_a_header_is_nothing(make_sidecar):
    secret = "github secret"
    sidecar = make_sidecar(sources={"github": {
        "path": "/in/github", "verify": {"profile": "github", "secrets": [f"literal:{secret}"]}}})
    body, guid = b'{"zen":"one"}', "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    code = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    answers = []
    for change in (str, str.lower, str.upper):
        fields = [(change("X-GitHub-Delivery"), guid), (change("X-GitHub-Event"), "ping"),
                  (change("X-Hub-Signature-256"), code)]
        answers.append(sidecar.post("/in/github", body, fields, expect=200))
    assert [one.header("Webhook-Receiver-Duplicate") for one in answers] == [None, "true", "true"]
    assert len(sidecar.api.events(event_id=guid)) == 1


class Batches:
    """A source whose deliveries hold several events, and whose list has each by itself."""

    secret = "a token that nobody knows"

    def __init__(self, log, has_own_id=False):
        self.log = log
        self.source = {
            "path": "/in/okta",
            "verify": {"profile": "okta", "secrets": [f"literal:{self.secret}"]},
            "poll": {**log_poll(log, "/uuid", "/published"), "type": "/eventType"}}
        if not has_own_id:
            self.source["idempotency"] = {"id": ["json:/data/events/0/uuid"]}

    @staticmethod
    def event(identifier):
        return {"uuid": identifier, "eventType": "user.session.start", "published": now()}

    @staticmethod
    def body(events, number):
        return json.dumps({"eventId": f"batch-{number}", "data": {"events": events}}).encode()

    def post(self, sidecar, body, expect=204):
        return sidecar.post("/in/okta", body, [("Authorization", self.secret)], expect=expect)

    def deliver(self, sidecar, events, number):
        answer = self.post(sidecar, self.body(events, number))
        return answer.header("Webhook-Receiver-Duplicate")


def test_the_events_of_a_delivery_are_known_one_by_one(make_sidecar, closing):
    log = closing(Log("uuid"))
    okta = Batches(log)
    sidecar = make_sidecar(sources={"okta": okta.source})
    wait_until(lambda: has_polled(sidecar, "okta"))
    # Pushed together, then listed one by one: nothing is new, and nothing was lost.
    first = [okta.event(f"first-{number}") for number in range(4)]
    assert okta.deliver(sidecar, first, 1) is None
    log.rows += first
    walks = complete_walks(sidecar, "okta")
    wait_until(lambda: complete_walks(sidecar, "okta") > walks + 2)
    assert len(sidecar.api.events(source="okta")) == 1
    assert polling(sidecar, "okta")["lost_and_recovered"] == 0
    # Polling has brought some of a delivery that comes late: the others are not lost with them.
    second = [okta.event(f"second-{number}") for number in range(3)]
    log.rows.append(second[0])
    wait_until(lambda: sidecar.api.events(event_id="second-0"))
    assert okta.deliver(sidecar, second, 2) is None
    assert okta.deliver(sidecar, second, 2) == "true"
    log.rows += second[1:]
    walks = complete_walks(sidecar, "okta")
    wait_until(lambda: complete_walks(sidecar, "okta") > walks + 2)
    found = sidecar.api.events(source="okta", event_id="second-0")
    assert [one["origin"] for one in found] == ["poll", "push"]
    assert "conflict" in found[1]["flags"]
    assert len({one["idempotency_key"] for one in found}) == 2
    assert sidecar.api.events(event_id="second-1") == []
    # Polling has brought all of it: there is nothing new in it.
    third = [okta.event(f"third-{number}") for number in range(3)]
    log.rows += third
    wait_until(lambda: sidecar.api.events(event_id="third-2"))
    assert okta.deliver(sidecar, third, 3) == "true"
    assert okta.deliver(sidecar, third, 3) == "true"
    wait_until(lambda: polling(sidecar, "okta")["late_pushes"] == 4)
    assert polling(sidecar, "okta")["found"] == 4
    assert polling(sidecar, "okta")["lost_and_recovered"] == 0


@pytest.mark.parametrize("has_own_id", [True, False])
def test_a_delivery_of_which_not_all_can_be_looked_for_is_stored(
        make_sidecar, closing, has_own_id):
    """An event without an id, too many, and a field that is there twice: nobody knows them."""
    log = closing(Log("uuid"))
    okta = Batches(log, has_own_id)
    sidecar = make_sidecar(sources={"okta": okta.source})
    wait_until(lambda: has_polled(sidecar, "okta"))
    polled = [okta.event(f"polled-{number}") for number in range(3)]
    log.rows += polled
    wait_until(lambda: sidecar.api.events(event_id="polled-2"))
    nameless = {"eventType": "user.session.start", "published": now()}
    bodies = [
        okta.body([polled[0], nameless], 1),
        okta.body([polled[1], polled[0], nameless], 2),
        okta.body([polled[2]] + [{**nameless, "uuid": f"many-{n}"} for n in range(1000)], 3)]
    for body in bodies:
        assert okta.post(sidecar, body).header("Webhook-Receiver-Duplicate") is None
        assert okta.post(sidecar, body).header("Webhook-Receiver-Duplicate") == "true"
    twice = okta.body([polled[0], nameless], 4).replace(b'"data"', b'"data": {}, "data"')
    assert okta.post(sidecar, twice).header("Webhook-Receiver-Duplicate") is None
    pushed = [one for one in sidecar.api.events(source="okta") if one["origin"] == "push"]
    assert [sidecar.api.body(one) for one in pushed] == [*bodies, twice]
    # Where polling has brought all, it is still a duplicate.
    assert okta.deliver(sidecar, polled, 5) == "true"


def test_what_other_deliveries_brought_makes_no_duplicate(make_sidecar, closing):
    """Two hooks of one account overlap: each of their deliveries is an event."""
    log = closing(Log("uuid"))
    okta = Batches(log, has_own_id=True)
    sidecar = make_sidecar(sources={"okta": okta.source})
    wait_until(lambda: has_polled(sidecar, "okta"))
    events = [okta.event(f"event-{number}") for number in range(3)]
    assert okta.deliver(sidecar, events, 1) is None
    assert okta.deliver(sidecar, events[1:], 2) is None
    assert okta.deliver(sidecar, events, 1) == "true"
    assert okta.deliver(sidecar, events[1:], 2) == "true"
    assert [one["event_id"] for one in sidecar.api.events(source="okta")] == ["batch-1", "batch-2"]


def test_a_large_delivery_that_comes_again_is_late_once(make_sidecar, closing):
    log = closing(Log("uuid"))
    okta = Batches(log, has_own_id=True)
    sidecar = make_sidecar(sources={"okta": okta.source})
    wait_until(lambda: has_polled(sidecar, "okta"))
    polled = [okta.event(f"polled-{number}") for number in range(600)]
    log.rows += polled
    wait_until(lambda: polling(sidecar, "okta")["found"] == 600)
    for _ in range(2):
        assert okta.deliver(sidecar, polled, 1) == "true"
        wait_until(lambda: polling(sidecar, "okta")["late_pushes"] >= 600)
    # One more that is late: what came before it is counted.
    log.rows.append(okta.event("last"))
    wait_until(lambda: sidecar.api.events(event_id="last"))
    assert okta.deliver(sidecar, log.rows[-1:], 2) == "true"
    wait_until(lambda: polling(sidecar, "okta")["late_pushes"] > 600)
    assert polling(sidecar, "okta")["late_pushes"] == 601
    assert polling(sidecar, "okta")["lost_and_recovered"] == 0


def test_a_delivery_whose_events_cannot_be_looked_up_is_refused(make_sidecar, closing):
    """Neither stored nor called a duplicate: nobody can know whether polling brought all of it."""
    log = closing(Log("uuid"))
    okta = Batches(log)
    sidecar = make_sidecar(
        sources={"okta": okta.source, "github": source("github")},
        ingress={"limits": {"body_bytes": "8KiB", "header_bytes": "4KiB"}},
        journal={"segment_bytes": "64KiB", "retention": {"bytes": "256KiB"}})
    wait_until(lambda: has_polled(sidecar, "okta"))
    old, new = okta.event("old"), okta.event("new")
    log.rows.append(old)
    wait_until(lambda: sidecar.api.events(event_id="old"))
    # Its keys go to the disk before its segment goes.
    for number in range(80):
        sidecar.deliver("github", b"%02d" % number + b"x" * 7000)
    wait_until(lambda: sidecar.api.get("/v1/status").json["journal"]["first_sequence"] > 1, 60)
    runs = list((sidecar.data / "journal").rglob("*.run"))
    assert runs
    for run in runs:
        # Behind its head; what it keeps in memory says which keys to look for.
        with run.open("r+b") as file:
            for page in range(1, run.stat().st_size // 4096):
                file.seek(page * 4096)
                file.write(b"\xff" * 16)
    log.rows[:] = [new]
    wait_until(lambda: sidecar.api.events(event_id="new"))
    okta.post(sidecar, okta.body([new, old], 1), expect=503)
    assert '"event":"key_unreadable"' in sidecar.log
    # What is known of the one that can be read holds.
    assert okta.deliver(sidecar, [new], 2) == "true"


def test_R14_a_polled_event_is_delivered_again_with_its_key(make_sidecar, closing, request):
    """Once is for admission: a crash between the delivery and its mark delivers again."""
    ledger = Ledger()
    stripe = closing(Stripe(ledger.events))
    service = Service(behave=lambda delivery: (lambda connection: time.sleep(30)))
    request.addfinalizer(service.stop)
    source = stripe_source(stripe.url, prefer_push="0s")
    sidecar = make_sidecar(
        sources={"stripe": {**source, "destinations": ["app"]}},
        destinations={"app": {"urls": ["http://%s:%d/" % service.address]}})
    wait_until(lambda: has_polled(sidecar, "stripe"))
    row = ledger.add()
    wait_until(lambda: len(service.deliveries) == 1)
    sidecar.kill()
    service.behave = lambda delivery: 204
    sidecar.start()
    wait_until(lambda: len(service.deliveries) == 2)
    event, = sidecar.api.events(source="stripe")
    assert event["event_id"] == row["id"] and event["origin"] == "poll"
    for delivery in service.deliveries:
        assert delivery.header("Idempotency-Key") == event["idempotency_key"]
        assert delivery.header("Webhook-Receiver-Origin") == "poll"


def test_R16_two_sidecars_poll_one_provider(make_sidecar, closing):
    """On one host the data can have one owner; on two, both give an event the same key."""
    ledger = Ledger()
    stripe = closing(Stripe(ledger.events))
    source = stripe_source(stripe.url, prefer_push="0s")
    one = make_sidecar("one", sources={"stripe": source})
    second = make_sidecar("second", start=False)
    second.data = one.data
    second.make({"stripe": stripe_source("http://127.0.0.1:1")}, {})
    second.start(wait=False)
    assert second.wait(30) == 75
    assert str(one.data) in second.log
    two = make_sidecar("two", sources={"stripe": source})
    for sidecar in (one, two):
        wait_until(lambda: has_polled(sidecar, "stripe"))
    polled, pushed = ledger.add(), ledger.add()
    assert push(two.base + "/in/stripe", pushed) == 200
    keys = []
    for sidecar in (one, two):
        wait_until(lambda: len(sidecar.api.events(source="stripe")) == 2)
        found = sidecar.api.events(source="stripe")
        keys.append({event["event_id"]: event["idempotency_key"] for event in found})
    assert keys[0] == keys[1]
    assert set(keys[0]) == {polled["id"], pushed["id"]}


def test_C8_a_list_that_is_not_enabled_says_what_to_call(make_sidecar, closing, tmp_path):
    """The first walk is at the start: nobody waits for an outage to learn of it."""
    class Disabled(Server):
        def answer(self, request, body):
            assert request.headers["Authorization"] == f"Bearer {KEY}"
            error = {"category": "INVALID_REQUEST_ERROR", "code": "BAD_REQUEST"}
            reply(request, 400, json.dumps({"errors": [error]}).encode())

    disabled = closing(Disabled())
    call = "events are listed only once PUT /v2/events/enable was called"
    told = tmp_path / "told"
    sidecar = make_sidecar(
        sources={"square": stripe_source(disabled.url, advice=call)},
        alarms={"command": ["/bin/sh", "-c", f"cat >> {told}; echo >> {told}"]})
    wait_until(lambda: sidecar.api.get("/v1/sources/square").json["poll_blind"])
    result = polling(sidecar, "square")["last_result"]
    assert result["result"] == "rejected" and call in result["detail"]
    wait_until(lambda: told.exists() and call in told.read_text())
    assert call in sidecar.log
    # What a preset says is the same text.
    shown = json.loads(sidecar.cli("profiles", "square", "--json").stdout)
    assert call in json.dumps(shown)
