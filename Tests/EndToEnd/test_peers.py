"""Clients and proxies that others have written: what they deliver is stored byte for byte, under
the address that it came from, over plain connections and TLS, with and without a proxy in front."""

import shutil
from dataclasses import dataclass

import pytest

from harness.certificates import Certificate
from harness.peers import ANY, PEERS, Event
from harness.proxies import HAPROXY_ADDRESS, NGINX_ADDRESS, HAProxy, Nginx
from harness.sidecar import Sidecar, source

PROVIDER = "127.0.0.9"
BODIES = [
    b'{"zen": "Non-blocking is better than blocking.", "name": "Gr\xc3\xbc\xc3\x9fe"}',
    bytes(range(256)) * 5,
    b"\r\n\r\n0\r\n\r\nPOST /in/github HTTP/1.1\r\n\r\n",
    b"x" * 300_000,
    b"1",
]
REPEATED = 25
APPENDS = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
TRUSTED = {"trusted_proxies": [NGINX_ADDRESS, HAPROXY_ADDRESS]}
AFTER_PROXY = {**TRUSTED, "proxy_protocol": True}


@dataclass
class Route:
    """A way to the sidecar: its settings, the proxy in front, and where TLS begins."""

    ingress: dict
    proxy: type = None
    how: dict = None
    # "ingress" or "proxy".
    tls: str = None


ROUTES = {
    "plain": Route({}),
    "TLS": Route({}, tls="ingress"),
    "nginx, X-Forwarded-For": Route(TRUSTED, Nginx, {"header": APPENDS}),
    "nginx ends TLS, X-Forwarded-For": Route(TRUSTED, Nginx, {"header": APPENDS}, tls="proxy"),
    "nginx, PROXY": Route(AFTER_PROXY, Nginx, {"stream": True}),
    "HAProxy, X-Forwarded-For": Route(TRUSTED, HAProxy, {
        "mode": "http", "frontend": "option forwardfor"}),
    "HAProxy, PROXY 1": Route(AFTER_PROXY, HAProxy, {"server": "send-proxy"}),
    "HAProxy, PROXY 2": Route(AFTER_PROXY, HAProxy, {"mode": "http", "server": "send-proxy-v2"}),
    "HAProxy, PROXY 2 before TLS": Route(AFTER_PROXY, HAProxy, {"server": "send-proxy-v2"},
                                         tls="ingress"),
}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificates"), "own")


# Of a peer that speaks TLS only, the ways that begin with it.
PAIRS = [(route, peer) for route in ROUTES for peer in PEERS
         if PEERS[peer].is_plain or ROUTES[route].tls]


@pytest.fixture(scope="module")
def way(request, binary, description, tmp_path_factory, own):
    """A sidecar and the proxy in front of it: `url` is what a client is told."""
    route = ROUTES[request.param]
    folder = tmp_path_factory.mktemp("way")
    ingress = {**route.ingress, **({"tls": own.pair} if route.tls == "ingress" else {})}
    sidecar = Sidecar(binary, folder, description, ingress=ingress, sources={
        "github": source("github"),
        "repeated": source("github", "/in/repeated", idempotency={"identity": "none"}),
    }).start()
    proxy = None
    try:
        address = sidecar.ingress_address
        if route.proxy is not None:
            how = {**route.how, **({"tls": own} if route.tls == "proxy" else {})}
            proxy = route.proxy(folder / "proxy", address, **how)
            address = proxy.address
        sidecar.url = "%s://%s:%d" % ("https" if route.tls else "http", *address)
        yield sidecar
    finally:
        if proxy is not None:
            proxy.close()
        sidecar.discard()


@pytest.mark.parametrize("way, name", PAIRS, indirect=["way"])
def test_what_a_peer_delivers_is_stored_as_it_was_sent(way, name, own, tmp_path):
    peer, is_secure = PEERS[name], way.url.startswith("https")
    events = [Event(BODIES[0])] * REPEATED if peer.repeats else [Event(body) for body in BODIES]
    path = "/in/repeated" if peer.repeats else "/in/github"
    statuses = peer.deliver(way.url + path, events, tmp_path, own.path if is_secure else None,
                            PROVIDER)
    assert statuses == [200] * len(events)
    for event in {event.id: event for event in events}.values():
        stored = way.api.events(event_id=event.id, body="none")
        assert len(stored) == events.count(event)
        for one in stored:
            assert way.api.body(one) == event.body
            assert one["remote_address"] == (PROVIDER if peer.is_anywhere else ANY)
            assert one["flags"] in ([], ["replayed_body"])
            whole = way.api.get("/v1/events/" + one["id"]).json
            assert {(name.lower(), value) for name, value in event.headers} <= {
                (name.lower(), value) for name, value in whole["headers"]}


def test_every_peer_is_here():
    missing = [name for name in ("curl", "openssl", "h2load", "wrk") if not shutil.which(name)]
    assert missing == [], "scripts/test installs them"
