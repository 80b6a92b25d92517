"""Whom a delivery is from when nginx or HAProxy stands in front, and who cannot say so."""

import itertools
import json
import re
import socket
import struct
import subprocess
from collections import Counter

import pytest

from harness.proxies import HAPROXY_ADDRESS, NGINX_ADDRESS, HAProxy, Nginx
from harness.service import Service
from harness.sidecar import source
from harness.signing import sign
from harness.wire import Wire, request, wait_until

BODY = b'{"zen": "Anything added dilutes everything else."}'
PROVIDER = "127.0.0.9"
STRANGER = "127.0.0.8"
PROXIES = [NGINX_ADDRESS, HAPROXY_ADDRESS]
APPENDS = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
# What strangers may have the sidecar write.
LOG_LINES_PER_SECOND = 20
NO_REFUSALS = dict.fromkeys(
    ["untrusted", "no_header", "malformed", "checksum", "cut", "too_slow"], 0
)


def sources():
    """One that everybody may use, and one for the provider's address."""
    return {
        "open": source("github"),
        "listed": source("github", "/in/listed", allow=[PROVIDER], deny=["127.0.0.7"]),
    }


@pytest.fixture
def behind(make_sidecar):
    """A sidecar that trusts the addresses of both proxies."""
    def make(**ingress):
        return make_sidecar(
            sources=sources(), ingress={"trusted_proxies": PROXIES, **ingress},
        )
    return make


def remote(sidecar, reply):
    assert reply.status == 200, (reply.status, reply.body)
    event = sidecar.api.get("/v1/events/" + reply.header("Webhook-Receiver-Event")).json
    return event["remote_address"]


def delivery(path="/in/github", headers=(), body=BODY):
    fields = [("Content-Type", "application/json"), *headers, *sign("github", body)]
    return request("POST", path, fields, body)


def post(sidecar, first=b"", source=None, **how):
    """One delivery on a connection of its own, behind the bytes `first`."""
    with Wire(sidecar.ingress_address, source=source) as wire:
        return wire.exchange(first + delivery(**how))


def through(proxy, source=PROVIDER, path="/in/github", headers=()):
    fields = [("Content-Type", "application/json"), *headers, *sign("github", BODY)]
    return proxy.post(path, BODY, fields, source=source)


def metrics(sidecar, name):
    text = sidecar.api.get("/metrics").body.decode()
    found = re.findall(rf"^webhook_receiver_{name}(?:{{(.*)}})? (\d+)$", text, re.MULTILINE)
    return {labels: int(value) for labels, value in found}


def refusals(sidecar):
    found = metrics(sidecar, "proxy_headers_refused_total")
    return {labels.split('"')[1]: count for labels, count in found.items()}


def lines(sidecar, event):
    every = [json.loads(line) for line in sidecar.log.splitlines() if line.startswith("{")]
    return [line for line in every if line["event"] == event]


def v1(client, family="TCP4", local="127.0.0.1"):
    return f"PROXY {family} {client} {local} 40000 443\r\n".encode()


def v2(client, command=0x21, extensions=b""):
    rest = socket.inet_aton(client) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4, 443)
    rest += extensions
    return SIGNATURE + struct.pack("!BBH", command, 0x11, len(rest)) + rest


# Without a proxy


def test_without_trusted_proxies_nobody_is_believed(shared):
    headers = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")]
    assert remote(shared, post(shared, source=STRANGER, headers=headers)) == STRANGER
    # Nor is a PROXY header one: it is a request that nobody can read.
    with Wire(shared.ingress_address) as wire:
        assert wire.exchange(v1("203.0.113.9") + delivery()).status == 400


def test_what_an_untrusted_peer_says_is_ignored(behind):
    sidecar = behind()
    for value in [PROVIDER, "rubbish", "", ",,,", PROVIDER + ", " + NGINX_ADDRESS]:
        spoofed = [("X-Forwarded-For", value)]
        assert post(sidecar, source=STRANGER, path="/in/listed", headers=spoofed).status == 403
        assert remote(sidecar, post(sidecar, source=STRANGER, headers=spoofed)) == STRANGER
    assert metrics(sidecar, "forwarded_refused_total") == {"": 0}


# Headers


