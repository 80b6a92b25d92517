"""TLS behind a PROXY header: the header is plain, and everything after it is not."""

import contextlib
import ssl

import pytest

from harness.certificates import Engine, SecureWire, trusting
from harness.proxies import HAPROXY_ADDRESS, HAProxy
from harness.secure import event, failures, folder, make_secure, own  # noqa: F401
from harness.wire import Wire, wait_until
from test_proxies import STRANGER, through, v1, v2

CLIENT = "203.0.113.9"


@pytest.fixture
def behind(make_secure):  # noqa: F811
    return make_secure(ingress={"proxy_protocol": True, "trusted_proxies": ["127.0.0.1/32",
                                                                            HAPROXY_ADDRESS]})


def remotes(sidecar):
    return [stored["remote_address"] for stored in sidecar.api.events()]


@pytest.mark.parametrize("word", ["send-proxy", "send-proxy-v2"])
def test_haproxy_connects_over_tls(behind, tmp_path, closing, word):
    proxy = closing(HAProxy(
        tmp_path / "haproxy", behind.ingress_address, mode="http",
        server=f"{word} ssl verify none",
    ))
    assert through(proxy, source="127.0.0.9").status == 200
    assert remotes(behind) == ["127.0.0.9"]


@pytest.mark.parametrize("piece", [1 << 20, 1, 7])
@pytest.mark.parametrize("header", [v1(CLIENT), v2(CLIENT, extensions=b"\x04\x00\x40" + bytes(64))])
def test_header_and_handshake_come_in_any_pieces(behind, own, header, piece):  # noqa: F811
    with Engine(behind.ingress_address, trusting(own)) as engine:
        with contextlib.suppress(ssl.SSLWantReadError):
            engine.tls.do_handshake()
        first = header + engine.outgoing.read()
        for start in range(0, len(first), piece):
            engine.socket.sendall(first[start:start + piece])
        engine.shake_hands(piece)
        engine.run(engine.tls.write, event())
        assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")
    assert remotes(behind) == [CLIENT]


def test_without_the_header_there_is_no_handshake(behind, own):  # noqa: F811
    with pytest.raises(OSError):
        SecureWire(behind.ingress_address, trusting(own))
    assert "proxy_header_refused" in behind.log
    assert remotes(behind) == []


def test_plain_http_behind_the_header_is_told_so(behind):
    with Wire(behind.ingress_address) as wire:
        assert wire.exchange(v1(CLIENT) + event()).status == 400
    wait_until(lambda: failures(behind, "plain_http") == 1)
    assert f'"address":"{CLIENT}"' in behind.log


def test_a_trusted_proxy_names_the_client_over_tls(make_secure, own):  # noqa: F811
    sidecar = make_secure(ingress={"trusted_proxies": ["127.0.0.1/32"]})
    with SecureWire(sidecar.ingress_address, trusting(own)) as wire:
        for client in (CLIENT, STRANGER):
            body = b'"%s"' % client.encode()
            reply = wire.exchange(event(body, headers=[("X-Forwarded-For", client)]))
            assert reply.status == 200
    assert remotes(sidecar) == [CLIENT, STRANGER]
