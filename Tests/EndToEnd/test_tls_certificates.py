"""Certificates: several, of clients, changing under load, and wrong."""

import json
import os
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness.certificates import Certificate, SecureWire, trusting
from harness.secure import (  # noqa: F401
    clients, CLOSING, curl, event, folder, make_secure, metric, one_more, own, s_client, served,
    unverified,
)
from harness.sidecar import source
from harness.wire import Wire, wait_until


# Several certificates


def test_the_name_that_is_asked_for_decides(make_secure, folder, own):
    certificates = [
        Certificate(folder, "wild", ("*.example.com",)),
        Certificate(folder, "exact", ("hooks.example.com", "other.test")),
    ]
    sidecar = make_secure({"certificates": [certificate.pair for certificate in certificates]})
    for name, subject in {
        "localhost": "own", "unknown.test": "own", None: "own", "a.example.com": "wild",
        "hooks.example.com": "exact", "HOOKS.Example.com": "exact", "other.test": "exact",
        "a.b.example.com": "own", "example.com": "own",
    }.items():
        assert served(sidecar, name) == subject, name
    for name, certificate in (("a.example.com", certificates[0]), ("other.test", certificates[1])):
        result = curl(sidecar, "--cacert", certificate.path, "-w", "%{http_code}", host=name)
        assert result.stdout.endswith(b"405"), result.stderr
    tls = sidecar.api.status["tls"]["ingress"]
    assert [entry["names"] for entry in tls["certificates"]] == [
        ["localhost"], ["*.example.com"], ["hooks.example.com", "other.test"],
    ]


def test_of_one_name_each_client_gets_the_key_that_it_understands(make_secure, folder):
    rsa = Certificate(folder, "rsa", ("both.test",), algorithm=("rsa:2048",))
    curve = Certificate(folder, "curve", ("both.test",))
    sidecar = make_secure({"certificates": [rsa.pair, curve.pair]})
    for cipher, subject in (("ECDHE-RSA-AES128-GCM-SHA256", b"CN = rsa"),
                            ("ECDHE-ECDSA-AES128-GCM-SHA256", b"CN = curve")):
        result = s_client(sidecar, "-tls1_2", "-cipher", cipher, name="both.test", send=CLOSING)
        assert b"subject=" + subject in result.stdout


# Certificates of clients


def test_a_client_shows_a_certificate_of_the_authority(make_secure, own, clients):
    sources = {
        "github": source("github"),
        "named": source("github", "/in/named", verify={"client_names": ["Hooks.Example.com"]}),
    }
    sidecar = make_secure({"client_ca": str(clients["ca"].path)}, sources)

    def status(client, path):
        with SecureWire(sidecar.ingress_address, trusting(own, clients[client])) as wire:
            return wire.exchange(event(path=path)).status

    assert [status(client, "/in/github") for client in ("good", "other", "named")] == [200] * 3
    assert [status(client, "/in/named") for client in ("good", "other", "named")] == [200, 403, 200]
    assert metric(sidecar, "deliveries_refused_total", source="named",
                  reason="client_certificate") == 1
    assert len(sidecar.api.events(source="named")) == 2
    for client, reason in ((None, "certificate_missing"), ("foreign", "certificate_refused"),
                           ("expired", "certificate_refused")):
        with one_more(sidecar, reason):
            context = trusting(own, clients[client] if client else None)
            # In TLS 1.3 the client is done before it is judged, and learns of it when it reads.
            with pytest.raises((ssl.SSLError, ConnectionError)):
                with SecureWire(sidecar.ingress_address, context) as wire:
                    wire.exchange(event())
    for arguments, status in (
        (("--cert", clients["good"].path, "--key", clients["good"].key), b"405"), ((), b"000"),
    ):
        result = curl(sidecar, "--cacert", own.path, *arguments, "-w", "%{http_code}")
        assert result.stdout.endswith(status), result.stderr


def test_a_resumed_session_has_its_client(make_secure, own, clients):
    sources = {"github": source("github", verify={"client_names": ["hooks.example.com"]})}
    sidecar = make_secure({"client_ca": str(clients["ca"].path)}, sources)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for client, status in (("good", 200), ("other", 403)):
            context = trusting(own, clients[client], maximum_version=version)
            session = None
            for _ in range(2):
                plain = socket.create_connection(sidecar.ingress_address, timeout=20)
                with context.wrap_socket(
                    plain, server_hostname="localhost", session=session
                ) as wire:
                    assert wire.session_reused is (session is not None)
                    wire.sendall(event())
                    assert wire.recv(65536).startswith(b"HTTP/1.1 %d " % status)
                    session = wire.session