def test_nginx_names_the_client_and_lists_decide_on_it(behind, closing, tmp_path):
    sidecar = behind()
    nginx = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, header=APPENDS))
    assert remote(sidecar, through(nginx)) == PROVIDER
    assert remote(sidecar, through(nginx, path="/in/listed")) == PROVIDER
    assert through(nginx, STRANGER, "/in/listed").status == 403
    # The list is of clients: the proxy itself is none of them.
    assert post(sidecar, source=NGINX_ADDRESS, path="/in/listed").status == 403
    refused = lines(sidecar, "address_refused")
    assert [line["address"] for line in refused] == [STRANGER, NGINX_ADDRESS]


def test_curl_through_nginx_from_another_address(behind, closing, tmp_path):
    sidecar = behind()
    nginx = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, header=APPENDS))
    headers = [part for name, value in sign("github", BODY) for part in ("-H", f"{name}: {value}")]
    command = ["curl", "-sS", "--interface", PROVIDER, "-o", "/dev/null", "-w", "%{http_code}",
               *headers, "-H", "Content-Type: application/json", "--data-binary", "@-",
               "http://%s:%d/in/listed" % nginx.address]
    result = subprocess.run(command, input=BODY, capture_output=True, timeout=30)
    assert result.stdout == b"200", result
    assert [event["remote_address"] for event in sidecar.api.events()] == [PROVIDER]


@pytest.mark.parametrize("claim", [PROVIDER, f"{PROVIDER}, {NGINX_ADDRESS}", "unknown", '"', ","])
def test_what_a_client_writes_before_the_proxy_does_not_win(behind, closing, tmp_path, claim):
    sidecar = behind()
    nginx = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, header=APPENDS))
    spoofed = [("X-Forwarded-For", claim)]
    assert through(nginx, STRANGER, "/in/listed", spoofed).status == 403
    assert remote(sidecar, through(nginx, STRANGER, headers=spoofed)) == STRANGER
    # The stored fields are those that came, the proxy's with them.
    event = sidecar.api.events()[0]
    event = sidecar.api.get("/v1/events/" + event["id"]).json
    fields = [value for name, value in event["headers"] if name == "X-Forwarded-For"]
    assert fields == [f"{claim}, {STRANGER}"]


def test_nginx_writes_forwarded_and_the_other_header_is_ignored(behind, closing, tmp_path):
    sidecar = behind(forwarded_header="forwarded")
    header = 'proxy_set_header Forwarded "$http_forwarded, for=$remote_addr;proto=http";'
    nginx = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, header=header))
    assert remote(sidecar, through(nginx)) == PROVIDER
    # nginx passes a header on that it does not write: reading both would believe the client.
    spoofed = [("X-Forwarded-For", PROVIDER), ("Forwarded", f"for={PROVIDER};host=\"a, b")]
    assert remote(sidecar, through(nginx, STRANGER, headers=spoofed)) == STRANGER
    assert through(nginx, STRANGER, "/in/listed", spoofed).status == 403


def test_haproxy_adds_a_line_of_its_own(behind, closing, tmp_path):
    sidecar = behind()
    haproxy = closing(HAProxy(tmp_path / "haproxy", sidecar.ingress_address, mode="http",
                              frontend="option forwardfor"))
    assert remote(sidecar, through(haproxy, path="/in/listed")) == PROVIDER
    spoofed = [("X-Forwarded-For", PROVIDER)]
    assert remote(sidecar, through(haproxy, STRANGER, headers=spoofed)) == STRANGER
    assert through(haproxy, STRANGER, "/in/listed", spoofed).status == 403


def test_two_proxies_one_behind_the_other(behind, closing, tmp_path):
    sidecar = behind()
    inner = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, header=APPENDS))
    outer = closing(HAProxy(tmp_path / "haproxy", inner.address, mode="http",
                            frontend="option forwardfor"))
    assert remote(sidecar, through(outer)) == PROVIDER
    spoofed = [("X-Forwarded-For", f"{PROVIDER}, {HAPROXY_ADDRESS}")]
    assert remote(sidecar, through(outer, STRANGER, headers=spoofed)) == STRANGER


def test_one_connection_of_a_proxy_carries_the_requests_of_many(behind):
    sidecar = behind()
    with Wire(sidecar.ingress_address, source=NGINX_ADDRESS) as wire:
        for client in [PROVIDER, STRANGER, "2001:db8::1", None, PROVIDER]:
            headers = [] if client is None else [("X-Forwarded-For", client)]
            body = json.dumps({"client": client, "n": wire.socket.fileno()}).encode()
            reply = wire.exchange(delivery(headers=headers, body=body))
            if reply.header("Webhook-Receiver-Duplicate"):
                continue
            assert remote(sidecar, reply) == (client or NGINX_ADDRESS)


