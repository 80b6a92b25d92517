"""Sidecars whose ingress speaks TLS, and the peers that ask them."""

import contextlib
import socket
import ssl
import subprocess

import pytest

from .certificates import Certificate
from .sidecar import Sidecar
from .signing import sign
from .wire import request, wait_until

# The largest body of the tests is 5 MiB, and its record is a quarter of a segment.
JOURNAL = {"segment_bytes": "32MiB"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def own(folder):
    return Certificate(folder, "own")


@pytest.fixture(scope="module")
def clients(folder):
    """Two authorities, and clients of them."""
    ours, theirs = Certificate(folder, "ours", ()), Certificate(folder, "theirs", ())
    return {
        "ca": ours,
        "good": Certificate(folder, "good", ("hooks.example.com",), ca=ours),
        "other": Certificate(folder, "other", ("other.example.com",), ca=ours),
        "named": Certificate(folder, "hooks.example.com", (), ca=ours),
        "foreign": Certificate(folder, "foreign", ("hooks.example.com",), ca=theirs),
        "expired": Certificate(folder, "expired", ("hooks.example.com",)).expire(ours),
    }


def limits(**more):
    return {"body_bytes": "6MiB", **more}


@pytest.fixture
def make_secure(make_sidecar, own):
    """Makes sidecars whose ingress speaks TLS; the API stays plain, for the test's questions."""

    def make(tls=None, sources=None, ingress=(), **settings):
        settings.setdefault("journal", JOURNAL)
        ingress = {"limits": limits(), **dict(ingress)}
        ingress["tls"] = {**own.pair, **(tls or {})}
        return make_sidecar(sources=sources, ingress=ingress, **settings)

    return make


@pytest.fixture(scope="module")
def secure(binary, description, tmp_path_factory, own):
    """One sidecar for the tests that do not disturb each other."""
    sidecar = Sidecar(
        binary, tmp_path_factory.mktemp("secure"), description,
        ingress={"tls": own.pair, "limits": limits()}, journal=JOURNAL,
    ).start()
    yield sidecar
    sidecar.discard()


def event(body=b"{}", path="/in/github", **more):
    return request("POST", path, [*sign("github", body), *more.get("headers", ())], body)


def metric(sidecar, name, **labels):
    text = sidecar.api.get("/metrics").body.decode()
    wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
    for line in text.splitlines():
        if line.startswith(f"webhook_receiver_{name}{{{wanted}}} "):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"there is no {name} with {wanted}")


def failures(sidecar, reason):
    return metric(sidecar, "tls_failures_total", surface="ingress", reason=reason)


@contextlib.contextmanager
def one_more(sidecar, reason):
    before = failures(sidecar, reason)
    yield
    wait_until(lambda: failures(sidecar, reason) == before + 1)


def curl(sidecar, *arguments, host="localhost", path="/in/github"):
    url = f"https://{host}:{sidecar.ingress_address[1]}{path}"
    return subprocess.run(
        ["curl", "-sS", "--max-time", "20", "--resolve",
         f"{host}:{sidecar.ingress_address[1]}:127.0.0.1", *map(str, arguments), url],
        capture_output=True, timeout=60,
    )


def s_client(sidecar, *arguments, send=b"", name="localhost"):
    """What `openssl s_client` prints; it stays until the sidecar closes."""
    return subprocess.run(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % sidecar.ingress_address[1],
         *(("-servername", name) if name else ("-noservername",)), "-ign_eof",
         *map(str, arguments)],
        input=send, capture_output=True, timeout=60,
    )


def served(sidecar, name):
    """The subject of the certificate that is shown to who asks for this name."""
    plain = socket.create_connection(sidecar.ingress_address, timeout=20)
    with unverified().wrap_socket(plain, server_hostname=name) as wire:
        data = wire.getpeercert(binary_form=True)
    text = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=data,
                          capture_output=True, check=True).stdout.decode()
    return text.split("CN = ")[1].strip()


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


CLOSING = request("GET", "/none", [("Connection", "close")])
