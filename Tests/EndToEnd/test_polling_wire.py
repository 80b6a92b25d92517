"""Answers that are no answers, tokens that have to be fetched, and ids that nobody signs."""

import base64
import json
import socket
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.polling import KEY, Ledger, Server, Stripe, push, reply, stripe_source
from harness.sidecar import source as plain_source
from harness.signing import new_id, sign
from harness.wire import wait_until


def polling(sidecar, name="stripe"):
    return sidecar.api.get(f"/v1/sources/{name}").json["polling"]


def results(sidecar):
    """The walks so far, by how they ended."""
    text = sidecar.api.get("/metrics").body.decode()
    found = {}
    for line in text.splitlines():
        if line.startswith("webhook_receiver_poll_walks_total{"):
            found[line.split('result="')[1].split('"')[0]] = int(line.rsplit(" ", 1)[1])
    return found


PAGE = json.dumps({"data": [{"id": "evt_never", "created": 1, "type": "x"}], "has_more": False})


def cut_length(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       b"Content-Length: 500\r\n\r\n" + PAGE.encode())


def cut_chunk(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PAGE) + PAGE.encode()
                       + b"\r\n")


def cut_close(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
                       + PAGE[:-3].encode())


def no_http(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    for _ in range(200):
        connection.sendall(b"1," * 32768)


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       b"Content-Length: 100000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b" ")
        time.sleep(0.1)


class Raw:
    """Answers each connection with the bytes that a function writes, and closes it."""

    def __init__(self, write):
        self.write = write
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.recv(65536)
            self.write(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def close(self):
        self.server.close()


@pytest.mark.parametrize("write, word", [
    (cut_length, "truncated"), (cut_chunk, "truncated"), (cut_close, "invalid_json"),
    (no_http, "malformed"), (reset, "unreachable"), (endless, "too_large"), (drip, "timed_out"),
], ids=lambda value: getattr(value, "__name__", value))
def test_H12_H13_H14_H21_an_answer_that_is_not_whole(make_sidecar, closing, write, word):
    raw = closing(Raw(write))
    poll = stripe_source(raw.url, limits={"request": "2s", "page_bytes": "1MiB"})
    sidecar = make_sidecar(sources={"stripe": poll})
    wait_until(lambda: word in results(sidecar), 30)
    assert polling(sidecar)["checkpoint"] is None
    assert sidecar.api.events(source="stripe") == []
    # Whatever becomes of polls, pushes are taken.
    assert push(sidecar.base + "/in/stripe", Ledger().add()) == 200


def test_H20_a_proxy_in_the_environment_gets_nothing(make_sidecar, closing):
    class Proxy(Server):
        asked = 0

        def answer(self, request, body):
            self.asked += 1
            reply(request, 502)

    proxy = closing(Proxy())
    stripe = closing(Stripe(lambda: []))
    sidecar = make_sidecar(sources={"stripe": stripe_source(stripe.url)}, start=False)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        sidecar.environment[name] = proxy.url
    sidecar.start()
    wait_until(lambda: "complete" in results(sidecar))
    assert proxy.asked == 0


class Tokens(Server):
    """A token URL, and a list that takes its tokens only."""

    def __init__(self, lifetime=3600):
        self.lifetime = lifetime
        self.given, self.refused, self.asked = [], set(), []
        super().__init__()

    def answer(self, request, body):
        if urlsplit(request.path).path == "/token":
            self.asked.append((dict(request.headers), parse_qs(body.decode())))
            self.given.append(f"token-{len(self.given)}")
            answer = {"access_token": self.given[-1], "token_type": "bearer",
                      "expires_in": self.lifetime}
            return reply(request, 200, json.dumps(answer).encode())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.given or token in self.refused:
            return reply(request, 401, b"{}")
        reply(request, 200, b'{"data": [], "has_more": false}')


def oauth_source(url):
    poll = stripe_source(url)
    poll["poll"]["request"]["auth"] = {"oauth2": {
        "token_url": url + "/token", "client_id": "literal:client:1",
        "client_secret": "literal:se cret", "scope": "read:events"}}
    return poll


def test_H18_a_token_is_fetched_once_and_again_when_it_is_refused(make_sidecar, closing):
    """Failure 64: by our clock it may go on, as after a sleep; the provider's word is what counts."""
    tokens = closing(Tokens())
    sidecar = make_sidecar(sources={"stripe": oauth_source(tokens.url)})
    wait_until(lambda: results(sidecar).get("complete", 0) >= 2)
    assert len(tokens.given) == 1
    headers, form = tokens.asked[0]
    # Both are encoded before they are joined.
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "client%3A1:se%20cret"
    assert form == {"grant_type": ["client_credentials"], "scope": ["read:events"]}
    tokens.refused.add("token-0")
    wait_until(lambda: len(tokens.given) == 2)
    wait_until(lambda: results(sidecar)["complete"] >= 4)
    assert "unauthorized" not in results(sidecar)
    assert not sidecar.api.get("/v1/sources/stripe").json["poll_blind"]
    assert "token-" not in sidecar.log and "se cret" not in sidecar.log


def test_a_program_prints_the_token(make_sidecar, closing, tmp_path):
    stripe = closing(Stripe(lambda: []))
    script = tmp_path / "token"
    script.write_text(f"#!/bin/sh\necho x >> {tmp_path}/runs\necho {KEY}\n")
    script.chmod(0o755)
    poll = stripe_source(stripe.url)
    poll["poll"]["request"]["auth"] = {"command": {"run": [str(script)]}}
    sidecar = make_sidecar(sources={"stripe": poll})
    wait_until(lambda: results(sidecar).get("complete", 0) >= 3)
    assert (tmp_path / "runs").read_text() == "x\n"
    assert KEY not in sidecar.log


def test_a_program_that_fails_is_no_token_and_no_end(make_sidecar, closing, tmp_path):
    stripe = closing(Stripe(lambda: []))
    poll = stripe_source(stripe.url)
    poll["poll"]["request"]["auth"] = {
        "command": {"run": ["/bin/sh", "-c", "echo secret-half; exit 3"]}}
    sidecar = make_sidecar(sources={"stripe": poll})
    wait_until(lambda: "no_credentials" in results(sidecar))
    assert stripe.requests == 0
    assert "secret-half" not in sidecar.log


class Hub(Server):
    """A log of deliveries as GitHub keeps it: summaries, and a detail for each."""

    def __init__(self):
        self.rows = []
        self.details = 0
        super().__init__()

    def deliver(self, payload, guid=None, status=502):
        row = {"id": len(self.rows) + 1, "guid": guid or new_id(), "event": "push",
               "status_code": status, "payload": payload,
               "delivered_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self.rows.append(row)
        return row

    def answer(self, request, body):
        path = urlsplit(request.path).path
        if path != "/deliveries":
            self.details += 1
            row = self.rows[int(path.rsplit("/", 1)[1]) - 1]
            answer = {"request": {"headers": {"X-GitHub-Event": "push",
                                              "X-GitHub-Delivery": row["guid"]},
                                  "payload": row["payload"]}}
        else:
            answer = [{name: row[name] for name in row if name != "payload"}
                      for row in reversed(self.rows)]
        reply(request, 200, json.dumps(answer).encode())


def hub_source(hub, path="/in/github"):
    return plain_source("github", path, poll={
        "kind": "delivery_log", "request": {"url": f"{hub.url}/deliveries"},
        "paging": {"kind": "link_header"}, "items": "", "id": "/guid", "type": "/event",
        "time": {"pointer": "/delivered_at", "format": "rfc3339"},
        "attempt": {"status": "/status_code"},
        "detail": {"url": hub.url + "/deliveries/{/id}", "body": "/request/payload"},
        "emit": {"headers_from": "/request/headers"},
        "min_interval": "1s", "silence": "1s", "cap": "2s", "sweep": "4s", "delivery_grace": "1s",
        "settle": "1s", "overlap": "30s", "prefer_push": "0s", "daily_budget": 100000})


def test_M2_M5_M6_ids_that_nobody_signs(make_sidecar, closing):
    hub = closing(Hub())
    sidecar = make_sidecar(sources={"github": hub_source(hub),
                                    "other": hub_source(hub, "/in/other")})
    wait_until(lambda: polling(sidecar, "github")["last_poll"] is not None)
    wait_until(lambda: polling(sidecar, "other")["last_poll"] is not None)
    # Polled first: a push of its id is the same event, though its bytes are others.
    row = hub.deliver({"n": 1})
    wait_until(lambda: len(sidecar.api.events(event_id=row["guid"])) == 2)
    found = sidecar.api.events(event_id=row["guid"])
    # M5: one GUID of two hooks is two events.
    assert {event["source"] for event in found} == {"github", "other"}
    assert len({event["idempotency_key"] for event in found}) == 2
    event = next(event for event in found if event["source"] == "github")
    assert json.loads(base64.b64decode(event["body"])) == {"n": 1}
    assert ["X-GitHub-Delivery", row["guid"]] in event["headers"]
    body = b'{ "n" : 1 }'
    late = sidecar.post("/in/github", body, sign("github", body, event_id=row["guid"]), expect=200)
    assert late.header("Webhook-Receiver-Duplicate") == "true"
    assert late.header("Webhook-Receiver-Event") == event["id"]
    wait_until(lambda: polling(sidecar, "github")["late_pushes"] == 1)
    # Pushed first: two pushes with other bytes stay a conflict, and the poll is a duplicate.
    guid = new_id()
    for text in (b'{"n":2}', b'{"n":3}'):
        sidecar.post("/in/github", text, sign("github", text, event_id=guid), expect=200)
    conflicts = sidecar.api.events(event_id=guid, source="github")
    assert [event["flags"] for event in conflicts] == [["verified"], ["verified", "conflict"]] or \
        [("conflict" in event["flags"]) for event in conflicts] == [False, True]
    # M6: another attempt of the same delivery changes nothing.
    hub.deliver({"n": 2}, guid)
    hub.deliver({"n": 2}, guid)
    walks = results(sidecar).get("complete", 0)
    wait_until(lambda: results(sidecar).get("complete", 0) > walks + 4)
    assert len(sidecar.api.events(event_id=guid, source="github")) == 2
    # What is known is not asked for again: two hooks, and the failed look at most once each.
    assert hub.details <= 4


def test_M12_a_forged_push_reserves_nothing(make_sidecar, closing):
    hub = closing(Hub())
    sidecar = make_sidecar(sources={"github": hub_source(hub)})
    wait_until(lambda: polling(sidecar, "github")["last_poll"] is not None)
    guid, body = new_id(), b'{"forged":true}'
    forged = sign("github", body, secret="wrong", event_id=guid)
    sidecar.post("/in/github", body, forged, expect=401)
    hub.deliver({"real": True}, guid)
    wait_until(lambda: len(sidecar.api.events(event_id=guid)) == 1)
    assert sidecar.api.events(event_id=guid)[0]["origin"] == "poll"


def test_alarms_are_posted_and_hold_up_nothing(make_sidecar, closing):
    class Pager(Server):
        def __init__(self):
            self.told, self.fails = [], 1
            super().__init__()

        def answer(self, request, body):
            if self.fails:
                self.fails -= 1
                return reply(request, 503)
            self.told.append(json.loads(body))
            reply(request, 204)

    pager, ledger = closing(Pager()), Ledger()
    stripe = closing(Stripe(ledger.events))
    sidecar = make_sidecar(
        sources={"stripe": stripe_source(stripe.url)}, alarms={"url": pager.url + "/page"}
    )
    wait_until(lambda: polling(sidecar)["last_poll"] is not None)
    for _ in range(3):
        ledger.add()
    wait_until(lambda: [alarm["alarm"] for alarm in pager.told] == ["stall"], 40)
    assert pager.told[0]["subject"] == "stripe"
    assert pager.fails == 0
    text = sidecar.api.get("/metrics").body.decode()
    assert 'webhook_receiver_alarms_total{kind="stall"} 1' in text
    assert 'webhook_receiver_source_state{source="stripe",state="degraded"} 1' in text
    assert "webhook_receiver_lost_and_recovered" in text


def test_a_checkpoint_of_another_plan_starts_by_its_time(make_sidecar, closing):
    ledger = Ledger()
    stripe = closing(Stripe(ledger.events))
    sidecar = make_sidecar(sources={"stripe": stripe_source(stripe.url)})
    wait_until(lambda: polling(sidecar)["last_poll"] is not None)
    first = ledger.add()["id"]
    wait_until(lambda: sidecar.api.events(event_id=first))
    sidecar.kill()
    second = ledger.add()["id"]
    text = sidecar.config_path.read_text()
    sidecar.config_path.write_text(text.replace("limit=50", "limit=40"))
    sidecar.start()
    wait_until(lambda: sidecar.api.events(event_id=second))
    assert len(sidecar.api.events(source="stripe")) == 2
    assert "checkpoint_refused" in sidecar.log