def test_the_service_gets_the_address_and_the_trace_of_the_delivery(make_sidecar):
    """One X-Forwarded-For, with the client that was believed; a traceparent goes on as it came."""
    service = Service()
    try:
        sidecar = make_sidecar(
            sources={"github": source("github", destinations=["app"])},
            destinations={"app": {"urls": [service.url]}},
            ingress={"trusted_proxies": PROXIES},
        )
        trace = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        headers = [("X-Forwarded-For", f"6.6.6.6, {PROVIDER}"), trace, ("tracestate", "a=1")]
        reply = post(sidecar, source=NGINX_ADDRESS, headers=headers)
        event = reply.header("Webhook-Receiver-Event")
        service.wait_taken([event])
        (taken,) = service.of(event)
        assert taken.header("X-Forwarded-For") == PROVIDER
        assert (taken.header("traceparent"), taken.header("tracestate")) == (trace[1], "a=1")
    finally:
        service.stop()


@pytest.mark.parametrize("chain", ["", "unknown", "203.0.113.9,", "203.0.113.9:99999", "_hidden",
                                   "203.0.113", "[::1", ", ".join([NGINX_ADDRESS] * 33)])
def test_a_chain_that_cannot_be_read_is_refused_and_not_guessed(behind, chain):
    """Failure 18: by its head alone, before the path is looked up or the body read."""
    sidecar = behind()
    for path in ["/in/github", "/in/listed", "/nowhere"]:
        head = request("POST", path, [("X-Forwarded-For", chain), ("Content-Length", "1000")])
        with Wire(sidecar.ingress_address, source=NGINX_ADDRESS) as wire:
            reply = wire.exchange(head)
            assert (reply.status, reply.json["type"]) == (400, "/problems/bad-forwarded")
            assert reply.closed
    assert sidecar.api.events() == []
    assert metrics(sidecar, "forwarded_refused_total") == {"": 3}
    # The log names the proxy to mend, and nothing that the client chose.
    assert {line["address"] for line in lines(sidecar, "forwarded_refused")} == {NGINX_ADDRESS}
    assert remote(sidecar, post(sidecar, source=NGINX_ADDRESS)) == NGINX_ADDRESS


# PROXY


@pytest.mark.parametrize("server", [
    "send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c",
    "send-proxy-v2-ssl",
])
@pytest.mark.parametrize("mode", ["tcp", "http"])
def test_haproxy_sends_the_header(behind, closing, tmp_path, server, mode):
    sidecar = behind(proxy_protocol=True)
    haproxy = closing(HAProxy(tmp_path / "haproxy", sidecar.ingress_address, mode=mode,
                              server=server))
    assert remote(sidecar, through(haproxy, path="/in/listed")) == PROVIDER
    spoofed = [("X-Forwarded-For", PROVIDER)]
    assert through(haproxy, STRANGER, "/in/listed", spoofed).status == 403
    assert remote(sidecar, through(haproxy, STRANGER, headers=spoofed)) == STRANGER
    # Those that came first to see whether the proxy listens sent nothing.
    assert refusals(sidecar) == NO_REFUSALS


def test_nginx_sends_the_header(behind, closing, tmp_path):
    sidecar = behind(proxy_protocol=True)
    nginx = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, stream=True))
    assert remote(sidecar, through(nginx, path="/in/listed")) == PROVIDER
    assert through(nginx, STRANGER, "/in/listed").status == 403
    assert lines(sidecar, "address_refused")[-1]["address"] == STRANGER


def test_the_checks_of_haproxy_are_no_mistakes(behind, closing, tmp_path):
    sidecar = behind(proxy_protocol=True)
    haproxy = closing(HAProxy(tmp_path / "haproxy", sidecar.ingress_address,
                              backend="option log-health-checks",
                              server="send-proxy-v2 check check-send-proxy inter 50ms"))
    wait_until(lambda: "Health check for server out/sidecar succeeded" in haproxy.log)
    assert remote(sidecar, through(haproxy)) == PROVIDER
    assert refusals(sidecar) == NO_REFUSALS
    assert lines(sidecar, "proxy_header_refused") == []


