"""TLS on the listeners, against peers that share no line with it: curl, openssl, Python's ssl."""

import contextlib
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
import xml.etree.ElementTree as xml

import pytest

from harness.certificates import Engine, SecureWire, trusting
from harness.secure import (  # noqa: F401
    CLOSING, curl, event, folder, limits, make_secure, metric, one_more, own, s_client, secure,
)
from harness.signing import sign
from harness.wire import Wire, request, wait_until

GARBAGE = {"fast": 150, "whole": 150, "campaign": 5000}


# Versions, ciphers, protocols


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl_delivers_over_each_version(secure, own, version):
    body = b'{"curl": "%s"}' % version.encode()
    headers = [part for pair in sign("github", body) for part in ("-H", ": ".join(pair))]
    result = curl(
        secure, "--cacert", own.path, f"--tlsv{version}", "--tls-max", version, *headers,
        "-H", "Content-Type: application/json", "-d", body.decode(), "-w", "%{http_code}",
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(b"200")
    assert body in [secure.api.body(stored) for stored in secure.api.events()]


def test_who_does_not_trust_the_certificate_is_gone_and_counted(secure):
    with one_more(secure, "client_refused"):
        assert curl(secure).returncode == 60


def test_older_versions_are_refused(secure):
    for version in ("-tls1", "-tls1_1"):
        with one_more(secure, "no_common_version"):
            result = s_client(secure, version, "-cipher", "ALL:@SECLEVEL=0")
            assert b"alert protocol version" in result.stderr, result.stderr


@pytest.mark.parametrize("cipher", [
    "AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
    "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM", "NULL", "ADH",
])
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(secure, cipher):
    with one_more(secure, "no_common_cipher"):
        result = s_client(secure, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
        assert b"alert handshake failure" in result.stderr, result.stderr


def test_a_protocol_of_alpn_is_http_1_1_or_none(secure, own):
    def agreed(*protocols):
        context = trusting(own)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        with SecureWire(secure.ingress_address, context) as wire:
            assert wire.exchange(event()).status == 200
            return wire.socket.selected_alpn_protocol()

    assert agreed("http/1.1") == "http/1.1"
    assert agreed("h2", "http/1.1") == "http/1.1"
    assert agreed("http/1.0") == "http/1.0"
    assert agreed() is None
    with one_more(secure, "no_common_protocol"):
        result = s_client(secure, "-alpn", "h2")
        assert b"alert no application protocol" in result.stderr


def test_a_client_that_falls_back_is_told(secure):
    """RFC 7507: whoever was made to try an older version by somebody in between finds out."""
    with one_more(secure, "other"):
        assert b"alert inappropriate fallback" in s_client(
            secure, "-tls1_2", "-fallback_scsv"
        ).stderr


def test_nothing_is_renegotiated(secure):
    result = s_client(secure, "-tls1_2", send=CLOSING)
    assert b"Secure Renegotiation IS supported" in result.stdout
    assert b"Compression: NONE" in result.stdout
    with subprocess.Popen(
        ["openssl", "s_client", "-tls1_2", "-connect", "127.0.0.1:%d" % secure.ingress_address[1]],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as client:
        # A command is a line of its own, read alone.
        wait_until(lambda: b"---" in os.read(client.stdout.fileno(), 65536))
        client.stdin.write(b"R\n")
        client.stdin.flush()
        output = client.stdout.read()
    assert b"no renegotiation" in output, output


def test_a_client_may_ask_for_new_keys(secure):
    with subprocess.Popen(
        ["openssl", "s_client", "-tls1_3", "-connect", "127.0.0.1:%d" % secure.ingress_address[1]],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as client:
        wait_until(lambda: b"---" in os.read(client.stdout.fileno(), 65536))
        # A command is a line of its own, read alone: new keys, and new ones of the other side.
        client.stdin.write(b"K\n")
        client.stdin.flush()
        wait_until(lambda: b"KEYUPDATE" in os.read(client.stdout.fileno(), 65536))
        client.stdin.write(CLOSING)
        client.stdin.flush()
        assert b"404 Not Found" in client.stdout.read()


# Sessions


@pytest.mark.parametrize("arguments", [
    ("-tls1_3",), ("-tls1_2",), ("-tls1_2", "-no_ticket"), ("-tls1_3", "-no_ticket"),
])
def test_a_session_is_resumed(secure, tmp_path, arguments):
    saved = tmp_path / "session"
    first = s_client(secure, *arguments, "-sess_out", saved, send=CLOSING)
    assert b"New, TLSv1." in first.stdout and b"404 Not Found" in first.stdout
    if "-no_ticket" in arguments and "-tls1_3" in arguments:
        # Without tickets there is nothing in TLS 1.3 that a session could be kept by but our cache.
        assert saved.exists()
    before = metric(secure, "tls_handshakes_total", surface="ingress", kind="resumed")
    again = s_client(secure, *arguments, "-sess_in", saved, send=CLOSING)
    assert b"Reused, TLSv1." in again.stdout and b"404 Not Found" in again.stdout
    after = metric(secure, "tls_handshakes_total", surface="ingress", kind="resumed")
    assert after == before + 1


# What a handshake may look like


def test_a_handshake_may_come_byte_by_byte(secure, own):
    with Engine(secure.ingress_address, trusting(own)) as engine:
        engine.shake_hands(piece=1)
        engine.run(engine.tls.write, event(), piece=1)
        assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")


def test_a_record_may_come_in_two_parts(secure, own):
    with Engine(secure.ingress_address, trusting(own)) as engine:
        engine.shake_hands()
        data = engine.records(event())
        for part in (data[:3], data[3:40], data[40:-1]):
            engine.socket.sendall(part)
            time.sleep(0.05)
        engine.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            # Tickets may come; an answer must not.
            while True:
                engine.receive()
                with pytest.raises(ssl.SSLWantReadError):
                    engine.tls.read(65536)
        engine.socket.settimeout(20)
        engine.socket.sendall(data[-1:])
        assert engine.run(engine.tls.read, 65536).startswith(b"HTTP/1.1 200 ")


def test_a_slow_handshake_is_cut(make_secure, own):
    sidecar = make_secure(ingress={"limits": limits(header_timeout="1s", idle_timeout="60s")})
    with Engine(sidecar.ingress_address, trusting(own)) as engine:
        with pytest.raises(ssl.SSLWantReadError):
            engine.tls.do_handshake()
        hello = engine.outgoing.read()
        with one_more(sidecar, "timed_out"):
            engine.socket.sendall(hello[:50])
            with Wire(sidecar.ingress_address) as silent:
                assert silent.is_closed(), "a connection that says nothing ends as well"
            with contextlib.suppress(ConnectionError):
                assert engine.socket.recv(10) == b""
    # A byte now and then buys no time.
    with one_more(sidecar, "timed_out"):
        with socket.create_connection(sidecar.ingress_address) as slow:
            slow.settimeout(0.05)
            with pytest.raises(OSError, match="closed|reset|[Bb]roken pipe"):
                for byte in hello[:100]:
                    slow.sendall(bytes([byte]))
                    with contextlib.suppress(TimeoutError):
                        if not slow.recv(10):
                            raise ConnectionError("closed")
    # Behind a handshake, a head has the same time.
    with SecureWire(sidecar.ingress_address, trusting(own)) as wire:
        wire.send(b"POST /in/github HTTP/1.1\r\n")
        assert wire.reply().status == 408


def test_what_is_no_tls_gets_an_alert_or_an_answer(secure, own, effort):
    rng = random.Random(8446)
    hello = ssl.MemoryBIO()
    engine = trusting(own).wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        engine.do_handshake()
    hello = hello.read()
    for round_ in range(GARBAGE[effort]):
        if round_ % 3 == 0:
            data = rng.randbytes(rng.randint(1, 400))
        elif round_ % 3 == 1:
            data = hello[:rng.randint(5, len(hello))] + rng.randbytes(rng.randint(1, 100))
        else:
            changed = bytearray(hello)
            for _ in range(rng.randint(1, 8)):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
            data = bytes(changed)
        with socket.create_connection(secure.ingress_address, timeout=20) as connection:
            received = b""
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while more := connection.recv(65536):
                    received += more
        # Records of TLS, or our 400 to what begins like HTTP.
        assert received[:1] in (b"", b"\x15", b"\x16") or received.startswith(b"HTTP/1.1 400 ")
    with SecureWire(secure.ingress_address, trusting(own)) as wire:
        assert wire.exchange(event()).status == 200


def test_plain_http_is_told_what_is_missing(secure):
    with one_more(secure, "plain_http"):
        with Wire(secure.ingress_address) as wire:
            reply = wire.exchange(event())
            assert reply.status == 400
            assert reply.json["type"] == "/problems/tls-required"
            assert wire.is_closed()


# The API


def test_the_api_speaks_tls(make_sidecar, own):
    path = f"/tmp/tls-api-{os.getpid()}.sock"
    sidecar = make_sidecar(start=False, api={"listen": ["127.0.0.1:0", "unix:" + path],
                                             "tls": own.pair})
    tcp, sidecar.api_address = sidecar.api_address, path
    sidecar.configuration["api"]["listen"][0] = "127.0.0.1:%d" % tcp[1]
    sidecar.config_path.write_text(json.dumps(sidecar.configuration))
    sidecar.start()
    for _ in range(20):
        sidecar.deliver("github", b'{"a": 1}')
    result = subprocess.run(
        ["curl", "-sS", "--cacert", own.path, f"https://127.0.0.1:{tcp[1]}/v1/events?limit=3"],
        capture_output=True, timeout=60,
    )
    assert len(json.loads(result.stdout)["data"]) == 3
    with SecureWire(tcp, trusting(own)) as wire:
        # A long poll is answered when something comes.
        last = sidecar.api.get("/v1/events", limit=1000).json["next"]
        wire.send(request("GET", f"/v1/events?after={last}&wait=20s", host="localhost"))
        time.sleep(0.2)
        sidecar.deliver("github", b'{"late": 1}')
        assert len(wire.reply().json["data"]) == 1
        foreign = request("GET", "/v1/events", [("Origin", "https://evil.example")],
                          host="localhost")
        assert wire.exchange(foreign).status == 403
    assert set(sidecar.api.status["tls"]) == {"api"}
    # The command line is a client of it as well.
    https = {"WEBHOOK_SIDECAR_API": f"https://localhost:{tcp[1]}"}
    assert sidecar.cli("status", env=https, timeout=30).returncode == 75, "nobody it knows"
    for arguments, more in ((("--ca", own.path), {}), ((), {"WEBHOOK_SIDECAR_CA": str(own.path)})):
        listed = sidecar.cli("events", "list", *arguments, "--json", env={**https, **more})
        assert listed.returncode == 0, listed.stderr
        assert len(json.loads(listed.stdout)["data"]) == 21
    other = {"WEBHOOK_SIDECAR_API": f"https://127.0.0.2:{tcp[1]}"}
    refused = sidecar.cli("status", "--ca", own.path, env=other)
    assert refused.returncode == 75


def test_a_kept_connection_that_ends_without_a_goodbye_is_opened_again(secure, own):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.path, own.key)
    asked = []

    def serve(listener):
        # The first connection ends at its second request, as one does that was closed meanwhile.
        for answers in (1, 2):
            plain, _ = listener.accept()
            with context.wrap_socket(plain, server_side=True) as wire:
                while head := wire.recv(65536):
                    asked.append(head.split(b" ")[0])
                    if answers == 0:
                        break
                    answers -= 1
                    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        sent = secure.cli(
            "send", f"https://localhost:{listener.getsockname()[1]}/in", "--profile", "github",
            "--secret", "literal:a-secret-of-some-length", "--count", 3, "--concurrency", 1,
            env={"WEBHOOK_SIDECAR_CA": str(own.path)},
        )
        assert sent.returncode == 0, sent.stderr
        thread.join()
    assert asked == [b"POST"] * 4


# Scanners


STRONG = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
}


def test_sslscan_finds_no_weakness(secure, tmp_path):
    if not shutil.which("sslscan"):
        pytest.skip("there is no sslscan; scripts/test installs it")
    report = tmp_path / "report.xml"
    subprocess.run(["sslscan", "--no-colour", f"--xml={report}", "--sni-name=localhost",
                    "127.0.0.1:%d" % secure.ingress_address[1]], check=True, capture_output=True,
                   timeout=300)
    found = xml.parse(report).getroot().find("ssltest")
    versions = {(entry.get("type"), entry.get("version")) for entry in found.findall("protocol")
                if entry.get("enabled") == "1"}
    assert versions == {("tls", "1.2"), ("tls", "1.3")}
    assert {entry.get("cipher") for entry in found.findall("cipher")} == STRONG
    assert {entry.get("name") for entry in found.findall("group")} <= {
        "secp256r1 (NIST P-256)", "secp384r1 (NIST P-384)", "x25519",
    }
    assert found.find("renegotiation").get("supported") == "0"
    assert all(entry.get("vulnerable") == "0" for entry in found.findall("heartbleed"))


@pytest.mark.slow
def test_testssl_finds_no_weakness(secure, tmp_path, effort, own):
    if effort != "campaign" or not shutil.which("testssl"):
        pytest.skip("it takes minutes: with --campaign, where testssl.sh is installed")
    report = tmp_path / "report.json"
    subprocess.run(["testssl", "--quiet", "--color", "0", "--jsonfile", report, "--add-ca",
                    own.path, "--ip", "127.0.0.1", "localhost:%d" % secure.ingress_address[1]],
                   capture_output=True, timeout=1800)
    # A certificate that the test has made answers to no authority, and ends within days.
    ours = ("cert_", "overall_grade", "DNS_CAArecord", "OCSP_", "HSTS", "security_headers", "HTTP_")
    weak = [entry for entry in json.loads(report.read_text())
            if entry["severity"] in ("MEDIUM", "HIGH", "CRITICAL")
            and not entry["id"].startswith(ours)]
    assert weak == []
