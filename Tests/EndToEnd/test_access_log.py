"""`log.access`: a line for each request, and what it costs when nobody reads or a stranger floods."""

import json
import os
import time

import pytest

from harness.reloading import Reloading, setting
from harness.certificates import SecureWire, trusting
from harness.secure import clients, folder, make_secure, own  # noqa: F401
from harness.sidecar import source
from harness.signing import SECRETS, sign
from harness.wire import Wire, request, wait_until

BODY = b'{"a": 1}'
STRANGER, OTHER = "127.0.0.9", "127.0.0.10"
ACCESS = {"format": "json", "level": "info", "access": True}
TRACE = "0af7651916cd43dd8448eb211c80319c"
# As in the ration of the log.
ADDRESS_LINES, SOURCE_LINES = 10, 20


@pytest.fixture
def logging(make_sidecar):
    def make(**settings):
        return make_sidecar(**{"log": ACCESS, **settings})

    return make


def parse(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def lines(sidecar, **wanted):
    """The lines of requests with these fields; those of the harness's own questions are not."""
    wanted = {"surface": "ingress", **wanted}
    every = [line for line in parse(sidecar.log) if line["event"] == "request"]
    return [line for line in every if all(line.get(k) == v for k, v in wanted.items())]


def line(sidecar, **wanted):
    wait_until(lambda: lines(sidecar, **wanted))
    (found,) = lines(sidecar, **wanted)
    return found


def metric(sidecar, name):
    text = sidecar.api.get("/metrics").body.decode()
    (value,) = [each.rsplit(" ", 1)[1] for each in text.splitlines()
                if each.startswith(f"webhook_receiver_{name} ")]
    return int(value)


def forged(path="/in/github", body=BODY):
    return request("POST", path, [("X-Hub-Signature-256", "sha256=" + "0" * 64)], body)


# What a line says


def test_there_are_none_without_the_key(sidecar):
    sidecar.deliver("github", BODY)
    sidecar.post("/in/nobody", BODY, [], expect=404)
    assert sidecar.stop() == 0
    assert [each for each in parse(sidecar.log) if each["event"] == "request"] == []


def test_a_delivery_has_its_line(logging):
    sidecar = logging()
    before = time.time()
    reply = sidecar.deliver("github", BODY)
    found = line(sidecar)
    assert found["id"] == reply.header("Webhook-Receiver-Event")
    assert (found["method"], found["path"], found["status"]) == ("POST", "/in/github", 200)
    assert (found["source"], found["address"], found["level"]) == ("github", "127.0.0.1", "info")
    assert "reason" not in found and "tls" not in found and "trace_id" not in found
    assert found["bytes_in"] > len(BODY) + 100 and found["bytes_out"] > 100
    assert 0 < found["duration_us"] < 20_000_000
    assert abs(time.mktime(time.strptime(found["time"][:19], "%Y-%m-%dT%H:%M:%S"))
               - time.timezone - before) < 60


def test_a_duplicate_and_refusals_say_what_they_are(logging):
    sidecar = logging()
    headers = sign("github", BODY)
    first = sidecar.post("/in/github", BODY, headers, expect=200)
    sidecar.post("/in/github", BODY, headers, expect=200)
    sidecar.raw(forged())
    sidecar.post("/in/nobody?token=hidden-in-the-query", BODY, [], expect=404)
    sidecar.raw(request("GET", "/in/stripe"))
    sidecar.raw(b"POST /in/github HTTP/1.1\r\nHost: a\r\n\r\n")
    sidecar.raw(b"POST /in/github HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")
    sidecar.raw(request("POST", "/in/github", [("Content-Length", str(5 << 20))]))
    found = line(sidecar, duplicate=True)
    assert found["id"] == first.header("Webhook-Receiver-Event") and found["status"] == 200
    assert line(sidecar, reason="signature_mismatch")["source"] == "github"
    assert line(sidecar, reason="no-such-path")["path"] == "/in/nobody"
    assert line(sidecar, reason="method")["status"] == 405
    assert line(sidecar, reason="no_length")["status"] == 411
    assert line(sidecar, reason="too_large")["status"] == 413
    broken = line(sidecar, reason="bad-framing")
    assert broken["status"] == 400 and "path" not in broken and broken["bytes_in"] > 0


def test_nothing_of_a_secret_or_a_body_is_in_the_log(logging):
    sidecar = logging()
    body = b'{"inside": "the-body-of-it"}'
    sidecar.deliver("github", body)
    sidecar.raw(request("POST", "/in/github?key=hidden-query", sign("github", body) + [
        ("Authorization", "Bearer hidden-token"), ("User-Agent", "hidden-agent"),
        ("traceparent", "hidden-trace"),
    ], body))
    sidecar.raw(request("POST", "http://hidden-host/in/github?key=hidden-query", [], body,
                        host="hidden-host"))
    wait_until(lambda: len(lines(sidecar)) == 3)
    assert "hidden" not in sidecar.log and "the-body" not in sidecar.log
    assert not any(secret in sidecar.log for secret in SECRETS.values())
    assert {each["path"] for each in lines(sidecar)} == {"/in/github"}


def test_a_path_is_bounded_and_stays_on_its_line(logging):
    sidecar = logging()
    sidecar.raw(request("GET", "/" + "a" * 5000))
    sidecar.raw(request("GET", "/%0a%22\\\"status\":200"))
    sidecar.raw(request("OPTIONS", "*"))
    sidecar.raw(request("X" * 40, "/x"))
    wait_until(lambda: len(lines(sidecar)) == 4)
    paths = [each.get("path") for each in lines(sidecar)]
    assert paths == ["/" + "a" * 255 + "…", "/%0a%22\\\"status\":200", "*", None]
    assert "method" not in line(sidecar, status=501)


def test_the_trace_is_named_where_it_is_valid(logging):
    sidecar = logging()
    for number, parent in enumerate([f"00-{TRACE}-b7ad6b7169203331-01", "00-garbage-1"]):
        body = b"%d" % number
        sidecar.post("/in/github", body, sign("github", body) + [("traceparent", parent)],
                     expect=200)
    wait_until(lambda: len(lines(sidecar)) == 2)
    assert [each.get("trace_id") for each in lines(sidecar)] == [TRACE, None]


def test_a_request_without_an_answer_has_a_line(logging):
    sidecar = logging()
    with Wire(sidecar.ingress_address) as wire:
        wire.send(request("POST", "/in/github", [("Content-Length", "100")], b"x" * 40))
        time.sleep(0.3)
    found = line(sidecar, reason="closed")
    assert "status" not in found and found["bytes_out"] == 0 and found["bytes_in"] > 40
    with Wire(sidecar.ingress_address):
        pass  # asked for nothing
    sidecar.deliver("github", BODY)
    wait_until(lambda: len(lines(sidecar)) == 2)


def test_tls_and_the_client_are_named(make_secure, own, clients):  # noqa: F811
    sidecar = make_secure(tls={"client_ca": str(clients["ca"].path)}, log=ACCESS)
    data = request("POST", "/in/github", sign("github", BODY), BODY)
    with SecureWire(sidecar.ingress_address, trusting(own, clients["good"])) as wire:
        assert wire.exchange(data).status == 200
    found = line(sidecar)
    assert (found["tls"], found["client_name"]) == ("TLSv1.3", "hooks.example.com")


def test_the_api_has_lines_too(logging):
    sidecar = logging()
    sidecar.api.get("/v1/events")
    sidecar.api.get("/v1/events/nothing", expect=404)
    found = line(sidecar, surface="api", path="/v1/events")
    assert found["status"] == 200 and found["method"] == "GET" and "source" not in found
    assert line(sidecar, surface="api", path="/v1/events/nothing")["status"] == 404


def test_text_is_a_form_too(logging):
    sidecar = logging(log={**ACCESS, "format": "text", "level": "error"})
    sidecar.deliver("github", BODY)
    wait_until(lambda: " info request surface=\"ingress\" address=\"127.0.0.1\" method=\"POST\" "
                       "path=\"/in/github\" status=200 source=\"github\" id=" in sidecar.log)


def test_it_is_switched_by_a_reload(make_sidecar):
    running = Reloading(make_sidecar(log={"format": "json", "level": "info"}))
    sidecar = running.sidecar
    sidecar.deliver("github", BODY)
    last = running.reload(setting("log", "access", value=True))
    assert last["changed"] == ["log.access"] and last["needs_restart"] == []
    sidecar.deliver("stripe", BODY)
    assert line(sidecar)["source"] == "stripe"
    running.reload(setting("log", "access", value=False))
    sidecar.deliver("shopify", BODY)
    sidecar.stop()
    assert len(lines(sidecar)) == 1


def test_the_last_lines_are_written_before_the_end(logging):
    sidecar = logging()
    count = 200
    with Wire(sidecar.ingress_address) as wire:
        for number in range(count):
            body = b"%d" % number
            assert wire.exchange(request("POST", "/in/github", sign("github", body), body)).status \
                == 200
    assert sidecar.stop() == 0
    assert len({each["id"] for each in lines(sidecar)}) == count
    assert parse(sidecar.log)[-1]["event"] in ("stopped", "request")


# What it costs


def test_a_forged_flood_costs_neither_the_disk_nor_the_lines_of_others(logging):
    """Failure 50: the lines of a flood end, and are counted; those of others are all there."""
    sidecar = logging(sources={"github": source("github"), "stripe": source("stripe")})
    began = time.monotonic()
    good = 0
    with Wire(sidecar.ingress_address, source=STRANGER) as flood, \
            Wire(sidecar.ingress_address, source=OTHER) as other, \
            Wire(sidecar.ingress_address) as provider:
        for number in range(100):
            flood.send(forged() * 20)
            for _ in range(20):
                assert flood.reply().status == 401
            body = b"%d" % number
            signed = request("POST", "/in/github", sign("github", body), body)
            assert provider.exchange(signed).status == 200
            good += 1
            if number in (10, 50):
                assert other.exchange(forged("/in/stripe")).status in (400, 401)
    seconds = time.monotonic() - began + 2
    wait_until(lambda: len(lines(sidecar, status=200)) == good)
    assert len(lines(sidecar, address=OTHER, source="stripe")) == 2
    flooded = len(lines(sidecar, address=STRANGER))
    assert 0 < flooded <= ADDRESS_LINES * seconds
    assert metric(sidecar, 'log_lines_suppressed_total{kind="access"}') >= 2000 - flooded
    refused = [each for each in parse(sidecar.log) if each["event"] == "verification_refused"]
    assert len([each for each in refused if each["address"] == STRANGER]) \
        <= ADDRESS_LINES * seconds
    assert len([each for each in refused if each["address"] == OTHER]) == 2
    assert metric(sidecar, 'log_lines_suppressed_total{kind="events"}') > 0
    said = [each for each in parse(sidecar.log) if each["event"] == "log_lines_suppressed"]
    assert {each.get("kind") for each in said} >= {"access"}


@pytest.fixture
def pipe(tmp_path):
    """A log that is a pipe; `read` takes what is in it."""

    class Pipe:
        def __init__(self):
            self.path = str(tmp_path / "pipe")
            os.mkfifo(self.path)
            self.reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
            self.text = b""

        @property
        def prefix(self):
            return ["sh", "-c", 'exec "$@" 2> "$0"', self.path]

        def read(self):
            try:
                while data := os.read(self.reader, 65536):
                    self.text += data
            except BlockingIOError:
                pass
            return self.text.decode()

        def close(self):
            os.close(self.reader)

    made = Pipe()
    yield made
    made.close()


def test_a_reader_that_hangs_stops_nothing(logging, pipe):
    """Lines are dropped and counted, and the log says so when it is read again."""
    sidecar = logging(start=False)
    sidecar.start(prefix=pipe.prefix)
    asked = 12_000
    question = request("GET", "/v1/sources/github")
    with Wire(sidecar.api_address, timeout=60) as wire:
        for _ in range(asked // 100):
            wire.send(question * 100)
            for _ in range(100):
                assert wire.reply().status == 200
    lost = metric(sidecar, 'log_lines_lost_total{kind="access"}')
    assert lost > 1000
    # Nobody reads a line now, and everything else is as it was.
    slowest = 0
    for number in range(50):
        began = time.monotonic()
        sidecar.deliver("github", b"%d" % number)
        sidecar.raw(forged())
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2, slowest
    assert len(sidecar.api.events()) == 50
    assert metric(sidecar, 'log_lines_lost_total{kind="access"}') > lost
    # Somebody reads again.
    def caught_up():
        return [each for each in parse(pipe.read().rsplit("\n", 1)[0])
                if each["event"] == "log_lines_lost" and each.get("kind") == "access"]

    wait_until(caught_up)
    final = sidecar.deliver("github", b"final").header("Webhook-Receiver-Event")
    wait_until(lambda: any(each.get("id") == final
                           for each in parse(pipe.read().rsplit("\n", 1)[0])))
    every = parse(pipe.read().rsplit("\n", 1)[0])
    said = sum(each["count"] for each in every
               if each["event"] == "log_lines_lost" and each.get("kind") == "access")
    requests = [each for each in every if each["event"] == "request"]
    assert said == metric(sidecar, 'log_lines_lost_total{kind="access"}')
    assert len([each for each in requests if each.get("path") == "/v1/sources/github"]) + said \
        >= asked
    assert sidecar.stop() == 0


def test_the_end_does_not_wait_for_a_reader_that_hangs(logging, pipe):
    sidecar = logging(start=False)
    sidecar.start(prefix=pipe.prefix)
    with Wire(sidecar.api_address, timeout=60) as wire:
        for _ in range(10):
            wire.send(request("GET", "/v1/sources/github") * 100)
            for _ in range(100):
                assert wire.reply().status == 200
    sidecar.terminate()
    assert sidecar.wait(10) == 0