def test_a_proxy_behind_a_proxy_is_believed_only_when_it_is_one(behind, closing, tmp_path):
    """The PROXY header says who the peer is; a header of the request is read if that is trusted."""
    sidecar = behind(proxy_protocol=True)
    inner = closing(HAProxy(tmp_path / "haproxy", sidecar.ingress_address, server="send-proxy-v2"))
    outer = closing(Nginx(tmp_path / "nginx", inner.address, header=APPENDS))
    assert remote(sidecar, through(outer)) == PROVIDER
    spoofed = [("X-Forwarded-For", PROVIDER)]
    assert remote(sidecar, through(outer, STRANGER, headers=spoofed)) == STRANGER
    assert remote(sidecar, through(inner, STRANGER, headers=spoofed)) == STRANGER


@pytest.mark.parametrize("header", [v1(PROVIDER), v2(PROVIDER), v2(PROVIDER, extensions=b"\x04\0\0"),
                                    v2(PROVIDER, extensions=b"\x05\0\x80" + b"u" * 128)])
def test_any_split_of_the_header_works(behind, header):
    sidecar = behind(proxy_protocol=True)
    data = header + delivery(path="/in/listed")
    cuts = [[n] for n in range(1, len(header) + 2)] + [range(1, len(header) + 20)]
    for number, cut in enumerate(cuts):
        edges = [0, *cut, len(data)]
        with Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS) as wire:
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start, end in itertools.pairwise(edges):
                wire.send(data[start:end])
            assert wire.reply("POST").status == 200, number
    assert {event["remote_address"] for event in sidecar.api.events()} == {PROVIDER}


def test_a_header_and_several_requests_in_one_packet(behind):
    sidecar = behind(proxy_protocol=True)
    bodies = [b'{"n": %d}' % number for number in range(3)]
    with Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS) as wire:
        wire.send(v2(PROVIDER) + b"".join(delivery(body=body) for body in bodies))
        for _ in bodies:
            assert remote(sidecar, wire.reply("POST")) == PROVIDER
        # A second header is a request that nobody can read.
        assert wire.exchange(v1(STRANGER) + delivery()).status == 400


@pytest.mark.parametrize("header", [
    b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ffff:f::1 x 1 y\r\n",
    SIGNATURE + b"\x21\x00\x00\x00", SIGNATURE + b"\x21\x00\x00\x03abc",
    SIGNATURE + b"\x21\x31\x00\xd8" + b"/" * 216, v2("1.2.3.4", command=0x20),
    SIGNATURE + b"\x20\x00\x00\x00",
])
def test_a_header_without_a_client_leaves_the_peer(behind, header):
    sidecar = behind(proxy_protocol=True)
    assert remote(sidecar, post(sidecar, header, HAPROXY_ADDRESS)) == HAPROXY_ADDRESS
    # Of LOCAL it is the proxy that asks. Otherwise somebody asks of whom nobody knows anything.
    named = post(sidecar, header, HAPROXY_ADDRESS, body=b"{}",
                 headers=[("X-Forwarded-For", PROVIDER)])
    is_local = header[12:13] == b"\x20"
    assert remote(sidecar, named) == (PROVIDER if is_local else HAPROXY_ADDRESS)


GARBAGE = {
    "no_header": [delivery(), b"\x16\x03\x01\x02\x00\x01\x00", b"proxy TCP4 ", b"\r\n\r\n\x01",
                  b"\x00" * 5000],
    "malformed": [b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", b"PROXY TCP5 a\r\n",
                  b"PROXY " + b"x" * 200, v1("::1"), SIGNATURE + b"\x11\x11\x00\x0c" + b"a" * 12,
                  SIGNATURE + b"\x21\x11\xff\xff", SIGNATURE + b"\x21\x11\x00\x01a",
                  v2(PROVIDER, extensions=b"\x01\xff\xff")],
    "checksum": [v2(PROVIDER, extensions=b"\x03\0\x04abcd"), v2(PROVIDER, extensions=b"\x03\0\0")],
    "cut": [b"P", b"PROXY TCP4 1.2.3.4", SIGNATURE, v2(PROVIDER)[:-1]],
}