def test_a_session_ends_with_the_certificate_of_its_client(make_secure, own, clients, folder):
    sidecar = make_secure({"client_ca": str(clients["ca"].path)})
    # The clock of certificates has whole seconds.
    end = int(time.time()) + 4
    short = Certificate(folder, "short", ("hooks.example.com",)).end(end, clients["ca"])
    contexts = [trusting(own, short, maximum_version=version)
                for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
    # One that takes no tickets, and would be resumed from a cache.
    contexts.append(trusting(own, short, maximum_version=ssl.TLSVersion.TLSv1_2))
    contexts[-1].options |= ssl.OP_NO_TICKET

    def deliver(context, session=None):
        plain = socket.create_connection(sidecar.ingress_address, timeout=20)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as wire:
            wire.sendall(event())
            assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")
            return wire.session, wire.session_reused

    sessions = []
    for context, is_resumed in zip(contexts, (True, True, False)):
        session, _ = deliver(context)
        session, was_resumed = deliver(context, session)
        assert was_resumed is is_resumed
        sessions.append(session)
    assert time.time() < end
    wait_until(lambda: time.time() > end + 1)
    for context, session in zip(contexts, sessions):
        with one_more(sidecar, "certificate_refused"):
            with pytest.raises(ssl.SSLError, match="certificate expired"):
                deliver(context, session)


def test_a_unix_socket_shows_no_certificate(make_secure, clients, tmp_path):
    path = f"/tmp/tls-{os.getpid()}.sock"
    sources = {
        "github": source("github"),
        "named": source("github", "/in/named", verify={"client_names": ["hooks.example.com"]}),
    }
    sidecar = make_secure({"client_ca": str(clients["ca"].path)}, sources,
                          ingress={"listen": ["127.0.0.1:0", "unix:" + path]})
    for place, status in (("/in/github", 200), ("/in/named", 403), ("/in/nowhere", 404)):
        with Wire(path) as wire:
            assert wire.exchange(event(path=place)).status == status


# Files that change


class Load:
    """Deliveries over connections of their own and over one that stays, until it is stopped."""

    def __init__(self, sidecar, context):
        self.sidecar, self.context = sidecar, context
        self.accepted, self.failed, self.stopping = [], [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(index,)) for index in range(3)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self, index):
        kept = SecureWire(self.sidecar.ingress_address, self.context) if index == 0 else None
        number = 0
        while not self.stopping.is_set():
            body = b'{"load": "%d-%d"}' % (index, number)
            number += 1
            try:
                wire = kept or SecureWire(self.sidecar.ingress_address, self.context)
                reply = wire.exchange(event(body))
                assert reply.status == 200, reply.status
                self.accepted.append(body)
                if kept is None:
                    wire.socket.close()
            except Exception as error:
                self.failed.append(f"{index}: {error!r}")
                return


def test_a_new_certificate_is_taken_and_no_request_lost(make_secure, folder, tmp_path):
    first = Certificate(tmp_path / "live", "first")
    second = Certificate(folder, "second")
    sidecar = make_secure(first.pair)
    both = trusting(first)
    both.load_verify_locations(cafile=str(second.path))
    with Load(sidecar, both) as load:
        wait_until(lambda: len(load.accepted) > 20)
        assert served(sidecar, "localhost") == "first"
        first.replace(second)
        wait_until(lambda: served(sidecar, "localhost") == "second")
        so_far = len(load.accepted)
        wait_until(lambda: len(load.accepted) > so_far + 20)
    assert load.failed == []
    stored = {sidecar.api.body(entry) for entry in sidecar.api.events()}
    assert set(load.accepted) <= stored
    assert "tls_certificate_loaded" in sidecar.log
    assert sidecar.api.status["tls"]["ingress"]["failure"] is None


def test_a_broken_file_leaves_the_old_certificate_in_force(make_secure, folder, tmp_path, own):
    live = Certificate(tmp_path / "live", "live")
    other = Certificate(folder, "another")
    sidecar = make_secure(live.pair)
    whole, key = live.path.read_bytes(), live.key.read_bytes()
    context = trusting(live)

    def failure():
        return sidecar.api.status["tls"]["ingress"]["failure"] or ""

    live.key.chmod(0o600)
    for break_, words in (
        (lambda: live.path.write_bytes(whole[:-200]), "breaks off"),
        (lambda: live.path.unlink(), "No such file"),
        (lambda: live.key.write_bytes(other.key.read_bytes()), "not that of the first"),
    ):
        break_()
        wait_until(lambda: words in failure())
        assert metric(sidecar, "tls_files_refused", surface="ingress") == 1
        with SecureWire(sidecar.ingress_address, context) as wire:
            assert wire.exchange(event()).status == 200
        live.path.write_bytes(whole)
        live.key.write_bytes(key)
        wait_until(lambda: not failure())
    assert sidecar.log.count('"tls_files_refused"') == 3
    assert metric(sidecar, "tls_files_refused", surface="ingress") == 0