@pytest.mark.parametrize("reason", GARBAGE)
def test_anything_else_closes_the_connection_without_a_word(behind, reason):
    """Failures 19 and 50: counted under a fixed word, and said within the budget of the log."""
    sidecar = behind(proxy_protocol=True)
    for data in GARBAGE[reason]:
        with Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS) as wire:
            wire.send(data)
            if reason == "cut":
                wire.socket.shutdown(socket.SHUT_WR)
            assert wire.rest() == b"", data
    expected = {**NO_REFUSALS, reason: len(GARBAGE[reason])}
    wait_until(lambda: refusals(sidecar) == expected)
    said = lines(sidecar, "proxy_header_refused")
    assert {line["reason"] for line in said} == {reason}
    assert {line["address"] for line in said} == {HAPROXY_ADDRESS}
    assert sidecar.api.events() == []
    assert remote(sidecar, post(sidecar, v1(PROVIDER), HAPROXY_ADDRESS)) == PROVIDER


def test_an_untrusted_peer_cannot_say_who_it_is(behind):
    """Failure 50: however often it tries, it does not fill the log."""
    sidecar = behind(proxy_protocol=True)
    tries = 200
    for number in range(tries):
        with Wire(sidecar.ingress_address, source=STRANGER) as wire:
            try:
                wire.send(v2(PROVIDER) + delivery())
            except ConnectionError:
                pass
            assert wire.rest() == b"", number
    wait_until(lambda: refusals(sidecar) == {**NO_REFUSALS, "untrusted": tries})
    said = lines(sidecar, "proxy_header_refused")
    assert said and {line["address"] for line in said} == {STRANGER}
    # A second of the budget may lie in two of the clock's.
    each = Counter(line["time"][:19] for line in said)
    assert max(each.values()) <= 2 * LOG_LINES_PER_SECOND, each
    assert sidecar.api.events() == []


def test_a_header_that_does_not_come_ends_with_the_timeout_of_a_head(behind):
    sidecar = behind(proxy_protocol=True, limits={"header_timeout": "1s"})
    for data in [b"", b"PROXY TCP4 ", SIGNATURE]:
        with Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS) as wire:
            wire.send(data)
            assert wire.rest() == b""
    assert refusals(sidecar) == {**NO_REFUSALS, "too_slow": 3}


def test_a_connection_that_says_nothing_makes_room(behind):
    sidecar = behind(proxy_protocol=True, limits={"connections": 2})
    with Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS) as first, \
            Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS), \
            Wire(sidecar.ingress_address, source=HAPROXY_ADDRESS):
        assert remote(sidecar, post(sidecar, v2(PROVIDER), HAPROXY_ADDRESS)) == PROVIDER
        assert first.is_closed()
    assert refusals(sidecar) == NO_REFUSALS


# Unix sockets


@pytest.fixture
def on_unix(make_sidecar, tmp_path):
    def make(**ingress):
        path = str(tmp_path / "in.sock")
        sidecar = make_sidecar(
            sources=sources(), ingress={"listen": [f"unix:{path}"], **ingress},
        )
        sidecar.ingress_address = path
        return sidecar
    return make


def test_nginx_over_a_unix_socket_is_believed_by_the_word(on_unix, closing, tmp_path):
    sidecar = on_unix(trusted_proxies=["unix"])
    nginx = closing(Nginx(tmp_path / "nginx", sidecar.ingress_address, header=APPENDS))
    assert remote(sidecar, through(nginx, path="/in/listed")) == PROVIDER
    assert through(nginx, STRANGER, "/in/listed").status == 403
    # A proxy that names nobody passes on for strangers: it is not known to a list.
    assert post(sidecar, path="/in/listed").status == 403
    assert remote(sidecar, post(sidecar)) == "unix"


def test_without_the_word_a_unix_socket_is_the_client(on_unix):
    """Who may open it was chosen by its file; nobody is believed to speak for others."""
    sidecar = on_unix()
    spoofed = [("X-Forwarded-For", "203.0.113.9")]
    assert remote(sidecar, post(sidecar, path="/in/listed", headers=spoofed)) == "unix"


@pytest.mark.parametrize("server", ["send-proxy", "send-proxy-v2 proxy-v2-options crc32c"])
def test_haproxy_sends_the_header_over_a_unix_socket(on_unix, closing, tmp_path, server):
    sidecar = on_unix(proxy_protocol=True)
    haproxy = closing(HAProxy(tmp_path / "haproxy", sidecar.ingress_address, server=server))
    assert remote(sidecar, through(haproxy, path="/in/listed")) == PROVIDER
    assert through(haproxy, STRANGER, "/in/listed").status == 403
    assert post(sidecar, b"PROXY UNKNOWN\r\n", path="/in/listed").status == 403
    with Wire(sidecar.ingress_address) as wire:
        wire.send(delivery())
        assert wire.rest() == b""