def test_another_authority_ends_the_sessions_of_the_old_one(make_secure, own, clients, tmp_path):
    authority = tmp_path / "ca.pem"
    authority.write_bytes(clients["ca"].path.read_bytes())
    sidecar = make_secure({"client_ca": str(authority)})
    context = trusting(own, clients["good"], maximum_version=ssl.TLSVersion.TLSv1_2)
    plain = socket.create_connection(sidecar.ingress_address, timeout=20)
    with context.wrap_socket(plain, server_hostname="localhost") as wire:
        session = wire.session
    authority.write_bytes(own.path.read_bytes())
    wait_until(lambda: "tls_certificate_loaded" in sidecar.log)
    plain = socket.create_connection(sidecar.ingress_address, timeout=20)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as wire:
            wire.sendall(event())
            assert wire.recv(100) == b""
            raise ConnectionError


# What check says


def configuration(tmp_path, tls):
    path = tmp_path / "c.json5"
    path.write_text(json.dumps({
        "ingress": {"listen": ["127.0.0.1:0"], "tls": tls}, "api": {"listen": ["127.0.0.1:0"]},
        "data": str(tmp_path / "data"), "sources": {"github": source("github")},
    }))
    return path


def test_check_and_start_name_what_is_wrong_with_a_file(cli, tmp_path, folder, own, clients):
    other = Certificate(folder, "mismatch")
    weak = Certificate(folder, "weak", algorithm=("rsa:1024",))
    encrypted = folder / "encrypted.key"
    subprocess.run(["openssl", "pkey", "-in", own.key, "-aes256", "-passout", "pass:x", "-out",
                    encrypted], check=True)
    encrypted.chmod(0o400)
    empty = folder / "empty.pem"
    empty.write_text("nothing\n")
    pair = own.pair
    for tls, key, words, advice in (
        ({**pair, "certificate": "/none.pem"}, "certificate", "no such file", "relative path"),
        ({**pair, "private_key": str(other.key)}, "private_key", "not that of", "openssl"),
        ({**pair, "private_key": str(encrypted)}, "private_key", "passphrase", "openssl pkey"),
        ({**pair, "private_key": str(empty)}, "private_key", "no private key", "BEGIN PRIVATE KEY"),
        ({**pair, "certificate": str(empty)}, "certificate", "no certificate", "first"),
        ({**pair, "client_ca": str(empty)}, "client_ca", "no certificate of an", "authority"),
        (weak.pair, "certificate", "too weak", "2048"),
        ({**pair, "certificates": [{**pair, "private_key": str(other.key)}]},
         "certificates[0].private_key", "not that of the first", "openssl"),
        ({}, "", "no certificate to serve with", "private_key"),
    ):
        path = configuration(tmp_path, tls)
        checked = cli("check", "--config", path)
        place = "ingress.tls" + (f".{key}" if key else "")
        assert checked.returncode == 1
        line = checked.stdout.decode().splitlines()[0]
        assert f"{place}: " in line and words in line and advice in line, line
        started = cli("run", "--config", path)
        assert started.returncode == 1
        assert words in started.stderr.decode()
        for secret in own.key.read_bytes().splitlines()[1:-1]:
            assert secret not in checked.stdout + started.stderr


def test_check_warns_of_dates_of_names_and_of_keys_that_others_may_read(cli, tmp_path, folder):
    expired = Certificate(folder, "past").expire()
    checked = cli("check", "--config", configuration(tmp_path, expired.pair))
    assert checked.returncode == 0, checked.stdout
    assert b"has expired at " in checked.stdout
    # The first serves whoever asks for another name, and needs none.
    nameless = Certificate(folder, "nameless", ())
    named = Certificate(folder, "named-second")
    for pairs, is_warned in (((nameless, named), False), ((named, nameless), True)):
        tls = {**pairs[0].pair, "certificates": [pairs[1].pair]}
        checked = cli("check", "--config", configuration(tmp_path, tls))
        assert checked.returncode == 0
        words = b"ingress.tls.certificates[0].certificate: "
        is_told = words in checked.stdout and b"has no DNS name" in checked.stdout
        assert is_told is is_warned, checked.stdout
    open_ = Certificate(folder, "open")
    open_.key.chmod(0o644)
    checked = cli("check", "--config", configuration(tmp_path, open_.pair))
    assert checked.returncode == 0
    assert b"ingress.tls.private_key: " in checked.stdout and b"chmod 0400" in checked.stdout
